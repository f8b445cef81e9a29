import Foundation
import Postgres
import Primitives
import Queue
import Schema
import TestSupport
import Testing

@Suite struct SettleTests {
    /// What a job's error list holds, entry by entry.
    private struct Failure: Decodable, Equatable {
        let at: String
        let attempt: Int
        let by: String
        let lease: Int64
        let error: String
    }

    private func failures(_ json: String) throws -> [Failure] { try JSONDecoder().decode([Failure].self, from: Data(json.utf8)) }

    // MARK: Every outcome

    @Test(arguments: [(JobOutcome.completed, "completed", ""), (.cancelled(reason: "gone"), "cancelled", "gone")])
    func `a job that is done leaves the hot table for history`(outcome: JobOutcome, state: String, reason: String) async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 1)
        let claimed = try await queue.claim()
        #expect(try await queue.settle(claimed, outcome).isEmpty)
        #expect(try await queue.live("id").isEmpty)
        #expect(try await queue.dead("id").isEmpty)
        #expect(try await queue.history("state") == [state])
        #expect(try await queue.history("coalesce(reason, '')") == [reason])
        #expect(try await queue.history("lease") == ["\(claimed[0].lease)"])
        #expect(try await queue.history("leased_by || attempts") == ["holder1"])
    }

    @Test func `a discarded job is dead at once, with its reason`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue([NewJob(tenantID: "acme", kind: queue.kind, dedupeKey: "k", args: #"{"id":1}"#, traceID: "t")])
        try await queue.settle(try await queue.claim(), .discarded(reason: "no_such_lead"))
        #expect(try await queue.live("id").isEmpty)
        #expect(try await queue.dead("reason || attempts || dedupe_key || args || trace_id") == [#"no_such_lead1k{"id": 1}t"#])
    }

    @Test func `a failed job waits for its time, with its attempt spent and its error kept`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 1)
        let now = Timestamp(microseconds: 1_900_000_000_000_000)
        let claimed = try await queue.claim()
        try await queue.settle(claimed, .retry(after: .milliseconds(1500), reason: "busy"), at: .fixed(now))
        #expect(try await queue.live("state || attempts") == ["retryable1"])
        #expect(try await queue.live("coalesce(lease::text, leased_by, leased_until::text, 'free')") == ["free"])
        #expect(try await queue.live("(extract(epoch from run_at) * 1000)::bigint") == ["1900000001500"])
        let errors = try failures(try await queue.live("errors")[0])
        #expect(errors.map(\.error) == ["busy"])
        #expect(errors.map(\.lease) == [claimed[0].lease])
    }

    @Test func `a snoozed job keeps its attempt count`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 1)
        for _ in 1...3 {
            try await queue.settle(try await queue.claim(), .snoozed(for: .zero))
            #expect(try await queue.live("state || attempts || errors") == ["available0[]"])
        }
        try await queue.settle(try await queue.claim(), .snoozed(for: .seconds(60)))
        #expect(try await queue.live("state || attempts || errors") == ["scheduled0[]"])
    }

    @Test func `a returned job is as it was before`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 1)
        try await queue.settle(try await queue.claim(), .returned)
        #expect(
            try await queue.live("state || attempts || errors || crashes || is_suspect || has_begun") == [
                "available0[]0falsefalse"
            ])
        #expect(try await queue.claim().map(\.attempts) == [1])
    }

    @Test func `a job whose attempts are used up is dead with its whole story`() async throws {
        let queue = try await QueueFixture(maxAttempts: 3)
        try await queue.enqueue(count: 1)
        var leases: [Int64] = []
        for attempt in 1...3 {
            let claimed = try await queue.claim(by: "holder \(attempt)")
            #expect(claimed.map(\.attempts) == [attempt])
            leases += claimed.map(\.lease)
            try await queue.settle(claimed, .retry(after: .zero, reason: "error \(attempt)"))
        }
        #expect(try await queue.live("id").isEmpty)
        #expect(try await queue.dead("reason") == ["attempts_exhausted"])
        let story = try failures(try await queue.dead("errors")[0])
        #expect(story.map(\.error) == ["error 1", "error 2", "error 3"])
        #expect(story.map(\.by) == ["holder 1", "holder 2", "holder 3"])
        #expect(story.map(\.lease) == leases)
        #expect(story.map(\.attempt) == [1, 2, 3])
        #expect(story.map(\.at) == story.map(\.at).sorted())
        #expect(story.allSatisfy { !$0.at.isEmpty })
    }

    @Test func `a batch of all outcomes settles each by its own`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 6)
        let claimed = try await queue.claim().sorted { $0.id < $1.id }
        let outcomes: [JobOutcome] = [
            .completed, .cancelled(reason: "c"), .discarded(reason: "d"), .retry(after: .seconds(9), reason: "r"),
            .snoozed(for: .seconds(9)), .returned,
        ]
        #expect(try await queue.settle(zip(claimed, outcomes).map { Settlement($0, $1) }).isEmpty)
        #expect(try await queue.history("state") == ["completed", "cancelled"])
        #expect(try await queue.dead("reason") == ["d"])
        #expect(try await queue.live("state") == ["retryable", "scheduled", "available"])
    }

    // MARK: Begun effects

    @Test(arguments: [JobOutcome.snoozed(for: .zero), .returned])
    func `a job whose effect has begun stays so when it was not its turn`(outcome: JobOutcome) async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 1)
        let first = try await queue.claim()
        try await queue.database.execute("update relance.jobs set has_begun = true where id = $1", [.int(first[0].id)])
        // In its first attempt already: with the attempt unspent the count is back at zero.
        try await queue.settle(first, outcome)
        let second = try await queue.claim()
        #expect(second.map(\.hasBegun) == [true])
        try await queue.settle(second, .retry(after: .zero, reason: "refused for good"))
        #expect(try await queue.claim().map(\.hasBegun) == [false])
    }

    // MARK: Fences

    @Test(arguments: [
        JobOutcome.completed, .cancelled(reason: "r"), .discarded(reason: "r"), .retry(after: .zero, reason: "r"),
        .snoozed(for: .zero),
        .returned,
    ])
    func `a zombie's outcome changes nothing once its lease was taken`(outcome: JobOutcome) async throws {
        let queue = try await QueueFixture(maxAttempts: 1)
        try await queue.enqueue(count: 1)
        let zombie = try await queue.claim(by: "zombie")
        try await queue.expireLeases()
        try await queue.rescue()
        let before = try await queue.live("row(jobs.*)")
        #expect(try await queue.settle(zombie, outcome) == zombie.map(\.id))
        #expect(try await queue.renew(zombie) == [])
        #expect(try await queue.live("row(jobs.*)") == before)

        let successor = try await queue.claimSuspect(by: "successor")
        #expect(successor.count == 1)
        let held = try await queue.live("row(jobs.*)")
        #expect(try await queue.settle(zombie, outcome) == zombie.map(\.id))
        #expect(try await queue.renew(zombie) == [])
        #expect(try await queue.live("row(jobs.*)") == held)
        #expect(try await queue.settle(successor, .completed).isEmpty)
        #expect(try await queue.settle(zombie, outcome) == zombie.map(\.id))
        #expect(try await queue.history("leased_by") == ["successor"])
        #expect(try await queue.dead("id").isEmpty)
    }

    @Test func `a lease that ran out and was not taken still counts`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 2)
        let claimed = try await queue.claim()
        try await queue.expireLeases()
        #expect(try await queue.renew([claimed[0]]) == [claimed[0].id])
        #expect(try await queue.settle([claimed[1]], .completed).isEmpty)
        #expect(try await queue.rescue() == QueueFixture.Rescue())
    }

    @Test func `an outcome told twice counts once`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 1)
        let claimed = try await queue.claim()
        try await queue.settle(claimed + claimed, .completed)
        #expect(try await queue.settle(claimed, .completed) == claimed.map(\.id))
        #expect(try await queue.history("state") == ["completed"])
    }

    @Test func `a stale outcome beside the valid one of the same job is told apart`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 1)
        let zombie = try await queue.claim()
        try await queue.expireLeases()
        try await queue.rescue()
        let successor = try await queue.claimSuspect()
        let stale = try await queue.settle([
            Settlement(zombie[0], .discarded(reason: "zombie")), Settlement(successor[0], .completed),
        ])
        #expect(stale == zombie.map(\.id))
        #expect(try await queue.history("state") == ["completed"])
    }

    // MARK: Hostile outcomes

    @Test(arguments: ["nul \u{0} inside", String(repeating: "long ", count: 100_000), "quote \" back\\slash {null} \n"])
    func `no reason can keep an outcome from being written`(reason: String) async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 3)
        let claimed = try await queue.claim()
        try await queue.settle([
            Settlement(claimed[0], .cancelled(reason: reason)), Settlement(claimed[1], .discarded(reason: reason)),
            Settlement(claimed[2], .retry(after: .zero, reason: reason)),
        ])
        #expect(try await queue.history("length(reason) <= 1000") == ["true"])
        #expect(try await queue.dead("length(reason) <= 1000") == ["true"])
        #expect(try await queue.live("length(errors::text) <= 2000") == ["true"])
    }

    @Test(arguments: [Duration.seconds(Int64.max), .seconds(-Int64.max), .seconds(1 << 40)])
    func `no wait can keep an outcome from being written`(delay: Duration) async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 2)
        let claimed = try await queue.claim()
        try await queue.settle([
            Settlement(claimed[0], .retry(after: delay, reason: "r")), Settlement(claimed[1], .snoozed(for: delay)),
        ])
        #expect(
            try await queue.live("run_at between relance.now() - interval '1 minute' and relance.now() + interval '367 days'")
                == ["true", "true"])
    }
}

@Suite struct BackoffTests {
    private static let backoff = Backoff(base: .seconds(5), cap: .seconds(1800))

    @Test(arguments: [(1, 5), (2, 10), (3, 20), (9, 1280), (10, 1800), (1000, 1800), (0, 5), (-3, 5), (Int.max, 1800)])
    func `the wait doubles up to its cap, and jitter takes half at most`(attempts: Int, ceiling: Int) {
        #expect(Self.backoff.delay(afterAttempts: attempts, random: 0) == .seconds(ceiling) / 2)
        #expect(Self.backoff.delay(afterAttempts: attempts, random: 0.999_999) < .seconds(ceiling))
        #expect(Self.backoff.delay(afterAttempts: attempts, random: 0.5) == .seconds(ceiling) * 0.75)
    }

    @Test func `what the other side asks for is never undercut`() {
        #expect(Self.backoff.delay(afterAttempts: 1, retryAfter: .seconds(3600), random: 0.5) == .seconds(3600))
        #expect(Self.backoff.delay(afterAttempts: 1, retryAfter: .seconds(1), random: 0) == .seconds(2.5))
        #expect(Self.backoff.delay(afterAttempts: 1, retryAfter: .seconds(-9), random: 0) == .seconds(2.5))
    }
}
