import Postgres

/// A provider account as a list shows it.
struct AccountLine: Sendable {
    let tenantID: String
    let channel: String
    let provider: String
    let account: String
    let sender: String
    let secretReference: String
    let priority: Int64
    let isEnabled: Bool

    init(_ row: PostgresRow) throws(PostgresError) {
        tenantID = try row.text("tenant_id")
        channel = try row.text("channel")
        provider = try row.text("provider")
        account = try row.text("account")
        sender = try row.text("sender")
        secretReference = try row.text("secret_ref")
        priority = try row.int("priority")
        isEnabled = try row.bool("is_enabled")
    }

    var json: JSONValue {
        .object([
            ("tenant", .text(tenantID)), ("channel", .text(channel)), ("provider", .text(provider)), ("account", .text(account)),
            ("sender", .text(sender)), ("secret_ref", .text(secretReference)), ("priority", .int(priority)),
            ("enabled", .bool(isEnabled)),
        ])
    }

    static var table: Table<AccountLine> {
        Table([
            .init("TENANT") { Cell($0.tenantID) },
            .init("CHANNEL") { Cell($0.channel) },
            .init("PROVIDER") { Cell($0.provider) },
            .init("STATE") { $0.isEnabled ? Cell("enabled", .good) : Cell("disabled", .faint) },
            .init("PRIORITY", .right) { Cell(String($0.priority)) },
            .init("ACCOUNT") { Cell($0.account) },
            .init("SENDER") { Cell($0.sender) },
            .init("SECRET IN") { Cell($0.secretReference) },
        ])
    }
}
