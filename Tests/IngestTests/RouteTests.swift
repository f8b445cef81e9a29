import API
import HTTPClient
import Ingest
import Postgres
import TestSupport
import Testing

/// Rules that hold for every route there is.
struct RouteTests {
    @Test func `each declared route has its line among the cases, and each case is declared as it is called`() async throws {
        let ingest = try await IngestFixture.make()
        let declared = Dictionary(uniqueKeysWithValues: ingest.contract.operations.map { ("\($0.method) \($0.path)", $0) })
        #expect(Set(RouteCase.all.map(\.testDescription)) == Set(declared.keys))
        #expect(RouteCase.all.count == declared.count)
        for route in RouteCase.all {
            let operation = try #require(declared[route.testDescription])
            #expect((operation.scope == nil) == (route.caller == .anybody), "\(route.testDescription)")
            #expect(route.path.contains("{") == (route.subject != nil) || route.caller == .anybody, "\(route.testDescription)")
            #expect((operation.declaration["requestBody"] != nil) == (route.body != nil), "\(route.testDescription)")
        }
    }

    @Test func `no route shows or changes anything of another tenant's`() async throws {
        let ingest = try await IngestFixture.make()
        try await RouteCase.furnish(ingest)
        let callers = try await Callers(ingest)
        for route in RouteCase.all where route.caller != .anybody {
            let name = route.testDescription
            let own = try await route.subject?.make(ingest, "acme") ?? ""
            let foreign = try await route.subject?.make(ingest, "other") ?? ""
            func send(_ subject: String, _ headers: [String: String?]) async throws -> IngestFixture.Reply {
                let own = try callers.headers(for: route).merging(headers) { $1 }
                return try await ingest.send(route.method, route.target(subject), route.body, headers: own)
            }
            let before = try await Self.fingerprint(ingest.database)
            let intruders = [
                try callers.headers(route.caller, of: "other", for: "acme"),
                try callers.headers(route.caller, of: "acme", for: "other"),
                try callers.headers(.user, of: "other", for: "acme"), try callers.headers(.server, of: "other", for: "acme"),
            ]
            for headers in intruders {
                let reply = try await send(own, headers)
                #expect(reply.status == 403 && reply.code == "wrong_tenant", "\(name): \(reply.status) \(reply.text)")
            }
            if route.subject != nil {
                let reply = try await send(foreign, try callers.headers(route.caller, of: "acme"))
                #expect(reply.status == 404, "\(name): \(reply.status) \(reply.text)")
            }
            #expect(try await Self.fingerprint(ingest.database) == before, "\(name)")
            // The same request is good where it belongs: else what was refused above proves nothing.
            let reply = try await send(own, try callers.headers(route.caller, of: "acme"))
            #expect((200..<300).contains(reply.status), "\(name): \(reply.status) \(reply.text)")
            #expect(!reply.text.contains(RouteCase.Subject.marker("other")), "\(name)")
        }
    }

    @Test func `what a caller of one tenant is shown leaves out the other's, whatever the other has`() async throws {
        let ingest = try await IngestFixture.make()
        let callers = try await Callers(ingest)
        for tenant in ["acme", "other"] {
            for route in RouteCase.all { _ = try await route.subject?.make(ingest, tenant) }
        }
        var shown = 0
        for route in RouteCase.all where route.method == .get && route.caller != .anybody && route.subject == nil {
            let reply = try await ingest.send(.get, route.path, headers: try callers.headers(route.caller, of: "acme"))
            #expect(reply.text.contains(RouteCase.Subject.marker("acme")), "\(route.path) shows nothing: \(reply.text)")
            #expect(!reply.text.contains(RouteCase.Subject.marker("other")), "\(route.path)")
            shown += 1
        }
        #expect(shown >= 3)
    }

    @Test func `no route serves a stranger, a caller without tenant, or a lesser scope`() async throws {
        let ingest = try await IngestFixture.make()
        let callers = try await Callers(ingest)
        let reader = try await IngestFixture.addKey(.server, "acme", scopes: ["read"], to: ingest.database)
        let writer = try await IngestFixture.addKey(.server, "acme", scopes: ["ingest"], to: ingest.database)
        for operation in ingest.contract.operations {
            guard let route = RouteCase.all.first(where: { $0.testDescription == "\(operation.method) \(operation.path)" }),
                let scope = operation.scope
            else { continue }
            func status(_ headers: [String: String?]) async throws -> Int {
                let own = try callers.headers(for: route).merging(headers) { $1 }
                return try await ingest.send(route.method, route.target(), route.body, headers: own).status
            }
            let name = route.testDescription
            // A stranger's limit is that of the address: another for each.
            let address = "9.9.\(Int.random(in: 0...255)).\(Int.random(in: 1...254))"
            #expect(try await status(["Authorization": nil, "X-Forwarded-For": address]) == 401, "\(name)")
            let guess = "Bearer rl_acme_\(String(repeating: "0", count: 48))"
            #expect(try await status(["Authorization": guess, "X-Forwarded-For": address]) == 401, "\(name)")
            #expect(try await status(["X-Tenant": nil]) == 400, "\(name)")
            let lesser = scope == "read" ? writer : reader
            #expect(try await status(["Authorization": "Bearer \(lesser)", "Origin": nil]) == 403, "\(name)")
            #expect(![401, 403].contains(try await status([:])), "\(name)")
        }
    }

    /// The content of every table.
    private static func fingerprint(_ database: TestDatabase) async throws -> [[String]] {
        try await database.rows(
            """
            select c.oid::regclass::text, query_to_xml('select md5(string_agg(t::text, chr(31))) from ' || c.oid::regclass || ' t', true, false, '')::text
            from pg_class c
            where c.relnamespace in ('public'::regnamespace, 'relance'::regnamespace) and c.relkind = 'r'
            order by 1
            """)
    }
}
