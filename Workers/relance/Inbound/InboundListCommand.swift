import Postgres
import Runtime

/// `relance inbound list`: what providers delivered.
enum InboundListCommand: Command {
    static let name = "inbound list"
    static let summary = "list what providers delivered: messages, statuses, rooms, billing"
    static let flags = [outcome, provider, kind, .tenant, .limit, .cursor, .json]
    static let notes = """
        Outcomes: logged (in a lead's history), unmatched (no lead has the sender's address), unrouted (nobody knows whose
        it is), recorded, unknown_message and unknown_room (about nothing of ours), queued (for another program), ignored.
        Senders are masked; bodies are kept for 90 days and never printed.
        """
    static let examples = [
        (line: "inbound list --outcome unmatched --tenant atlas", purpose: "who wrote that is no lead yet?"),
        (line: "inbound list --provider twilio --limit 20 --json", purpose: ""),
    ]

    private static let outcomes = [
        "logged", "unmatched", "unrouted", "recorded", "unknown_message", "unknown_room", "queued", "ignored",
    ]
    private static let providers = ["stripe", "twilio", "green_api", "resend", "sendgrid", "livekit"]
    private static let kinds = ["message", "status", "room", "billing", "other"]
    private static let outcome = Flag("--outcome", "WORD", outcomes.joined(separator: ", "))
    private static let provider = Flag("--provider", "NAME", providers.joined(separator: ", "))
    private static let kind = Flag("--kind", "KIND", kinds.joined(separator: ", "))

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let page = try Page(arguments)
        let values: [PostgresValue] = [
            .int(page.idBound), .optional(try arguments.text(.tenant)), .optional(try arguments.choice(provider, of: providers)),
            .optional(try arguments.choice(kind, of: kinds)), .optional(try arguments.choice(outcome, of: outcomes)),
            .int(page.limit + 1),
        ]
        let lines = try await connectToSchema().query(.listInbound, values) { row throws(PostgresError) in try InboundLine(row) }
        Listing(noun: "events", table: InboundLine.table, json: { .object($0.members) }, key: { String($0.id) })
            .print(lines, page: page, command: self, arguments: arguments)
        return .ok
    }
}

extension SQLStatement {
    fileprivate static let listInbound = SQLStatement(embedded: PackageResources.list_inbound_sql)
}
