public import Runtime

/// When a resident run reports, and what: one beat for each period, from what its turns came to.
public struct Heartbeat: Sendable {
    /// What to say.
    public struct Beat: Sendable, Equatable {
        /// How the period went.
        public let exit: ExitCode
        /// Set once, when a failure has lasted for three periods.
        public let hasLasted: Bool
    }

    /// A failure that lasts this many periods is an incident.
    private static let patience = 3

    private let period: Duration
    private var nextAt: ContinuousClock.Instant
    private var succeeded = false
    private var failure: ExitCode?
    private var failedPeriods = 0

    /// The first beat comes with the first turn that has something to say.
    public init(every period: Duration, from start: ContinuousClock.Instant = .now) {
        self.period = period
        nextAt = start
    }

    /// Takes note of a turn.
    ///
    /// - Parameters:
    ///   - exit: `ok` for a turn that planned, nil for one of a follower, which has nothing to tell.
    /// - Returns: what to report now, if anything.
    public mutating func turn(_ exit: ExitCode?, at now: ContinuousClock.Instant = .now) -> Beat? {
        if exit == .ok { succeeded = true } else if let exit { failure = exit }
        guard now >= nextAt, succeeded || failure != nil else { return nil }
        nextAt = now + period
        defer { (succeeded, failure) = (false, nil) }
        if succeeded {
            failedPeriods = 0
            return Beat(exit: .ok, hasLasted: false)
        }
        failedPeriods += 1
        return Beat(exit: failure ?? .software, hasLasted: failedPeriods == Self.patience)
    }
}
