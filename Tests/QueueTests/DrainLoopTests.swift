@testable import Queue
import Testing

/// The drain loop's decisions, one by one, on a clock of the test's.
@Suite struct DrainLoopTests {
    private typealias Loop = DrainLoop<ScriptedHandler>

    private static let start = ContinuousClock.now
    private static let mail = JobKind(name: "mail", queue: "q")
    private static let text = JobKind(name: "text", queue: "q")

    private func at(_ milliseconds: Int) -> ContinuousClock.Instant { Self.start + .milliseconds(milliseconds) }

    /// A loop that has made sure that there are no suspects.
    private func loop(
        _ lanes: [(kind: JobKind, capacity: Int)] = [(Self.mail, 8)], limit: Int? = nil, lease: Duration = .seconds(30)
    ) -> Loop {
        var loop = Loop(lanes: lanes, policy: .init(lease: lease, limit: limit))
        claim(&loop, [])
        return loop
    }

    private func job(_ id: Int64, _ kind: JobKind = Self.mail, lease: Int64 = 1, isSuspect: Bool = false) -> ClaimedJob {
        ClaimedJob(
            id: id, lease: lease, kind: kind.name, tenantID: "acme", attempts: 1, maxAttempts: 8, isSuspect: isSuspect)
    }

    /// Makes the next round trip, which claims these.
    @discardableResult
    private func claim(_ loop: inout Loop, _ jobs: [ClaimedJob], hasSuspects: Bool? = nil, at milliseconds: Int = 0) -> Loop
        .RoundTrip?
    {
        let plan = loop.nextRoundTrip(isOpen: true, now: at(milliseconds))
        if let plan { loop.apply(plan, .init(claimed: jobs, hasSuspects: hasSuspects), now: at(milliseconds)) }
        return plan
    }

    private func places(_ plan: Loop.RoundTrip?) -> [String] { (plan?.lanes ?? []).map { "\($0.kind.name) \($0.places)" } }

    @Test func `the first round trip looks for suspects, dead processes and what is due`() {
        var loop = Loop(lanes: [(Self.mail, 8)], policy: .init())
        let plan = loop.nextRoundTrip(isOpen: true, now: at(0))
        #expect(plan?.claimsSuspect == true)
        #expect(plan?.rescues == true)
        #expect(plan?.stages == true)
        #expect(plan?.lanes.isEmpty == true)
    }

    @Test func `a lane is claimed up to its capacity`() {
        var loop = loop([(Self.mail, 8), (Self.text, 2)])
        #expect(places(claim(&loop, [job(1), job(2, Self.text)])) == ["mail 8", "text 2"])
        #expect(places(loop.nextRoundTrip(isOpen: true, now: at(0))).isEmpty)
    }

    @Test func `outcomes are written and their places claimed in one round trip`() {
        var loop = loop([(Self.mail, 2)])
        claim(&loop, [job(1), job(2)])
        loop.collect([.init(job(1), .completed)])
        let plan = claim(&loop, [job(3)])
        #expect(plan?.settlements.map(\.job.id) == [1])
        #expect(places(plan) == ["mail 1"])
        #expect(loop.inHand == 2)
        #expect(loop.report.completed == 1)
        #expect(loop.report.claimed == 3)
    }

    @Test func `a lane that is full holds up no other, and an empty one is not asked again`() {
        var loop = loop([(Self.mail, 2), (Self.text, 2)])
        claim(&loop, [job(1), job(2)])
        #expect(loop.nextRoundTrip(isOpen: true, now: at(100)) == nil)
        loop.wakeUp(wasIdle: false)
        #expect(places(loop.nextRoundTrip(isOpen: true, now: at(100))) == ["text 2"])
    }

    @Test func `with nothing in hand and nothing found there is nothing to say`() {
        var loop = loop()
        claim(&loop, [])
        #expect(loop.isIdle)
        #expect(loop.nextRoundTrip(isOpen: true, now: at(60_000)) == nil)
        loop.wakeUp(wasIdle: true)
        let plan = loop.nextRoundTrip(isOpen: true, now: at(60_000))
        #expect(plan?.rescues == true)
        #expect(plan?.stages == true)
    }

