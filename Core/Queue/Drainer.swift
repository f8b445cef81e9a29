public import Postgres
public import Primitives
public import Runtime
public import Schema

/// Claims jobs, has them performed, settles them: the loop that empties a program's queues.
///
/// Each round trip settles what has finished and claims what there is room for, in one transaction. The loop holds the
/// only state; performing tasks talk to it through the inbox. Whatever kills the process, its jobs come back when their
/// leases expire; whatever interrupts Postgres, outcomes are kept and written when it is back.
public struct Drainer<Handler: JobHandler>: Sendable {
    /// When the drain ends.
    public enum Mode: Sendable {
        /// When there is nothing left to do.
        case untilEmpty
        /// When it is asked to stop.
        case resident
    }

    /// Bounds of the loop.
    public struct Policy: Sendable {
        /// How long a claim holds without renewal.
        public var lease: Duration
        /// Most jobs claimed in all; nil is without bound.
        public var limit: Int?
        /// Longest sleep of a resident instance that gets no hint.
        public var poll: Duration
        /// How long outcomes are kept while Postgres is away before the drain fails.
        public var patience: Duration

        /// The bounds.
        public init(
            lease: Duration = .seconds(30), limit: Int? = nil, poll: Duration = .milliseconds(500),
            patience: Duration = .seconds(45)
        ) {
            self.lease = lease
            self.limit = limit
            self.poll = poll
            self.patience = patience
        }
    }

    let handler: Handler
    let connection: PostgresConnection
    let holder: String
    let policy: Policy
    let failpoints: Failpoints
    let log: Log

    /// - Parameters:
    ///   - connection: the loop's own while it drains.
    ///   - holder: who claims; one name a process (D-81).
    public init(
        _ handler: Handler, connection: PostgresConnection, holder: String, policy: Policy, failpoints: Failpoints, log: Log
    ) {
        self.handler = handler
        self.connection = connection
        self.holder = holder
        self.policy = policy
        self.failpoints = failpoints
        self.log = log
    }

    /// Drains until there is nothing left to do (or for ever, when resident), until `deadline`, until termination, or until
    /// its task is cancelled.
    ///
    /// What is in hand at the end is finished, not abandoned; what has not begun is given back.
    ///
    /// - Parameters:
    ///   - time: business time, for what is due and for the new `run_at` of what failed.
    ///   - wake: raised by hints, termination and finished jobs.
    ///   - beforeSleep: run by a resident instance each time it has nothing to do; returns the longest sleep.
    public func drain(
        _ mode: Mode, at time: BusinessTime, until deadline: ContinuousClock.Instant, wake: WakeSignal,
        termination: Termination, beforeSleep: @Sendable () async throws -> Duration = { .seconds(3600) }
    ) async throws -> DrainReport {
        let inbox = JobInbox<Handler.Effect>(signal: wake)
        let stop: @Sendable () -> Void = {
            inbox.close()
            wake.raise()
        }
        let listener = termination.onRequest(stop)
        defer { termination.forget(listener) }
        return try await withTaskCancellationHandler {
            try await drain(
                mode, at: time, inbox, wake: wake, beforeSleep: beforeSleep,
                isOpen: { !termination.isRequested && !Task.isCancelled && inbox.defect == nil && .now < deadline },
                deadline: deadline)
        } onCancel: {
            stop()
        }
    }

