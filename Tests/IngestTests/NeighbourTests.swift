import API
import Postgres
import TestSupport
import Testing

@testable import Ingest

/// What one request can do to those beside it: nothing.
struct NeighbourTests {
    @Test func `a write that waits for somebody's lock holds up nobody else, and gives up`() async throws {
        let ingest = try await IngestFixture.make()
        for lead in ["blocked", "free"] {
            try await ingest.database.execute(
                """
                insert into max_alerts (tenant_id, lead_id, type, severity, message)
                values ('acme', $1, 'NoReply3d', 'med', 'm')
                """, [.text(lead)])
        }
        // The key is known; the reading of it is not what is to be seen here.
        #expect(try await ingest.log("first", "out").status == 200)
        let somebody = try await TestDatabase.connection(to: ingest.database)
        try await somebody.execute("begin")
        try await somebody.execute("select from max_alerts where lead_id = 'blocked' for update")
        let waiting = Task { try await ingest.log("blocked", "in") }
        try await eventually("the wait") {
            try await ingest.database.count(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") == 1
        }
        #expect(try await ingest.log("free", "in").status == 200)
        #expect(
            try await ingest.database.count(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") == 1,
            "answered while the other one still waited")
        // Many of both in the same transactions.
        let replies = try await withThrowingTaskGroup(of: (String, Int).self) { group in
            for number in 0..<60 {
                let lead = number.isMultiple(of: 2) ? "blocked" : "free-\(number)"
                group.addTask { (lead, try await ingest.log(lead, "in").status) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(replies.allSatisfy { $0.1 == ($0.0 == "blocked" ? 409 : 200) }, "\(replies)")
        let reply = try await waiting.value
        #expect(reply.status == 409 && reply.code == "conflict")
        try await somebody.execute("commit")
        #expect(try await ingest.log("blocked", "in").list("alerts", "resolved") == ["NoReply3d"])
        #expect(try await ingest.database.count("select count(*) from lead_activities where lead_id = 'blocked'") == 1)
    }

    @Test func `a defect is answered with an id, and its cause told in the log alone`() async throws {
        let ingest = try await IngestFixture.make()
        let function = "log_activities(uuid[], text[], text[], text[], text[], text[], text[], jsonb[])"
        try await ingest.database.execute("alter function relance.\(function) rename to nowhere")
        let reply = try await ingest.log("lead", "in")
        #expect(reply.status == 500 && reply.code == "internal_error")
        #expect(!reply.text.contains("log_activities") && !reply.text.contains("42883"))
        let id = try #require(reply.json["request_id"]?.text)
        try await eventually("the log") {
            let lines = ingest.program.standardError.split(separator: "\n")
            return lines.contains { $0.contains(id) && $0.contains("sqlstate_42883") && $0.contains("log_activities") }
        }
    }

    /// A write that is nothing but so large.
    private struct Parcel: Write {
        let size: Int
        static let kind = "parcel"
        var order: (String, String) { ("", "") }
        static func statements(for batch: [Parcel]) -> [(SQLStatement, [PostgresValue])] { [] }
        static func answers(
            to batch: [Parcel], from rows: [PostgresRows]
        ) throws(PostgresError) -> [Result<Answer, Problem>] { [] }
    }

    @Test(arguments: [
        ([3, 3, 3], [[3, 3], [3]]), ([9, 1], [[9], [1]]), ([1, 9, 1], [[1, 1], [9]]), ([6], [[6]]), ([1, 2, 3], [[1, 2, 3]]),
    ])
    func `a transaction holds so many bytes, and one write always`(sizes: [Int], batches: [[Int]]) {
        var queue = CommitQueue(capacity: 10, batchLimit: 10, byteLimit: 6)
        for size in sizes {
            let isTaken = queue.add(PendingWrite(write: Parcel(size: size), key: nil, since: .now) { _ in })
            #expect(isTaken)
        }
        var taken: [[Int]] = []
        while !queue.waiting.isEmpty { taken.append(queue.take().map(\.write.size)) }
        #expect(taken == batches)
    }
}