    @Test func `a few places wait for more, but not for ever`() {
        var loop = loop([(Self.mail, 100)])
        claim(&loop, (1...100).map { job($0) })
        loop.collect((1...20).map { .init(job($0), .completed) })
        #expect(places(claim(&loop, [], at: 10)).isEmpty)
        #expect(loop.nextRoundTrip(isOpen: true, now: at(20)) == nil)
        // The other eighty are slow: their lane goes on with what it has.
        #expect(places(loop.nextRoundTrip(isOpen: true, now: at(60))) == ["mail 20"])
    }

    @Test func `a limit is kept over all lanes, and a small one is not too small to claim`() {
        var loop = loop([(Self.mail, 100), (Self.text, 100)], limit: 10)
        let plan = claim(&loop, (1...6).map { job($0) })
        #expect(places(plan) == ["mail 10", "text 10"])
        #expect(plan?.claimsAtMost == 10)
        loop.collect([.init(job(1), .completed)])
        let second = claim(&loop, (7...10).map { job($0) }, at: 100)
        #expect(second?.claimsAtMost == 4)
        loop.collect((2...10).map { .init(job($0), .completed) })
        let last = claim(&loop, [])
        #expect(last?.claims == false)
        #expect(loop.isIdle)
        #expect(loop.nextRoundTrip(isOpen: true, now: at(10_000)) == nil)
    }

    @Test func `a job that came back to us is not forgotten with its old outcome`() {
        var loop = loop([(Self.mail, 2)])
        claim(&loop, [job(1, lease: 1), job(2, lease: 1)])
        // Its lease ran out, somebody rescued it, and our next claim took it again.
        loop.collect([.init(job(2, lease: 1), .completed)])
        claim(&loop, [job(1, lease: 2)])
        loop.collect([.init(job(1, lease: 1), .completed)])
        guard let plan = loop.nextRoundTrip(isOpen: false, now: at(0)) else {
            Issue.record("an outcome is to be written")
            return
        }
        loop.apply(plan, .init(stale: [JobFence(id: 1, lease: 1)]), now: at(0))
        #expect(loop.inHand == 1)
        #expect(loop.nextRoundTrip(isOpen: false, now: at(20_000))?.renewals.map(\.lease) == [2])
        loop.collect([.init(job(1, lease: 2), .completed)])
        claim(&loop, [])
        #expect(loop.inHand == 0)
        #expect(loop.report.stale == 1)
        #expect(loop.report.completed == 2)
        // Its lane has all its places again.
        loop.wakeUp(wasIdle: true)
        #expect(places(loop.nextRoundTrip(isOpen: true, now: at(30_000))) == ["mail 2"])
    }

    @Test func `an outcome that came too late is not counted as done`() {
        var loop = loop()
        claim(&loop, [job(1), job(2)])
        loop.collect([.init(job(1), .completed), .init(job(2), .discarded(reason: "r"))])
        guard let plan = loop.nextRoundTrip(isOpen: true, now: at(0)) else { return }
        loop.apply(plan, .init(stale: [job(1).fence]), now: at(0))
        #expect(loop.report.completed == 0)
        #expect(loop.report.discarded == 1)
        #expect(loop.report.stale == 1)
    }

