import Postgres
import Primitives

/// A mark as a list shows it.
struct NoShowLine: Sendable {
    let id: String
    let tenantID: String
    let appointmentID: String
    let leadID: String
    let cause: String
    let source: String
    let state: String
    let status: String
    let startsAt: Timestamp
    let detectedAt: Timestamp
    /// Who decided, or took it back, and why.
    let decidedBy: String?
    let revertedBy: String?
    let revertCause: String?
    let reason: String?
    /// Where a page ends.
    let key: String

    init(_ row: PostgresRow) throws(PostgresError) {
        id = try row.text("id")
        tenantID = try row.text("tenant_id")
        appointmentID = try row.text("appointment_id")
        leadID = try row.text("lead_id")
        cause = try row.text("cause")
        source = try row.text("source")
        state = try row.text("state")
        status = try row.text("status")
        startsAt = try row.timestamp("starts_at")
        detectedAt = try row.timestamp("detected_at")
        decidedBy = try row.optionalText("decided_by")
        revertedBy = try row.optionalText("reverted_by")
        revertCause = try row.optionalText("revert_cause")
        reason = try row.optionalText("reason")
        key = try row.text("key")
    }

    var json: JSONValue {
        .object([
            ("id", .text(id)), ("tenant", .text(tenantID)), ("appointment", .text(appointmentID)), ("lead", .text(leadID)),
            ("cause", .text(cause)), ("source", .text(source)), ("state", .text(state)), ("status", .text(status)),
            ("starts_at", .text(startsAt.description)), ("detected_at", .text(detectedAt.description)),
            ("decided_by", .optional(decidedBy)), ("reverted_by", .optional(revertedBy)),
            ("revert_cause", .optional(revertCause)), ("reason", .optional(reason)),
        ])
    }

    static var table: Table<NoShowLine> {
        Table([
            .init("DETECTED (UTC)") { Cell($0.detectedAt.tableText) },
            .init("STATE") { Cell($0.state, $0.state == "proposed" ? .warning : .plain) },
            .init("CAUSE") { Cell($0.cause) },
            .init("APPOINTMENT") { Cell("\($0.tenantID)/\($0.appointmentID)") },
            .init("START (UTC)") { Cell($0.startsAt.tableText) },
            .init("LEAD") { Cell($0.leadID) },
            .init("BY") { Cell(optional: $0.revertedBy ?? $0.decidedBy ?? ($0.source == "auto" ? "detector" : nil)) },
            .init("WHY") { Cell(optional: $0.revertCause ?? $0.reason) },
            .init("ID") { Cell($0.id) },
        ])
    }
}
