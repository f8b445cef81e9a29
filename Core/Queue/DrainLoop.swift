private import Glibc
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
        var claimsSuspect = false
        let kinds: [JobKind]

        var renews: Bool { !renewals.isEmpty }
        var isEmpty: Bool { settlements.isEmpty && renewals.isEmpty && !rescues && !stages && lanes.isEmpty && !claimsSuspect }
    }

    struct Answer: Sendable {
        var claimed: [ClaimedJob] = []
        var stale = 0
        var kept: Set<Int64> = []
        var rescued = 0
        var quarantined = 0
        var hasSuspects: Bool?
    }

    private(set) var report = DrainReport()
    private let kinds: [JobKind]
    private let capacities: [String: Int]
    private let policy: Drainer<Handler>.Policy

    private var jobs: [Int64: ClaimedJob] = [:]
    private var counts: [String: Int] = [:]
    private var unwritten: [JobInbox<Handler.Effect>.Finished] = []
    private var isEmptyHanded = false
    private var mayHaveSuspects = true
    private var runsSuspect = false
    private var lastRescue: ContinuousClock.Instant?
    private var lastStage: ContinuousClock.Instant?
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

    /// Nothing in hand, nothing to write, and the last claim found nothing.
    var isIdle: Bool { jobs.isEmpty && unwritten.isEmpty }

    mutating func collect(_ finished: [JobInbox<Handler.Effect>.Finished]) { unwritten += finished }

    /// The next round trip, or nil when there is nothing to say to the database now.
    mutating func nextRoundTrip(isOpen: Bool, now: ContinuousClock.Instant) -> RoundTrip? {
        var plan = RoundTrip(kinds: kinds)
        plan.settlements = unwritten
        if !jobs.isEmpty, now - lastRenewal >= policy.lease / 3 {
            let finished = Set(unwritten.map(\.job.id))
            plan.renewals = jobs.values.filter { !finished.contains($0.id) }
        }
        if isOpen, !limitIsReached {
            // Often enough that the jobs of a dead process run within a second of the end of their lease.
            plan.rescues = lastRescue.map { now - $0 >= .milliseconds(500) } ?? true
            plan.stages = lastStage.map { now - $0 >= .milliseconds(250) } ?? true
            addClaims(to: &plan)
            // Housekeeping alone is no reason for a round trip while the queue is known to be empty.
            if isEmptyHanded, plan.lanes.isEmpty, !plan.claimsSuspect { (plan.rescues, plan.stages) = (false, false) }
        }
        return plan.isEmpty ? nil : plan
    }

    private mutating func addClaims(to plan: inout RoundTrip) {
        if runsSuspect { return }
        let isEmptyAfter = jobs.count == plan.settlements.count
        if mayHaveSuspects {
            // Neighbours finish first: a suspect runs alone.
            plan.claimsSuspect = isEmptyAfter
            return
        }
        if isEmptyHanded && plan.settlements.isEmpty { return }
        var settled: [String: Int] = [:]
        for finished in plan.settlements { settled[finished.job.kind, default: 0] += 1 }
        var left = policy.limit.map { max(0, $0 - report.claimed) } ?? .max
        for kind in kinds {
            let capacity = capacities[kind.name] ?? 0
            let free = capacity - (counts[kind.name] ?? 0) + (settled[kind.name] ?? 0)
            // Claiming single places as they come free would cost a round trip each.
            guard free > 0, free >= capacity / 4 else { continue }
            let places = min(free, left)
            left -= places
            if places > 0 { plan.lanes.append((kind, places)) }
        }
    }

    private var limitIsReached: Bool { policy.limit.map { report.claimed >= $0 } ?? false }

    mutating func apply(_ plan: RoundTrip, _ answer: Answer, now: ContinuousClock.Instant) {
        failingSince = nil
        failures = 0
        for finished in plan.settlements {
            forget(finished.job)
            report.count(finished.outcome)
        }
        unwritten.removeAll(keepingCapacity: true)
        report.stale += answer.stale
        report.rescued += answer.rescued
        report.quarantined += answer.quarantined
        if plan.rescues { lastRescue = now }
        if plan.stages { lastStage = now }
        if plan.renews || jobs.isEmpty { lastRenewal = now }
        if plan.claimsSuspect {
            runsSuspect = !answer.claimed.isEmpty
            mayHaveSuspects = runsSuspect
        }
        if answer.hasSuspects == true { mayHaveSuspects = true }
        for job in answer.claimed {
            jobs[job.id] = job
            counts[job.kind, default: 0] += 1
        }
        report.claimed += answer.claimed.count
        if !plan.lanes.isEmpty { isEmptyHanded = answer.claimed.isEmpty && !mayHaveSuspects }
    }

    private mutating func forget(_ job: ClaimedJob) {
        guard jobs.removeValue(forKey: job.id) != nil else { return }
        counts[job.kind, default: 1] -= 1
        if job.isSuspect { runsSuspect = false }
    }

    /// A resident instance looks again.
    mutating func wakeUp() {
        isEmptyHanded = false
        lastStage = nil
    }

    func sleepWhenIdle(jitter: Double) -> Duration { policy.poll * jitter }

    /// Whether renewals have failed for ⅔ of a lease (D-82).
    func leasesAreInDoubt(now: ContinuousClock.Instant) -> Bool { !jobs.isEmpty && now - lastRenewal >= policy.lease * 2 / 3 }

    /// How long to wait after a failed round trip; nil gives up.
    mutating func pauseAfterFailure(now: ContinuousClock.Instant, isOpen: Bool) -> Duration? {
        let since = failingSince ?? now
        failingSince = since
        failures += 1
        // With nothing in hand there is nothing to save: the run may fail and the next one try again.
        if now - since >= policy.patience || (!isOpen && isIdle) { return nil }
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
        if !lanes.isEmpty { statements.append(JobQueue.claim(lanes, lease: lease, by: holder)) }
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
        if renews, let kept = rows.popLast() { answer.kept = Set(try kept.map { row throws(PostgresError) in try row.int(0) }) }
        if !settlements.isEmpty, let stale = rows.popLast() { answer.stale = stale.count }
        return answer
    }
}
