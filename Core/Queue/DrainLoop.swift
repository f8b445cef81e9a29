import Postgres
import Primitives

/// The drain loop's decisions, without I/O: what the next round trip carries, and what its answer means.
struct DrainLoop<Handler: JobHandler> {
    /// What one round trip does.
    struct RoundTrip: Sendable {
        var settlements: [JobInbox<Handler.Effect>.Finished] = []
        var renewals: [ClaimedJob] = []
        var rescues = false
        var stages = false
        var lanes: [(kind: JobKind, places: Int)] = []
        /// Most jobs claimed over all lanes.
        var claimsAtMost: Int?
        var claimsSuspect = false
        let kinds: [JobKind]

        var renews: Bool { !renewals.isEmpty }
        var claims: Bool { !lanes.isEmpty || claimsSuspect }
        var isEmpty: Bool { settlements.isEmpty && renewals.isEmpty && !claims }
    }

    struct Answer: Sendable {
        var claimed: [ClaimedJob] = []
        /// Outcomes that came after their lease had been taken over.
        var stale: Set<JobFence> = []
        var rescued = 0
        var quarantined = 0
        var hasSuspects: Bool?
    }

    private(set) var report = DrainReport()
    private let kinds: [JobKind]
    private let capacities: [String: Int]
    private let policy: Drainer<Handler>.Policy

    /// By fence, not by id: a job that we lost may come back to us before its first outcome does.
    private var jobs: [JobFence: ClaimedJob] = [:]
    private var counts: [String: Int] = [:]
    private var unwritten: [JobInbox<Handler.Effect>.Finished] = []
    /// Kinds whose last claim found fewer jobs than it had places for.
    private var drained: Set<String> = []
    private var mayHaveSuspects = true
    private var runsSuspect = false
    private var lastRescue: ContinuousClock.Instant?
    private var lastStage: ContinuousClock.Instant?
    private var lastClaim: ContinuousClock.Instant?
    private var lastRenewal = ContinuousClock.now
    private var failingSince: ContinuousClock.Instant?
    private var failures = 0

    init(lanes: [(kind: JobKind, capacity: Int)], policy: Drainer<Handler>.Policy) {
        kinds = lanes.map(\.kind)
        capacities = Dictionary(uniqueKeysWithValues: lanes.map { ($0.kind.name, $0.capacity) })
        self.policy = policy
    }

    /// Jobs claimed and not yet settled.
    var inHand: Int { jobs.count }

    /// Nothing in hand and nothing to write.
    var isIdle: Bool { jobs.isEmpty && unwritten.isEmpty }

    mutating func collect(_ finished: [JobInbox<Handler.Effect>.Finished]) { unwritten += finished }

    /// The next round trip, or nil when there is nothing to say to the database now.
    mutating func nextRoundTrip(isOpen: Bool, now: ContinuousClock.Instant) -> RoundTrip? {
        var plan = RoundTrip(kinds: kinds)
        plan.settlements = unwritten
        let finished = Set(unwritten.map(\.job.fence))
        if !jobs.isEmpty, now - lastRenewal >= policy.lease / 3 {
            plan.renewals = jobs.values.filter { !finished.contains($0.fence) }
        }
        if isOpen, !limitIsReached {
            addClaims(to: &plan, finished: finished, now: now)
            // Housekeeping makes jobs claimable: without a claim it is no reason for a round trip.
            if plan.claims {
                plan.rescues = lastRescue.map { now - $0 >= min(policy.lease / 3, policy.poll) } ?? true
                plan.stages = lastStage.map { now - $0 >= .milliseconds(250) } ?? true
            }
        }
        return plan.isEmpty ? nil : plan
    }

    private func addClaims(to plan: inout RoundTrip, finished: Set<JobFence>, now: ContinuousClock.Instant) {
        if runsSuspect { return }
        if mayHaveSuspects {
            // Neighbours finish first: a suspect runs alone.
            plan.claimsSuspect = jobs.keys.allSatisfy { finished.contains($0) }
            return
        }
        var settled: [String: Int] = [:]
        for fence in finished { if let job = jobs[fence] { settled[job.kind, default: 0] += 1 } }
        plan.claimsAtMost = policy.limit.map { $0 - report.claimed }
        // Claiming single places as they come free would cost a round trip each, leaving them free would starve the kind
        // when the rest of its jobs are slow.
        let takesFew = lastClaim.map { now - $0 >= .milliseconds(50) } ?? true
        for kind in kinds where plan.settlements.isEmpty ? !drained.contains(kind.name) : true {
            let capacity = min(capacities[kind.name] ?? 0, plan.claimsAtMost ?? .max)
            let free = (capacities[kind.name] ?? 0) - (counts[kind.name] ?? 0) + (settled[kind.name] ?? 0)
            let places = min(free, capacity)
            if places > 0, places >= capacity / 4 || takesFew { plan.lanes.append((kind, places)) }
        }
    }

    var limitIsReached: Bool { policy.limit.map { report.claimed >= $0 } ?? false }

