internal import Primitives
private import Synchronization

/// Where performing tasks leave their outcomes for the drain loop, and read whether they may still begin.
public final class JobInbox<Effect: Sendable>: Sendable {
    /// A job that was performed, with what its outcome adds to the same commit.
    public struct Finished: Sendable {
        /// The job.
        public let job: ClaimedJob
        /// How it ended.
        public let outcome: JobOutcome
        /// What the outcome adds to its commit.
        public let effect: Effect?

        /// An outcome.
        public init(_ job: ClaimedJob, _ outcome: JobOutcome, effect: Effect? = nil) {
            self.job = job
            self.outcome = outcome
            self.effect = effect
        }
    }

    private struct State {
        var finished: [Finished] = []
        /// Nil is at any time.
        var beginningEnds: ContinuousClock.Instant?
        var defect: (any Error)?
    }

    private let state = Mutex(State())
    private let signal: WakeSignal

    init(signal: WakeSignal) { self.signal = signal }

    /// Whether work that has not begun may begin; false once the process stops or its leases are in doubt. What has not
    /// begun is then finished as `returned`.
    public var mayBegin: Bool { state.withLock { $0.beginningEnds }.map { .now < $0 } ?? true }

    /// Leaves outcomes. Exactly one for each job.
    public func finish(_ finished: [Finished]) {
        if finished.isEmpty { return }
        state.withLock { $0.finished += finished }
        signal.raise()
    }

    /// Reports an error that would meet every further job too (a missing grant, another schema): the drain gives back what
    /// is in hand and fails with it, instead of going round in circles.
    public func fail(_ error: any Error) {
        state.withLock { $0.defect = $0.defect ?? error }
        signal.raise()
    }

    var defect: (any Error)? { state.withLock { $0.defect } }

    func take() -> [Finished] {
        state.withLock { state in
            defer { state.finished.removeAll(keepingCapacity: true) }
            return state.finished
        }
    }

    /// Lets work begin until an instant. A limit in time, not a flag: while a round trip hangs nobody is there to lower one.
    func allowBeginning(until end: ContinuousClock.Instant) { state.withLock { $0.beginningEnds = end } }

    /// Lets nothing begin from now on.
    func close() { allowBeginning(until: .now) }
}