    @Test func `every outcome has its count`() {
        var report = DrainReport()
        for outcome in [
            JobOutcome.completed, .cancelled(reason: ""), .discarded(reason: ""), .retry(after: .zero, reason: ""),
            .snoozed(for: .zero),
            .returned,
        ] { report.count(outcome) }
        #expect(
            report.counts.map { "\($0.0) \($0.1)" } == [
                "claimed 0", "completed 1", "cancelled 1", "discarded 1", "retried 1", "snoozed 1", "returned 1", "stale 0",
                "rescued 0",
                "quarantined 0",
            ])
    }

    // MARK: Leases

    @Test func `what is in hand is renewed after a third of the lease, what has finished is not`() {
        var loop = loop([(Self.mail, 3)])
        claim(&loop, [job(1), job(2), job(3)])
        #expect(loop.nextRoundTrip(isOpen: true, now: at(9_000)) == nil)
        loop.collect([.init(job(2), .completed)])
        let plan = claim(&loop, [], at: 10_100)
        #expect(plan?.renewals.map(\.id).sorted() == [1, 3])
        #expect(loop.nextRoundTrip(isOpen: false, now: at(20_000)) == nil)
        #expect(loop.nextRoundTrip(isOpen: false, now: at(20_200))?.renews == true)
    }

    @Test func `what has not begun may begin until two thirds of the lease have passed`() {
        var loop = loop()
        claim(&loop, [job(1)])
        #expect(loop.beginningEnds == at(20_000))
        #expect(!loop.leasesAreInDoubt(now: at(19_999)))
        #expect(loop.leasesAreInDoubt(now: at(20_000)))
        claim(&loop, [], at: 21_000)
        #expect(loop.beginningEnds == at(41_000))
    }

    @Test func `with nothing in hand no lease is in doubt`() {
        #expect(!loop().leasesAreInDoubt(now: at(1_000_000)))
    }

    // MARK: Suspects

    @Test func `a suspect runs alone: neighbours finish first, and nothing is claimed beside it`() {
        var loop = loop()
        claim(&loop, [job(1), job(2)], hasSuspects: true)
        loop.collect([.init(job(1), .completed)])
        let waiting = claim(&loop, [], at: 100)
        #expect(waiting?.claims == false)
        loop.collect([.init(job(2), .completed)])
        #expect(claim(&loop, [job(9, isSuspect: true)], at: 200)?.claimsSuspect == true)
        loop.wakeUp(wasIdle: false)
        #expect(loop.nextRoundTrip(isOpen: true, now: at(5_000)) == nil)
        loop.collect([.init(job(9, isSuspect: true), .completed)])
        claim(&loop, [], at: 6_000)
        // There may be more of them.
        #expect(claim(&loop, [], at: 6_000)?.claimsSuspect == true)
        #expect(places(claim(&loop, [], at: 6_000)) == ["mail 8"])
    }

    @Test func `a larger crash is taken back without a pause`() {
        var loop = Loop(lanes: [(Self.mail, 8)], policy: .init())
        guard let plan = loop.nextRoundTrip(isOpen: true, now: at(0)) else { return }
        loop.apply(plan, .init(rescued: 1000, hasSuspects: true), now: at(0))
        #expect(loop.nextRoundTrip(isOpen: true, now: at(0))?.rescues == true)
        #expect(loop.report.rescued == 1000)
    }

    // MARK: Ends and failures

    @Test func `a loop that is to end writes and renews, and claims nothing`() {
        var loop = loop()
        claim(&loop, [job(1), job(2)])
        loop.collect([.init(job(1), .completed)])
        let plan = loop.nextRoundTrip(isOpen: false, now: at(15_000))
        #expect(plan?.settlements.count == 1)
        #expect(plan?.renewals.map(\.id) == [2])
        #expect(plan?.claims == false)
        #expect(plan?.rescues == false)
    }

    @Test func `outcomes are kept over failures, which are waited out longer and longer`() {
        var loop = loop()
        claim(&loop, [job(1)])
        loop.collect([.init(job(1), .completed)])
        var pauses: [Duration?] = []
        for _ in 1...7 { pauses.append(loop.pauseAfterFailure(now: at(0), isOpen: true)) }
        #expect(pauses == [100, 200, 400, 800, 1000, 1000, 1000].map { .milliseconds($0) })
        #expect(loop.nextRoundTrip(isOpen: true, now: at(0))?.settlements.count == 1)
        #expect(loop.pauseAfterFailure(now: at(45_000), isOpen: true) == nil)
    }

    @Test func `a success ends the story of failures`() {
        var loop = loop()
        _ = loop.pauseAfterFailure(now: at(0), isOpen: true)
        loop.wakeUp(wasIdle: true)
        claim(&loop, [])
        #expect(loop.pauseAfterFailure(now: at(60_000), isOpen: true) == .milliseconds(100))
    }

    @Test func `whoever is to stop waits half a lease for Postgres, and not at all with empty hands`() {
        var loop = loop()
        #expect(loop.pauseAfterFailure(now: at(0), isOpen: false) == nil)
        loop.wakeUp(wasIdle: true)
        claim(&loop, [job(1)])
        loop.collect([.init(job(1), .completed)])
        #expect(loop.pauseAfterFailure(now: at(0), isOpen: false) != nil)
        #expect(loop.pauseAfterFailure(now: at(14_999), isOpen: false) != nil)
        #expect(loop.pauseAfterFailure(now: at(15_000), isOpen: false) == nil)
    }

    @Test func `sleep is jittered about the polling interval`() {
        let loop = Loop(lanes: [(Self.mail, 8)], policy: .init(poll: .seconds(2)))
        #expect(loop.sleepWhenIdle(jitter: 0.75) == .milliseconds(1500))
    }
}
