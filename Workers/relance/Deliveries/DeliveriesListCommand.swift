import Postgres
import Runtime

/// `relance deliveries list`: what went out, to whom, on which channel, how late, and what did not and why.
enum DeliveriesListCommand: Command {
    static let name = "deliveries list"
    static let summary = "list messages: what went out, to whom, how late; what did not, and why"
    static let flags = [state, step, channel, subject, since, .tenant, .limit, .cursor, .json]
    static let examples = [
        (line: "deliveries list --subject atlas-appt-0042", purpose: "all messages about an appointment"),
        (line: "deliveries list --state missed --since 7d", purpose: "what came too late this week?"),
        (line: "deliveries list --state uncertain --tenant atlas --json", purpose: ""),
    ]

    static let since = Flag("--since", "WHEN", "due at or after an instant, or a time before now such as 24h or 7d")
    private static let states = [
        "pending", "sending", "sent", "delivered", "failed", "skipped", "missed", "uncertain", "cancelled",
    ]
    private static let channels = ["email", "sms", "whatsapp", "in_app"]
    private static let state = Flag("--state", "STATE", states.joined(separator: ", "))
    private static let step = Flag("--step", "STEP", "such as J-1")
    private static let channel = Flag("--channel", "CHANNEL", channels.joined(separator: ", "))
    private static let subject = Flag("--subject", "ID", "what it is about: an appointment's id")

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let page = try Page(arguments)
        let values: [PostgresValue] = [
            .int(page.cursor ?? .max), .optional(try arguments.choice(state, of: states)), .optional(try arguments.text(step)),
            .optional(try arguments.choice(channel, of: channels)), .optional(try arguments.text(.tenant)),
            .optional(try arguments.text(subject)), .optional(try arguments.moment(since)), .int(page.limit + 1),
        ]
        let deliveries = try await connectToSchema().query(.listDeliveries, values) { row throws(PostgresError) in
            try DeliveryLine(row)
        }
        Listing(noun: "deliveries", table: DeliveryLine.table, json: { $0.json }, key: { $0.id })
            .print(deliveries, page: page, command: self, arguments: arguments)
        return .ok
    }
}

extension SQLStatement {
    fileprivate static let listDeliveries = SQLStatement(embedded: PackageResources.list_deliveries_sql)
}
