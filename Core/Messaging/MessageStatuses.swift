private import FoundationEssentials
public import Postgres
public import Providers
public import Queue

/// What providers report about messages they were given, written to the ledger (D-11, D-16, D-93).
///
/// Safe to repeat, in any order: a report never moves a message back, and what it did once it does not do again.
public enum MessageStatuses {
    /// What a report found.
    public struct Recorded: Sendable, Equatable {
        /// The message's ledger row; nil where the report is about none of ours.
        public let deliveryID: Int64?
        /// Whose it is.
        public let tenantID: String?
        /// How the message stands now.
        public let state: String?
    }

    /// The statement that records reports, for a transaction of the caller's.
    ///
    /// - Parameter reports: at most a few thousand. Those that name their attempt by something that is no UUID match nothing.
    public static func record(_ reports: [StatusReport]) -> JobQueue.Bound {
        (
            .recordStatuses,
            [
                .texts(reports.map(\.provider.rawValue)), .texts(reports.map { $0.providerID.map(ProviderAnswer.storable) }),
                .texts(reports.map { $0.attemptID.flatMap { UUID(uuidString: $0) }?.uuidString.lowercased() }),
                .texts(reports.map(\.status.rawValue)), .texts(reports.map { $0.code.map(ProviderAnswer.storable) }),
                .texts(reports.map { $0.message.map(ProviderAnswer.storable) }),
                .texts(reports.map { String($0.occurredAt.isFinite ? min(max(0, $0.occurredAt), 253_402_300_799) : 0) }),
            ]
        )
    }

    /// Reads the statement's answer: one for each report, in order.
    public static func recorded(_ rows: PostgresRows) throws(PostgresError) -> [Recorded] {
        try rows.map { row throws(PostgresError) in
            Recorded(
                deliveryID: try row.optionalInt("delivery_id"), tenantID: try row.optionalText("tenant_id"),
                state: try row.optionalText("state"))
        }
    }
}

extension SQLStatement {
    static let recordStatuses = SQLStatement(embedded: PackageResources.record_statuses_sql)
}
