import Postgres
import Primitives

/// A message of the ledger as a list shows it.
struct DeliveryLine: Sendable {
    let id: Int64
    let tenantID: String
    let kind: String
    /// What it is about: an appointment's id.
    let subject: String
    let step: String
    let channel: String
    let state: String
    let reason: String?
    let dueAt: Timestamp
    let sentAt: Timestamp?
    let latenessSeconds: Int64?
    let attempts: Int64
    let provider: String?
    let recipientType: String
    let recipientID: String
    /// Masked; nil for notices and where the recipient is gone.
    let address: String?

    init(_ row: PostgresRow) throws(PostgresError) {
        id = try row.int("id")
        tenantID = try row.text("tenant_id")
        kind = try row.text("kind")
        subject = try row.text("subject")
        step = try row.text("step")
        channel = try row.text("channel")
        state = try row.text("state")
        reason = try row.optionalText("reason")
        dueAt = try row.timestamp("due_at")
        sentAt = try row.optionalTimestamp("sent_at")
        latenessSeconds = try row.optionalInt("lateness_s")
        attempts = try row.int("attempts")
        provider = try row.optionalText("provider")
        recipientType = try row.text("recipient_type")
        recipientID = try row.text("recipient_id")
        address = try row.optionalText("address")
    }

    var json: JSONValue {
        .object([
            ("id", .int(id)), ("tenant", .text(tenantID)), ("kind", .text(kind)), ("subject", .text(subject)),
            ("step", .text(step)),
            ("channel", .text(channel)), ("state", .text(state)), ("reason", .optional(reason)),
            ("due_at", .text(dueAt.description)),
            ("sent_at", .optional(sentAt)), ("lateness_s", .optional(latenessSeconds)), ("attempts", .int(attempts)),
            ("provider", .optional(provider)), ("recipient_type", .text(recipientType)), ("recipient_id", .text(recipientID)),
            ("address", .optional(address)),
        ])
    }

    static var table: Table<DeliveryLine> {
        Table([
            .init("ID", .right) { Cell(String($0.id)) },
            .init("DUE (UTC)") { Cell($0.dueAt.tableText) },
            .init("STEP") { Cell($0.step) },
            .init("CHANNEL") { Cell($0.channel) },
            .init("STATE") { Cell($0.state, StateStyle.style(of: $0.state)) },
            .init("LATE", .right) { Cell(optional: Age.text($0.latenessSeconds)) },
            .init("ABOUT") { Cell("\($0.tenantID)/\($0.subject)") },
            .init("TO") {
                Cell(optional: $0.recipientType == "none" ? nil : $0.recipientID + ($0.address.map { " \($0)" } ?? ""))
            },
            .init("REASON") { Cell(optional: $0.reason) },
        ])
    }
}
