import Postgres
import Runtime

/// `relance suppressions list`: who must not be written to.
enum SuppressionsListCommand: Command {
    static let name = "suppressions list"
    static let summary = "list addresses that must not be written to, masked, and why"
    static let flags = [SuppressionFlags.channel, SuppressionFlags.scope, reason, address, .tenant, .limit, .cursor, .json]
    static let notes = """
        Scope `marketing` holds back marketing, `all` every message. With --address (and --tenant and --channel) only
        that address is looked for, by its hash: ADDRESS_HASH_KEY must be what the workers have.
        """
    static let examples = [
        (line: "suppressions list --tenant atlas --channel sms", purpose: ""),
        (line: "suppressions list --reason bounced --limit 1000 --json", purpose: ""),
        (line: "suppressions list --tenant atlas --channel email --address -", purpose: "is this one suppressed?"),
    ]

    private static let reason = Flag("--reason", "WORD", "such as opt_out_word, opted_out, bounced, complained, unsubscribed")
    private static let address = Flag("--address", "A", "only this address; - reads it from standard input")

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let page = try Page(arguments, isNumbered: false)
        let channel = try arguments.choice(SuppressionFlags.channel, of: SuppressionFlags.channels)
        let scope = try arguments.choice(SuppressionFlags.scope, of: SuppressionFlags.scopes)
        let connection = try await connectToSchema()
        let hash =
            arguments.has(address) ? try await SuppressionFlags.subject(arguments, over: connection).address.hash : nil
        let values: [PostgresValue] = [
            .optional(page.cursor), .optional(try arguments.text(.tenant)), .optional(channel), .optional(scope),
            .optional(try arguments.text(reason)), .optional(hash), .int(page.limit + 1),
        ]
        let lines = try await connection.query(.listSuppressions, values) { row throws(PostgresError) in
            try SuppressionLine(row)
        }
        Listing(noun: "suppressions", table: SuppressionLine.table, json: { $0.json }, key: { $0.key })
            .print(lines, page: page, command: self, arguments: arguments)
        return .ok
    }
}

extension SQLStatement {
    fileprivate static let listSuppressions = SQLStatement(embedded: PackageResources.list_suppressions_sql)
}
