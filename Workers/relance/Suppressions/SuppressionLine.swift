import Postgres
import Primitives

/// A suppressed address as a list shows it.
struct SuppressionLine: Sendable {
    let tenantID: String
    let channel: String
    let masked: String?
    let scope: String
    let reason: String
    let createdAt: Timestamp
    /// Where a page ends.
    let key: String

    init(_ row: PostgresRow) throws(PostgresError) {
        tenantID = try row.text("tenant_id")
        channel = try row.text("channel")
        masked = try row.optionalText("masked")
        scope = try row.text("scope")
        reason = try row.text("reason")
        createdAt = try row.timestamp("created_at")
        key = try row.text("key")
    }

    var json: JSONValue {
        .object([
            ("tenant", .text(tenantID)), ("channel", .text(channel)), ("address", .optional(masked)), ("scope", .text(scope)),
            ("reason", .text(reason)), ("since", .text(createdAt.description)),
        ])
    }

    static var table: Table<SuppressionLine> {
        Table([
            .init("SINCE (UTC)") { Cell($0.createdAt.tableText) },
            .init("TENANT") { Cell($0.tenantID) },
            .init("CHANNEL") { Cell($0.channel) },
            .init("ADDRESS") { Cell(optional: $0.masked) },
            .init("SCOPE") { Cell($0.scope, $0.scope == "all" ? .warning : .plain) },
            .init("REASON") { Cell($0.reason) },
        ])
    }
}
