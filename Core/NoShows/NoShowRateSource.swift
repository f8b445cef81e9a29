public import Messaging
public import Postgres

/// Weekly no-show rates as the deliverer sees them: counted when they are sent, for whoever is in charge then (K-09).
public struct NoShowRateSource: MessageSource {
    /// The source.
    public init() {}

    public var kind: String { "no_show_rate" }
    public var load: SQLStatement { .loadNoShowRates }
    public var eligibility: SQLStatement { .settleIneligibleNoShowRates }

    public func draft(_ row: PostgresRow) throws(PostgresError) -> any MessageDraft { try NoShowRateDraft(row) }
}
