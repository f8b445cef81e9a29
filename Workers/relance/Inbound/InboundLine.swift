import Postgres
import Primitives

/// An event as a list shows it: never its body.
struct InboundLine: Sendable {
    let id: Int64
    let receivedAt: Timestamp
    let tenantID: String?
    let provider: String
    let account: String
    let key: String
    let kind: String
    let type: String
    let sender: String?
    let match: String?
    let leadID: String?
    let outcome: String
    let waitsSince: Timestamp?
    let bytes: Int64

    init(_ row: PostgresRow) throws(PostgresError) {
        id = try row.int("id")
        receivedAt = try row.timestamp("received_at")
        tenantID = try row.optionalText("tenant_id")
        provider = try row.text("provider")
        account = try row.text("account")
        key = try row.text("event_key")
        kind = try row.text("kind")
        type = try row.text("type")
        sender = try row.optionalText("masked")
        match = try row.optionalText("match")
        leadID = try row.optionalText("lead_id")
        outcome = try row.text("outcome")
        waitsSince = try row.optionalTimestamp("waits_since")
        bytes = try row.int("bytes")
    }

    var members: [(String, JSONValue)] {
        [
            ("id", .int(id)), ("received_at", .text(receivedAt.description)), ("tenant", .optional(tenantID)),
            ("provider", .text(provider)), ("account", .text(account)), ("event", .text(key)), ("kind", .text(kind)),
            ("type", .text(type)), ("sender", .optional(sender)), ("match", .optional(match)), ("lead", .optional(leadID)),
            ("outcome", .text(outcome)), ("waits_since", .optional(waitsSince?.description)), ("bytes", .int(bytes)),
        ]
    }

    static var table: Table<InboundLine> {
        Table([
            .init("ID") { Cell(String($0.id)) },
            .init("RECEIVED (UTC)") { Cell($0.receivedAt.tableText) },
            .init("TENANT") { Cell(optional: $0.tenantID) },
            .init("PROVIDER") { Cell($0.account == "default" ? $0.provider : "\($0.provider) \($0.account)") },
            .init("TYPE") { Cell($0.type) },
            .init("SENDER") { Cell(optional: $0.sender) },
            .init("LEAD") { Cell(optional: $0.leadID) },
            .init("OUTCOME") { line in
                let isOpen = ["unmatched", "unrouted"].contains(line.outcome)
                return Cell(line.waitsSince == nil ? line.outcome : "waiting", isOpen ? .warning : .plain)
            },
        ])
    }
}
