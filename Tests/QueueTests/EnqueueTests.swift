import Postgres
import Primitives
import Queue
import TestSupport
import Testing

@Suite struct EnqueueTests {
    @Test func `a job keeps what it was given`() async throws {
        let queue = try await QueueFixture(maxAttempts: 3)
        let (due, end) = (Timestamp(microseconds: 1_900_000_000_000_000), Timestamp(microseconds: 1_900_000_100_000_000))
        try await queue.enqueue([
            NewJob(
                tenantID: "acmé", kind: queue.kind, priority: 7, runAt: due, expiresAt: end, dedupeKey: "k:\"1\"",
                args: #"{"id":1}"#,
                traceID: "trace")
        ])
        let row = try await queue.database.rows(
            """
            select tenant_id, queue, state, priority, run_at = $2, expires_at = $3, dedupe_key, args, max_attempts, attempts, trace_id
            from relance.jobs where kind = $1
            """, [.text(queue.kind.name), .timestamp(due), .timestamp(end)])
        #expect(row == [["acmé", queue.kind.queue, "scheduled", "7", "t", "t", "k:\"1\"", #"{"id": 1}"#, "3", "0", "trace"]])
    }

    @Test func `a batch tells the new from those already there`() async throws {
        let queue = try await QueueFixture()
        func job(_ key: String?) -> NewJob { NewJob(tenantID: "acme", kind: queue.kind, dedupeKey: key) }
        #expect(try await queue.enqueue([job("a"), job("b")]).count == 2)
        #expect(try await queue.enqueue([job("a"), job("b"), job("c")]).count == 1)
        #expect(try await queue.live("dedupe_key") == ["a", "b", "c"])
    }

    @Test func `a key twice in one batch is one job`() async throws {
        let queue = try await QueueFixture()
        let twin = NewJob(tenantID: "acme", kind: queue.kind, dedupeKey: "twin")
        #expect(try await queue.enqueue([twin, twin]).count == 1)
    }

    @Test func `jobs without a key never meet`() async throws {
        let queue = try await QueueFixture()
        #expect(try await queue.enqueue(count: 3).count == 3)
    }

    @Test func `a key belongs to its tenant and its kind`() async throws {
        let queue = try await QueueFixture()
        let jobs = [
            NewJob(tenantID: "acme", kind: queue.kind, dedupeKey: "k"),
            NewJob(tenantID: "other", kind: queue.kind, dedupeKey: "k"),
            NewJob(tenantID: "acme", kind: QueueFixture.newKind(), dedupeKey: "k"),
        ]
        #expect(try await queue.enqueue(jobs).count == 3)
    }

    @Test(arguments: [JobOutcome.completed, .cancelled(reason: "r"), .discarded(reason: "r")])
    func `a key is free again once its job has ended`(outcome: JobOutcome) async throws {
        let queue = try await QueueFixture()
        let job = NewJob(tenantID: "acme", kind: queue.kind, dedupeKey: "k")
        try await queue.enqueue([job])
        let claimed = try await queue.claim()
        #expect(try await queue.enqueue([job]).isEmpty)
        try await queue.settle(claimed, outcome)
        #expect(try await queue.enqueue([job]).count == 1)
    }

    @Test(arguments: [JobOutcome.retry(after: .seconds(60), reason: "r"), .snoozed(for: .seconds(60)), .returned])
    func `a key holds while its job waits to come back`(outcome: JobOutcome) async throws {
        let queue = try await QueueFixture()
        let job = NewJob(tenantID: "acme", kind: queue.kind, dedupeKey: "k")
        try await queue.enqueue([job])
        try await queue.settle(try await queue.claim(), outcome)
        #expect(try await queue.enqueue([job]).isEmpty)
    }

    @Test func `jobs are enqueued with the caller's transaction or not at all`() async throws {
        let queue = try await QueueFixture()
        struct Abort: Error {}
        let (statement, values) = JobQueue.enqueue([NewJob(tenantID: "acme", kind: queue.kind)])
        await #expect(throws: Abort.self) {
            try await queue.database.connection.run { session throws in
                try session.transaction { session throws in
                    _ = try session.query(statement, values)
                    throw Abort()
                }
            }
        }
        #expect(try await queue.live("id").isEmpty)
    }

    @Test func `twenty enqueuers of the same keys make each job once`() async throws {
        let queue = try await QueueFixture()
        let jobs = (0..<50).map { NewJob(tenantID: "acme", kind: queue.kind, dedupeKey: "k\($0)") }
        let new = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 1...20 {
                group.addTask {
                    let (statement, values) = JobQueue.enqueue(jobs)
                    return try await queue.newConnection().query(statement, values) { row throws(PostgresError) in try row.int(0)
                    }.count
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(new == 50)
        #expect(try await queue.live("id").count == 50)
    }
}
