import Postgres
import Primitives

/// One step of an appointment's story: what the ledger says of it, or what a tick would make of it now.
struct AppointmentStep: Sendable {
    let kind: String
    let revision: Int64?
    let step: String
    let channel: String
    let recipient: String
    let dueAt: Timestamp
    let expiresAt: Timestamp
    /// A state of the ledger, or a verdict: `ahead`, `due`, a reason to skip.
    let decision: String
    let reason: String?
    let sentAt: Timestamp?
    /// Its number in the ledger; nil where it is not in it yet.
    let id: Int64?

    init(_ row: PostgresRow) throws(PostgresError) {
        kind = try row.text("kind")
        revision = try row.optionalInt("revision")
        step = try row.text("step")
        channel = try row.text("channel")
        recipient = "\(try row.text("recipient_type")):\(try row.text("recipient_id"))"
        dueAt = try row.timestamp("due_at")
        expiresAt = try row.timestamp("expires_at")
        decision = try row.text("decision")
        reason = try row.optionalText("reason")
        sentAt = try row.optionalTimestamp("sent_at")
        id = try row.optionalInt("id")
    }

    /// What is still to come of it, and what to type.
    var next: String {
        switch (id, decision) {
        case (nil, "ahead"): "decided when it is due"
        case (nil, "due"): "the next tick plans it"
        case (nil, _): "the next tick writes it down"
        case (let id?, "pending"), (let id?, "sending"), (let id?, "failed"), (let id?, "uncertain"):
            "relance deliveries explain \(id)"
        case (_?, _): "nothing"
        }
    }

    var json: JSONValue {
        .object([
            ("kind", .text(kind)), ("revision", .optional(revision)), ("step", .text(step)), ("channel", .text(channel)),
            ("recipient", .text(recipient)), ("due_at", .text(dueAt.description)), ("expires_at", .text(expiresAt.description)),
            ("decision", .text(decision)), ("reason", .optional(reason)), ("sent_at", .optional(sentAt)),
            ("delivery", .optional(id)),
            ("next", .text(next)),
        ])
    }

    static var table: Table<AppointmentStep> {
        Table([
            .init("DUE (UTC)") { Cell($0.dueAt.tableText) },
            .init("STEP") { Cell($0.step) },
            .init("CHANNEL") { Cell($0.channel) },
            .init("TO") { Cell($0.recipient) },
            .init("DECISION") { Cell($0.decision, StateStyle.style(of: $0.decision)) },
            .init("WHY") { Cell(optional: ($0.reason ?? $0.verdictReason).map(CodeWords.explained)) },
            .init("SENT (UTC)") { Cell(optional: $0.sentAt?.tableText) },
            .init("NEXT") { Cell($0.next) },
        ])
    }

    /// A verdict that is a reason.
    private var verdictReason: String? {
        id == nil && !["ahead", "due", "missed"].contains(decision) ? decision : nil
    }
}
