import HTTPClient
import API
import Foundation
import Ingest
import Redis
import Postgres
import TestSupport
import Testing

struct GateTests {
    @Test func `a revoked key and one that has expired open nothing within seconds`() async throws {
        let ingest = try await IngestFixture.make()
        let short = try await IngestFixture.addKey(.server, "acme", scopes: ["read"], expires: "2 seconds", to: ingest.database)
        #expect(try await ingest.send(.get, "/api/alerts/active", headers: ["Authorization": "Bearer \(short)"]).status == 200)
        #expect(try await ingest.send(.get, "/api/alerts/active").status == 200)
        try await ingest.database.execute(
            "update relance.api_keys set revoked_at = now() where tenant_id = 'acme' and expires_at > now() + interval '1 minute'"
        )
        try await eventually(within: .seconds(6), "the refusal") {
            let replies = [
                try await ingest.send(.get, "/api/alerts/active").status,
                try await ingest.send(.get, "/api/alerts/active", headers: ["Authorization": "Bearer \(short)"]).status,
            ]
            // Whoever goes on asking without a key that opens has soon asked too often.
            return replies.allSatisfy { [401, 429].contains($0) }
        }
    }

    @Test(arguments: [
        ("ADMIN", "acme", 600.0, 200), ("CLOSER", "acme", 600, 200), ("ADMIN", "other", 600, 403), ("ADMIN", "acme", -120, 401),
        ("INTERN", "acme", 600, 401),
    ])
    func `a user's token opens what its role and tenant say`(role: String, tenant: String, life: Double, status: Int) async throws
    {
        let ingest = try await IngestFixture.make()
        let token = try IngestFixture.token(tenant: tenant, role: role, in: life)
        #expect(try await ingest.send(.get, "/api/alerts/active", headers: ["Authorization": "bearer \(token)"]).status == status)
        let forged = token.dropLast(4) + "AAAA"
        #expect(try await ingest.send(.get, "/api/alerts/active", headers: ["Authorization": "Bearer \(forged)"]).status == 401)
    }

    @Test func `a publishable key may nothing that only servers may`() async throws {
        let ingest = try await IngestFixture.make()
        let key = try await IngestFixture.addKey(
            .publishable, "acme", scopes: ["public"], origins: ["https://www.acme.example"], to: ingest.database)
        func send(_ origin: String?) async throws -> IngestFixture.Reply {
            try await ingest.send(.get, "/api/alerts/active", headers: ["Authorization": "Bearer \(key)", "Origin": origin])
        }
        let own = try await send("https://www.acme.example")
        #expect(own.code == "forbidden" && own.headers["Access-Control-Allow-Origin"] == "https://www.acme.example")
        #expect(try await send("https://evil.example").code == "wrong_origin")
        #expect(try await send(nil).code == "wrong_origin")
        let dashboard = try await ingest.send(.get, "/api/alerts/active", headers: ["Origin": "https://dash.example"])
        #expect(dashboard.headers["Access-Control-Allow-Origin"] == "https://dash.example")
    }

    /// What a browser on `origin` is told before it calls.
    private static func preflight(_ ingest: IngestFixture, _ path: String, _ origin: String, _ method: String) async throws
        -> [String: String]
    {
        let text = try await RawClient.exchange(
            port: ingest.port,
            """
            OPTIONS \(path) HTTP/1.1\r\nHost: x\r\nOrigin: \(origin)\r\nAccess-Control-Request-Method: \(method)\r\n\
            Access-Control-Request-Headers: authorization,content-type,x-tenant,idempotency-key\r\nConnection: close\r\n\r\n
            """)
        #expect(text.hasPrefix("HTTP/1.1 204"), "\(text)")
        let lines = text.components(separatedBy: "\r\n").dropFirst().compactMap { line -> (String, String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (line[..<colon].lowercased(), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
        }
        return Dictionary(lines) { first, _ in first }
    }

    @Test func `a browser may call from the pages that a key names, and from our dashboards, and sends no cookies`() async throws
    {
        let ingest = try await IngestFixture.make()
        let callers = try await Callers(ingest)
        for route in RouteCase.all where route.caller != .anybody {
            for (origin, isAllowed) in [("https://dash.example", true), ("https://anybody.example", route.caller == .page)] {
                let told = try await Self.preflight(ingest, route.target(), origin, route.method.rawValue)
                #expect(told["access-control-allow-origin"] == (isAllowed ? origin : nil), "\(route.testDescription)")
                // Without this header no browser sends or shows anything with cookies; there are none.
                #expect(told["access-control-allow-credentials"] == nil)
                guard isAllowed else { continue }
                #expect(told["access-control-allow-methods"]?.contains(route.method.rawValue) == true, "\(route.testDescription)")
                for header in ["authorization", "content-type", "x-tenant", "idempotency-key"] {
                    #expect(told["access-control-allow-headers"]?.lowercased().contains(header) == true)
                }
                #expect(told["vary"]?.contains("Origin") == true && told["access-control-max-age"] != nil)
            }
            guard route.caller == .page else { continue }
            let subject = try await route.subject?.make(ingest, "acme") ?? ""
            let headers = try callers.headers(for: route)
            func call(_ origin: String?) async throws -> IngestFixture.Reply {
                try await ingest.send(
                    route.method, route.target(subject), route.body, headers: headers.merging(["Origin": origin]) { $1 })
            }
            let own = try await call(Callers.origin)
            #expect(
                (200..<300).contains(own.status) && own.headers["Access-Control-Allow-Origin"] == Callers.origin, "\(own.text)")
            #expect(own.headers["Access-Control-Allow-Credentials"] == nil && own.headers["Vary"] == "Origin")
            for foreign in ["https://evil.example", "null", Callers.origin + ".evil.example", "http://www.acme.example", nil] {
                let reply = try await call(foreign)
                #expect(
                    reply.code == "wrong_origin" && reply.headers["Access-Control-Allow-Origin"] == nil, "\(foreign ?? "none")")
            }
        }
    }

