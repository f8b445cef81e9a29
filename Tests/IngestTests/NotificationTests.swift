import API
import HTTPClient
import Postgres
import TestSupport
import Testing

struct NotificationTests {
    private static func make(_ count: Int) async throws -> (IngestFixture, [String: String?]) {
        let ingest = try await IngestFixture.make()
        let ada = try await Callers(ingest).headers(.user, of: "acme")
        try await ingest.database.execute("insert into users (tenant_id, id, name, role) values ('acme', 'bob', 'Bob', 'CLOSER')")
        try await ingest.database.execute(
            """
            insert into notifications (tenant_id, user_id, kind, title, body, read_at, created_at)
            select 'acme', u, 'reminder', u || n, 'b', case when n % 3 = 0 then now() end, now() - (n % 5) * interval '1 minute'
            from generate_series(1, $1) n, unnest(array['ada', 'bob']) u
            """, [.int(count)])
        return (ingest, ada)
    }

    @Test(arguments: [("", "true"), ("&unread=true", "read_at is null")])
    func `a user is shown its own notifications, all of them, in order, page by page`(query: String, filter: String) async throws
    {
        let (ingest, ada) = try await Self.make(50)
        let expected = try await ingest.database.rows(
            "select id from notifications where user_id = 'ada' and \(filter) order by created_at desc, id")
        var seen: [[String]] = []
        var cursor: String?
        repeat {
            let page = try await ingest.send(
                .get, "/notifications?limit=7\(query)" + (cursor.map { "&cursor=\($0)" } ?? ""), headers: ada)
            #expect(page.status == 200 && page.json["unread"] == 34)
            seen += page.json["notifications"]?.elements?.compactMap { $0["id"]?.text }.map { [$0] } ?? []
            cursor = page.json["next_cursor"]?.text
        } while cursor != nil
        #expect(seen == expected && !seen.isEmpty)
        for bad in ["limit=0", "limit=201", "unread=yes", "cursor=x", "cursor=", "user=bob"] {
            #expect(try await ingest.send(.get, "/notifications?\(bad)", headers: ada).status == 400, "\(bad)")
        }
    }

    @Test func `reading and removing are done once and repeated without harm`() async throws {
        let (ingest, ada) = try await Self.make(4)
        let id = try await ingest.database.value("select id from notifications where title = 'ada1'")
        func unread() async throws -> JSON? { try await ingest.send(.get, "/notifications", headers: ada).json["unread"] }
        #expect(try await unread() == 3)
        let first = try await ingest.send(.patch, "/notifications/\(id.uppercased())/read", headers: ada)
        let again = try await ingest.send(.patch, "/notifications/\(id)/read", headers: ada)
        #expect(first.status == 200 && first.json["notification"]?["read_at"]?.text != nil && again.json == first.json)
        #expect(try await unread() == 2)
        for _ in 0..<2 { #expect(try await ingest.send(.delete, "/notifications/\(id)", headers: ada).json["success"] == true) }
        #expect(try await ingest.send(.patch, "/notifications/\(id)/read", headers: ada).status == 404)
        #expect(try await ingest.send(.get, "/notifications", headers: ada).json["notifications"]?.elements?.count == 3)
        #expect(try await ingest.database.count("select count(*) from notifications where deleted_at is not null") == 1)
    }

    @Test func `another user's are not there, whatever the role`() async throws {
        let (ingest, ada) = try await Self.make(1)
        let id = try await ingest.database.value("select id from notifications where user_id = 'bob'")
        #expect(try await ingest.send(.patch, "/notifications/\(id)/read", headers: ada).status == 404)
        #expect(try await ingest.send(.delete, "/notifications/\(id)", headers: ada).status == 404)
        #expect(
            try await ingest.database.count("select count(*) from notifications where read_at is null and deleted_at is null")
                == 2)
        // A key is nobody's in particular.
        #expect(try await ingest.send(.get, "/notifications").code == "not_a_user")
        let bob = "Bearer \(try IngestFixture.token("bob", role: "CLOSER"))"
        #expect(try await ingest.send(.patch, "/notifications/\(id)/read", headers: ["Authorization": bob]).status == 200)
    }

    @Test func `read and remove at once, a hundred times, end as both`() async throws {
        let (ingest, ada) = try await Self.make(10)
        let ids = try await ingest.database.rows("select id from notifications where user_id = 'ada'").map { $0[0] }
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for id in ids + ids + ids {
                group.addTask { try await ingest.send(.patch, "/notifications/\(id)/read", headers: ada).status }
                group.addTask { try await ingest.send(.delete, "/notifications/\(id)", headers: ada).status }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(statuses.isSubset(of: [200, 404, 429]), "\(statuses)")
    }
}
