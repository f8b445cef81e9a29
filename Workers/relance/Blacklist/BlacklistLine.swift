import Postgres
import Primitives

/// An entry of the blacklist as a list shows it: addresses masked.
struct BlacklistLine: Sendable {
    let id: String
    let tenantID: String
    let leadID: String?
    let email: String?
    let phone: String?
    let source: String
    let reason: String?
    /// `active`, `expired`, `lifted` by hand, or `undone` with the no-show that had led to it.
    let state: String
    let createdAt: Timestamp
    let createdBy: String
    let expiresAt: Timestamp?
    let endedAt: Timestamp?
    let endedBy: String?
    /// Where a page ends.
    let key: String

    init(_ row: PostgresRow) throws(PostgresError) {
        id = try row.text("id")
        tenantID = try row.text("tenant_id")
        leadID = try row.optionalText("lead_id")
        email = try row.optionalText("email")
        phone = try row.optionalText("phone")
        source = try row.text("source")
        reason = try row.optionalText("reason")
        state = try row.text("state")
        createdAt = try row.timestamp("created_at")
        createdBy = try row.text("created_by")
        expiresAt = try row.optionalTimestamp("expires_at")
        endedAt = try row.optionalTimestamp("ended_at")
        endedBy = try row.optionalText("ended_by")
        key = try row.text("key")
    }

    var json: JSONValue {
        .object([
            ("id", .text(id)), ("tenant", .text(tenantID)), ("lead", .optional(leadID)), ("email", .optional(email)),
            ("phone", .optional(phone)), ("source", .text(source)), ("state", .text(state)), ("reason", .optional(reason)),
            ("since", .text(createdAt.description)), ("by", .text(createdBy)), ("expires_at", .optional(expiresAt?.description)),
            ("ended_at", .optional(endedAt?.description)), ("ended_by", .optional(endedBy)),
        ])
    }

    static var table: Table<BlacklistLine> {
        Table([
            .init("SINCE (UTC)") { Cell($0.createdAt.tableText) },
            .init("TENANT") { Cell($0.tenantID) },
            .init("LEAD") { Cell(optional: $0.leadID) },
            .init("EMAIL") { Cell(optional: $0.email) },
            .init("PHONE") { Cell(optional: $0.phone) },
            .init("STATE") { Cell($0.state, $0.state == "active" ? .warning : .plain) },
            .init("SOURCE") { Cell($0.source) },
            .init("UNTIL (UTC)") { Cell(optional: ($0.endedAt ?? $0.expiresAt)?.tableText) },
            .init("WHY") { Cell(optional: $0.reason) },
            .init("ID") { Cell($0.id) },
        ])
    }
}