    mutating func apply(_ plan: RoundTrip, _ answer: Answer, now: ContinuousClock.Instant) {
        failingSince = nil
        failures = 0
        for finished in plan.settlements {
            forget(finished.job)
            if !answer.stale.contains(finished.job.fence) { report.count(finished.outcome) }
        }
        unwritten.removeAll(keepingCapacity: true)
        report.stale += answer.stale.count
        report.rescued += answer.rescued
        report.quarantined += answer.quarantined
        // A rescue takes a thousand at a time: a larger crash is not left for later.
        if plan.rescues { lastRescue = answer.rescued + answer.quarantined >= 1000 ? nil : now }
        if plan.stages { lastStage = now }
        if plan.renews || jobs.isEmpty { lastRenewal = now }
        if plan.claimsSuspect {
            runsSuspect = !answer.claimed.isEmpty
            mayHaveSuspects = runsSuspect
        }
        if answer.hasSuspects == true { mayHaveSuspects = true }
        for job in answer.claimed {
            jobs[job.fence] = job
            counts[job.kind, default: 0] += 1
        }
        report.claimed += answer.claimed.count
        noteDrained(plan, answer, now: now)
    }

    private mutating func noteDrained(_ plan: RoundTrip, _ answer: Answer, now: ContinuousClock.Instant) {
        // What was settled may have put jobs back, or made new ones.
        if !plan.settlements.isEmpty { drained = [] }
        guard !plan.lanes.isEmpty else { return }
        lastClaim = now
        var found: [String: Int] = [:]
        for job in answer.claimed { found[job.kind, default: 0] += 1 }
        for (kind, places) in plan.lanes where (found[kind.name] ?? 0) < places { drained.insert(kind.name) }
    }

    private mutating func forget(_ job: ClaimedJob) {
        guard jobs.removeValue(forKey: job.fence) != nil else { return }
        counts[job.kind, default: 1] -= 1
        if job.isSuspect { runsSuspect = false }
    }

    /// A resident instance looks again: for new jobs at each wake-up, for due and abandoned ones when it had nothing to do.
    mutating func wakeUp(wasIdle: Bool) {
        drained = []
        if wasIdle { (lastStage, lastRescue) = (nil, nil) }
    }

    func sleepWhenIdle(jitter: Double) -> Duration { policy.poll * jitter }

    /// Until when what has not begun may begin: ⅔ of the lease after it was last renewed (D-82).
    var beginningEnds: ContinuousClock.Instant { lastRenewal + policy.lease * 2 / 3 }

    /// Whether renewals have failed for that long.
    func leasesAreInDoubt(now: ContinuousClock.Instant) -> Bool { !jobs.isEmpty && now >= beginningEnds }

    /// How long to wait after a failed round trip; nil gives up.
    ///
    /// Outcomes in hand are worth waiting for. A process that is to stop waits for half a lease at most, which is less than
    /// its supervisor gives it; then their leases run out, and whoever takes them over reconciles.
    mutating func pauseAfterFailure(now: ContinuousClock.Instant, isOpen: Bool) -> Duration? {
        let since = failingSince ?? now
        failingSince = since
        failures += 1
        let patience = isOpen ? policy.patience : min(policy.patience, policy.lease / 2)
        if now - since >= patience || (!isOpen && isIdle) { return nil }
        return min(.milliseconds(50) * (1 << min(failures, 5)), .seconds(1))
    }
}

extension DrainLoop.RoundTrip {
    /// The statements, in the order `read` expects.
    func statements(handler: Handler, lease: Duration, holder: String) -> [JobQueue.Bound] {
        var statements: [JobQueue.Bound] = []
        if !settlements.isEmpty {
            statements += handler.statements(recording: settlements.compactMap(\.effect))
            statements.append(JobQueue.settle(settlements.map { Settlement($0.job, $0.outcome) }))
        }
        if renews { statements.append(JobQueue.renew(renewals, lease: lease)) }
        if rescues { statements.append(JobQueue.rescue(kinds)) }
        if stages { statements.append(JobQueue.stage(kinds)) }
        if !lanes.isEmpty { statements.append(JobQueue.claim(lanes, atMost: claimsAtMost, lease: lease, by: holder)) }
        if claimsSuspect { statements.append(JobQueue.claimSuspect(kinds, lease: lease, by: holder)) }
        return statements
    }

    /// Reads the answers from the back, since a handler's own statements stand in front.
    func read(_ rows: [PostgresRows]) throws(PostgresError) -> DrainLoop.Answer {
        var rows = rows
        var answer = DrainLoop.Answer()
        if claimsSuspect, let claimed = rows.popLast() { answer.claimed = try JobQueue.claimed(claimed) }
        if !lanes.isEmpty, let claimed = rows.popLast() { answer.claimed = try JobQueue.claimed(claimed) }
        if stages { rows.removeLast() }
        if rescues, let row = rows.popLast()?.first {
            answer.rescued = Int(try row.int("rescued"))
            answer.quarantined = Int(try row.int("quarantined"))
            answer.hasSuspects = try row.bool("has_suspects")
        }
        // What is no longer ours to renew shows when its outcome is settled.
        if renews { rows.removeLast() }
        if !settlements.isEmpty, let stale = rows.popLast() {
            answer.stale = Set(try stale.map { row throws(PostgresError) in JobFence(id: try row.int(0), lease: try row.int(1)) })
        }
        return answer
    }
}
