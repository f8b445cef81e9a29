/// What a run of the generator came to.
public struct LeadAlertReport: Sendable, Equatable {
    /// Leads looked at.
    public var examined = 0
    /// New alerts.
    public var raised = 0
    /// Alerts whose texts were written anew: another day, another amount.
    public var retold = 0
    /// Alerts that gave way to one that says more (D-33).
    public var superseded = 0
    /// Alerts whose condition no longer holds.
    public var resolved = 0
    /// Digests put into the ledger.
    public var digests = 0
    /// Digests that no tick put there before their day was over (D-02).
    public var missed = 0
    /// The epoch was no longer ours: the last batch was not written.
    public var wasFenced = false

    /// Nothing done yet.
    public init() {}

    /// For the run row and the metrics.
    public var counts: [(String, Int)] {
        [
            ("examined", examined), ("raised", raised), ("retold", retold), ("superseded", superseded), ("resolved", resolved),
            ("digests", digests), ("missed", missed),
        ]
    }

    /// How many alerts were written, one way or another.
    public var changes: Int { raised + retold + superseded + resolved }

    static func += (left: inout LeadAlertReport, right: LeadAlertReport) {
        left.examined += right.examined
        left.raised += right.raised
        left.retold += right.retold
        left.superseded += right.superseded
        left.resolved += right.resolved
        left.digests += right.digests
        left.missed += right.missed
        left.wasFenced = left.wasFenced || right.wasFenced
    }
}
