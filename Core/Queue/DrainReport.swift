/// What a drain did.
public struct DrainReport: Sendable, Equatable {
    public var claimed = 0
    public var completed = 0
    public var cancelled = 0
    public var discarded = 0
    public var retried = 0
    public var snoozed = 0
    public var returned = 0
    /// Results that came after the lease had been taken over.
    public var stale = 0
    public var rescued = 0
    public var quarantined = 0

    public init() {}

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