    @Test(arguments: [true, false])
    func `a caller past its limit is told when to come again, with Redis or without`(hasRedis: Bool) async throws {
        let ingest = try await IngestFixture.make(redisURL: hasRedis ? .none : .some(nil))
        let key = try await IngestFixture.addKey(.server, "acme", scopes: ["read"], perMinute: 20, to: ingest.database)
        var replies: [IngestFixture.Reply] = []
        for _ in 0..<30 {
            replies.append(try await ingest.send(.get, "/api/alerts/active", headers: ["Authorization": "Bearer \(key)"]))
        }
        let passed = replies.filter { $0.status == 200 }.count
        // A token grows every three seconds.
        #expect((20...24).contains(passed))
        let refused = try #require(replies.first { $0.status == 429 })
        #expect((Int(refused.headers["Retry-After"] ?? "") ?? 0) >= 1 && refused.headers["RateLimit-Limit"] == "20")
        #expect(try await ingest.send(.get, "/api/alerts/active").status == 200)
    }

    @Test func `strangers are limited by the address that the proxy names`() async throws {
        let ingest = try await IngestFixture.make()
        func status(_ address: String) async throws -> Int {
            try await ingest.send(
                .get, "/api/alerts/active", headers: ["Authorization": nil, "X-Forwarded-For": "1.1.1.1, \(address)"]
            ).status
        }
        let began = ContinuousClock.now
        var statuses: [Int] = []
        repeat { statuses.append(try await status("9.9.9.9")) } while statuses.last == 401 && statuses.count < 1000
        #expect(statuses.last == 429)
        // A minute's worth at once, and one more for each second that it took.
        let grown = Int(began.duration(to: .now) / .seconds(1))
        #expect((60...60 + grown + 1).contains(statuses.filter { $0 == 401 }.count))
        #expect(try await status("9.9.9.8") == 401)
        #expect(try await ingest.send(.get, "/health/live", headers: ["Authorization": nil]).status == 200)
    }

    @Test func `paths and methods that are not there are told apart`() async throws {
        let ingest = try await IngestFixture.make()
        #expect(try await ingest.send(.get, "/api/nothing").status == 404)
        #expect(try await ingest.send(.get, "/api/alerts/active/").status == 404)
        let other = try await ingest.send(.delete, "/api/alerts/active")
        #expect(other.status == 405 && other.headers["Allow"] == "GET, HEAD, OPTIONS")
        #expect(try await ingest.send(.get, "/api/alerts/%00/resolve").status == 405)
        #expect(try await ingest.send(.post, "/api/alerts/%00/resolve").status == 404)
        #expect(try await ingest.send(.post, "/api/alerts/x/resolve").pointers == ["/id"])
        #expect(try await ingest.send(.head, "/api/alerts/active").status == 200)
        #expect(try await ingest.send(.post, "/api/activities/log", "{}", headers: ["Content-Type": "text/plain"]).status == 415)
        let large = #"{"leadId":"\#(String(repeating: "x", count: 70_000))"}"#
        #expect(try await ingest.send(.post, "/api/activities/log", large).status == 413)
    }

    @Test func `health and metrics say what is`() async throws {
        let ingest = try await IngestFixture.make()
        _ = try await ingest.log("lead", "in")
        #expect(try await ingest.send(.get, "/health/ready", headers: ["Authorization": nil]).json["status"] == "ok")
        #expect(try await ingest.send(.get, "/health").json["checks"]?["redis"] == "ok")
        let metrics = String(decoding: try await PlainHTTP.request("GET", "/metrics", port: ingest.port).body, as: UTF8.self)
        #expect(metrics.contains(#"relance_ingest_requests_total{method="POST",endpoint="/api/activities/log",status="200"} 1"#))
        let promtool = try await ChildProcess("/usr/bin/promtool", ["check", "metrics"])
        for line in metrics.split(separator: "\n") { try promtool.write(line: String(line)) }
        promtool.closeInput()
        #expect(try await promtool.exit() == .status(0), "\(promtool.standardOutput) \(promtool.standardError)")
    }
}
