public import Messaging
public import Postgres
public import Primitives
public import Schema

/// One line of `--dry-run`: what a run would do now.
public struct RecoveryPreview: Sendable {
    /// Whose.
    public let tenantID: String
    /// About which visit.
    public let abandonID: String
    /// Of which form.
    public let formID: String
    /// Which step; `-` for the end of a sequence.
    public let step: String
    /// `lead:id` or `visitor:id`.
    public let recipient: String
    /// From when; for an end, the last activity.
    public let dueAt: Timestamp
    /// `send`, `skip: reason`, `miss: reason`, `hold out`, `end: reason`.
    public let verdict: String

    /// Reads those of up to `limit` abandons; nothing is written.
    public static func read(
        _ connection: PostgresConnection, addresses: AddressBook, at time: BusinessTime, limit: Int
    ) async throws -> [RecoveryPreview] {
        try await connection.run { session throws(PostgresError) in
            let due = try session.batch(at: time, [(.previewAbandons, [.int(limit)])])[0].map { row throws(PostgresError) in
                (tenant: try row.text(0), id: try row.text(1), email: row.optionalText(2))
            }
            if due.isEmpty { return [] }
            let values: [PostgresValue] = [
                .texts(due.map(\.tenant)), .texts(due.map(\.id)), .texts(due.map { $0.email.map { addresses.hash($0) } }),
            ]
            return try session.batch(at: time, [(.previewRecoveries, values)])[0].map { row throws(PostgresError) in
                RecoveryPreview(
                    tenantID: try row.text("tenant_id"), abandonID: try row.text("abandon_id"), formID: try row.text("form_id"),
                    step: try row.text("step"), recipient: try row.text("recipient"), dueAt: try row.timestamp("due_at"),
                    verdict: try row.text("verdict"))
            }
        }
    }
}

extension SQLStatement {
    fileprivate static let previewAbandons = SQLStatement(embedded: PackageResources.preview_abandons_sql)
    fileprivate static let previewRecoveries = SQLStatement(embedded: PackageResources.preview_recoveries_sql)
}