    private func drain(
        _ mode: Mode, at time: BusinessTime, _ inbox: JobInbox<Handler.Effect>, wake: WakeSignal,
        beforeSleep: @Sendable () async throws -> Duration, isOpen mayGoOn: () -> Bool, deadline: ContinuousClock.Instant
    ) async throws -> DrainReport {
        try await withThrowingDiscardingTaskGroup { group in
            var loop = DrainLoop(lanes: handler.lanes, policy: policy)
            while true {
                loop.collect(inbox.take())
                let isOpen = mayGoOn()
                if !isOpen { inbox.close() }
                do {
                    if let plan = loop.nextRoundTrip(isOpen: isOpen, now: .now) {
                        let claimed = try await roundTrip(plan, at: time, loop: &loop)
                        if mayGoOn() { inbox.allowBeginning(until: loop.beginningEnds) }
                        if !claimed.isEmpty { group.addTask { await handler.perform(claimed, inbox: inbox) } }
                    } else if !loop.isIdle {
                        // Others' work goes on while a slow answer is awaited: look for it at the usual pace.
                        await wake.wait(atMost: min(policy.lease / 6, policy.poll))
                        if mode == .resident { loop.wakeUp(wasIdle: false) }
                    } else if let defect = inbox.defect {
                        throw defect
                    } else if !isOpen {
                        return loop.report
                    } else if mode == .untilEmpty {
                        guard let pause = try await soonDue(loop, at: time), .now + pause < deadline else { return loop.report }
                        await wake.wait(atMost: pause)
                        loop.wakeUp(wasIdle: true)
                    } else {
                        // Not shorter than a moment: what is due may be in the hands of somebody else for as long.
                        let sleep = min(
                            max(try await beforeSleep(), .milliseconds(2)), loop.sleepWhenIdle(jitter: .random(in: 0.75...1.25)))
                        await wake.wait(atMost: min(sleep, deadline - .now))
                        loop.wakeUp(wasIdle: true)
                    }
                } catch let error as PostgresError where error.isTransient {
                    if loop.leasesAreInDoubt(now: .now) { log.warning(.leasesLost, ["jobs": String(loop.inHand)]) }
                    guard let pause = loop.pauseAfterFailure(now: .now, isOpen: isOpen) else { throw error }
                    log.warning(.drainInterrupted, ["error": error.description])
                    // A signal that nobody raises: the pause stands, whatever finishes or is cancelled meanwhile.
                    await WakeSignal().wait(atMost: pause)
                }
            }
        }
    }

    /// How long until a job that this drain put back is due again, where that is a matter of moments: worth the wait of a
    /// one-shot run, or a provider's window of a second would cost a whole tick. Nil where nothing was put back, where
    /// it takes longer, and where business time stands still.
    private func soonDue(_ loop: DrainLoop<Handler>, at time: BusinessTime) async throws -> Duration? {
        guard case .database = time, loop.report.hasPutBack, !loop.limitIsReached else { return nil }
        let (statement, values) = JobQueue.nextDue(handler.lanes.map(\.kind))
        let seconds = try await connection.query(statement, values) { row throws(PostgresError) in
            try row.optionalDouble("seconds")
        }
        guard let next = seconds.first ?? nil, next <= 2 else { return nil }
        return .milliseconds(max(5, Int64(next * 1000) + 1))
    }

    private func roundTrip(_ plan: DrainLoop<Handler>.RoundTrip, at time: BusinessTime, loop: inout DrainLoop<Handler>)
        async throws -> [ClaimedJob]
    {
        let statements = plan.statements(handler: handler, lease: policy.lease, holder: holder)
        let failpoints = failpoints
        if plan.renews { try failpoints.reach(.leaseRenewal) }
        let answer = try await connection.run { session throws in
            let rows = try session.batch(at: time, statements)
            return try plan.read(rows)
        }
        if !plan.settlements.isEmpty { try failpoints.reach(.jobsSettled) }
        if !answer.claimed.isEmpty { try failpoints.reach(.jobsClaimed) }
        loop.apply(plan, answer, now: .now)
        if !answer.stale.isEmpty { log.warning(.staleResult, ["jobs": String(answer.stale.count)]) }
        if answer.rescued > 0 { log.warning(.jobsRescued, ["jobs": String(answer.rescued)]) }
        if answer.quarantined > 0 { log.error(.jobsQuarantined, ["jobs": String(answer.quarantined)]) }
        return answer.claimed
    }
}
