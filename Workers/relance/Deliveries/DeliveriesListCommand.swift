import Postgres
import Runtime

/// `relance deliveries list`: what went out, to whom, on which channel, how late, and what did not and why.
enum DeliveriesListCommand: Command {
    static let name = "deliveries list"
    static let summary = "list messages: what went out, to whom, how late; what did not, and why"
    static let flags = [state, step, channel, subject, recipient, address, since, .tenant, .limit, .cursor, .json]
    static let notes = """
        --address finds what an address was sent, by its hash: ADDRESS_HASH_KEY must be what the workers have. A number
        without its country code needs --tenant.
        """
    static let examples = [
        (line: "deliveries list --address - --since 30d", purpose: "somebody complains: what did he get?"),
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

    private static let recipient = Flag("--recipient", "ID", "to whom it is: a lead's or a user's id")
    private static let address = Flag("--address", "A", "sent to this address or number; - reads it from standard input")

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let page = try Page(arguments)
        let filter: [PostgresValue] = [
            .int(page.idBound), .optional(try arguments.choice(state, of: states)), .optional(try arguments.text(step)),
            .optional(try arguments.choice(channel, of: channels)), .optional(try arguments.text(.tenant)),
            .optional(try arguments.text(subject)), .optional(try arguments.moment(since)), .int(page.limit + 1),
            .optional(try arguments.text(recipient)),
        ]
        let connection = try await connectToSchema()
        let hash = arguments.has(address) ? try await hash(arguments, over: connection) : nil
        let values = filter + [.optional(hash)]
        let deliveries = try await connection.query(.listDeliveries, values) { row throws(PostgresError) in
            try DeliveryLine(row)
        }
        Listing(noun: "deliveries", table: DeliveryLine.table, json: { $0.json }, key: { String($0.id) })
            .print(deliveries, page: page, command: self, arguments: arguments)
        return .ok
    }

    private static func hash(_ arguments: Arguments, over connection: PostgresConnection) async throws -> String {
        let typed = try HashedAddress.typed(arguments)
        let region = if let tenant = try arguments.text(.tenant) { try await Tenant.region(tenant, over: connection) } else { "" }
        let channel = typed.contains("@") ? "email" : "sms"
        return try await HashedAddress.make(typed, channel: channel, region: region, over: connection).hash
    }
}

extension SQLStatement {
    fileprivate static let listDeliveries = SQLStatement(embedded: PackageResources.list_deliveries_sql)
}
