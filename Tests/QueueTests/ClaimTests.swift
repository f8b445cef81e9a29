import Postgres
import Primitives
import Queue
import Schema
import TestSupport
import Testing

@Suite struct ClaimTests {
    @Test func `priority goes first, then the earliest expiry, then age`() async throws {
        let queue = try await QueueFixture()
        func job(_ name: String, _ priority: Int, _ expiry: Int64?) -> NewJob {
            NewJob(
                tenantID: "acme", kind: queue.kind, priority: priority,
                expiresAt: expiry.map { Timestamp(microseconds: 2_000_000_000_000_000 + $0) }, args: #"{"name":"\#(name)"}"#)
        }
        try await queue.enqueue([
            job("never", 2, nil), job("late", 2, 20), job("older", 2, 10), job("younger", 2, 10), job("urgent", 0, nil),
            job("last", 9, 1),
        ])
        var order: [String] = []
        while let claimed = try await queue.claim(1).first { order.append(claimed.args) }
        #expect(order == ["urgent", "older", "younger", "late", "never", "last"].map { #"{"name": "\#($0)"}"# })
    }

    @Test func `a job is not claimed before its time, and then it is`() async throws {
        let queue = try await QueueFixture()
        let due = Timestamp(microseconds: 1_900_000_000_000_000)
        try await queue.enqueue([NewJob(tenantID: "acme", kind: queue.kind, runAt: due)])
        try await queue.stage(at: .fixed(due + .microseconds(-1)))
        #expect(try await queue.claim().isEmpty)
        #expect(try await queue.nextDue(at: .fixed(due + .seconds(-30))) == 30)
        try await queue.stage(at: .fixed(due))
        #expect(try await queue.claim().count == 1)
    }

    @Test func `time is business time`() async throws {
        let queue = try await QueueFixture()
        let past = Timestamp(microseconds: 1_600_000_000_000_000)
        try await queue.enqueue([NewJob(tenantID: "acme", kind: queue.kind, runAt: past + .seconds(60))], at: .fixed(past))
        #expect(try await queue.live("state") == ["scheduled"])
        try await queue.stage(at: .fixed(past + .seconds(59)))
        #expect(try await queue.live("state") == ["scheduled"])
    }

    @Test func `all jobs of one claim have one new lease, and later claims higher ones`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 4)
        let first = try await queue.claim(2, by: "one")
        let second = try await queue.claim(2, by: "two")
        #expect(Set(first.map(\.lease)).count == 1)
        #expect(Set(second.map(\.lease)).count == 1)
        #expect(second[0].lease > first[0].lease)
        #expect(first.map(\.attempts) == [1, 1])
        #expect(try await queue.live("leased_by") == ["one", "one", "two", "two"])
    }

    @Test func `twenty claimers share the jobs and none gets another's`() async throws {
        let queue = try await QueueFixture()
        let ids = try await queue.enqueue(count: 400)
        let claimed = try await withThrowingTaskGroup(of: [Int64].self) { group in
            for number in 1...20 {
                group.addTask {
                    let connection = queue.newConnection()
                    var own: [Int64] = []
                    while case let jobs = try await queue.claim(7, by: "\(number)", on: connection), !jobs.isEmpty {
                        own += jobs.map(\.id)
                    }
                    return own
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(claimed.count == 400)
        #expect(Set(claimed) == Set(ids))
    }

    @Test func `a paused queue gives nothing out, what is in hand is finished, and resumed it gives again`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 3)
        let inHand = try await queue.claim(1)
        try await queue.pause(queue.kind.queue)
        #expect(try await queue.claim().isEmpty)
        try await queue.settle(inHand, .completed)
        #expect(try await queue.history("state") == ["completed"])
        try await queue.resume(queue.kind.queue)
        #expect(try await queue.claim().count == 2)
    }

    @Test func `the pause of one queue is no other's`() async throws {
        let (one, other) = (try await QueueFixture(), try await QueueFixture())
        try await one.enqueue(count: 1)
        try await other.enqueue(count: 1)
        try await one.pause(one.kind.queue)
        #expect(try await one.claim().isEmpty)
        #expect(try await other.claim().count == 1)
    }

    @Test func `a kind that nobody declares stays where it is`() async throws {
        let (known, unknown) = (try await QueueFixture(), try await QueueFixture())
        try await unknown.enqueue(count: 2)
        try await unknown.enqueue([
            NewJob(tenantID: "acme", kind: unknown.kind, runAt: Timestamp(microseconds: 4_000_000_000_000_000))
        ])
        _ = try await unknown.claim(1)
        try await unknown.expireLeases()
        let before = try await unknown.live("row(jobs.*)")
        _ = try await known.claim()
        #expect(try await known.rescue() == QueueFixture.Rescue())
        try await known.stage()
        #expect(try await known.claimSuspect().isEmpty)
        #expect(try await known.nextDue() == nil)
        #expect(try await unknown.live("row(jobs.*)") == before)
    }

    @Test func `a claim takes no more than its bound over all kinds`() async throws {
        let queue = try await QueueFixture()
        let other = QueueFixture.newKind()
        try await queue.enqueue((0..<5).flatMap { _ in [queue.kind, other].map { NewJob(tenantID: "acme", kind: $0) } })
        let (statement, values) = JobQueue.claim([(queue.kind, 4), (other, 4)], atMost: 6, lease: .seconds(30), by: "holder")
        #expect(try await queue.database.connection.execute(statement, values) == 6)
        #expect(
            try await queue.database.count(
                "select count(*) from relance.jobs where state = 'running' and kind = any ($1)",
                [.texts([queue.kind.name, other.name])]) == 6)
    }

    @Test func `waiting jobs of others cost nothing to step over`() async throws {
        // Fifty thousand jobs of a program that is down, all due: a tick of another program must not read them.
        let database = try await TestDatabase.create()
        let queue = try await QueueFixture(in: database)
        try await database.execute(
            """
            insert into relance.jobs (tenant_id, kind, queue, state, run_at)
            select 'acme', 'parked', 'parked', 'scheduled', relance.now() - interval '1 day' from generate_series(1, 50000)
            """)
        try await database.execute("analyze relance.jobs")
        for (statement, values) in [JobQueue.stage([queue.kind]), JobQueue.nextDue([queue.kind])] {
            let plan = try await database.rows("explain (analyze, buffers, format text) " + statement.text, values).map { $0[0] }
                .joined(separator: "\n")
            // The first line of buffers is the whole statement's; planning has its own.
            let buffers = plan.firstMatch(of: /Buffers: shared hit=(\d+)/).flatMap { Int($0.1) } ?? .max
            #expect(buffers < 100, "\(statement.name): \(plan)")
        }
    }
}
