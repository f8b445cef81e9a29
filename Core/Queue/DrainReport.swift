/// What a drain did.
public struct DrainReport: Sendable, Equatable {
    /// Jobs taken.
    public var claimed = 0
    /// Done.
    public var completed = 0
    /// No longer wanted.
    public var cancelled = 0
    /// Became dead letters at once.
    public var discarded = 0
    /// Failed; tried again, or dead when their attempts were used up.
    public var retried = 0
    /// Put off, unspent.
    public var snoozed = 0
    /// Given back untouched.
    public var returned = 0
    /// Results that came after the lease had been taken over.
    public var stale = 0
    /// Taken back from dead processes.
    public var rescued = 0
    /// Poison, set aside.
    public var quarantined = 0

    /// Nothing done yet.
    public init() {}

    /// Whether jobs went back that may be due again.
    var hasPutBack: Bool { retried + snoozed > 0 }

    mutating func count(_ outcome: JobOutcome) {
        switch outcome {
        case .completed: completed += 1
        case .cancelled: cancelled += 1
        case .discarded: discarded += 1
        case .retry: retried += 1
        case .snoozed: snoozed += 1
        case .returned: returned += 1
        }
    }

    /// Names and counts, for the run row, the report and the metrics.
    public var counts: [(String, Int)] {
        [
            ("claimed", claimed), ("completed", completed), ("cancelled", cancelled), ("discarded", discarded),
            ("retried", retried), ("snoozed", snoozed), ("returned", returned), ("stale", stale), ("rescued", rescued),
            ("quarantined", quarantined),
        ]
    }
}
