import Postgres
import Runtime

/// `relance inbound rematch`: looks again for the leads of messages that had none.
enum InboundRematchCommand: Command {
    static let name = "inbound rematch"
    static let summary = "look again for the leads of messages that had none, and log them"
    static let flags = [since, .tenant, limit, Reappraisal.noWait, OperatorAction.reason, Operator.flag, .json]
    static let notes = """
        After leads were imported, or a number was corrected. Messages of which nobody knew whose they are take part unless
        --tenant is given. Each is logged once, as an activity of now: alerts that an answer ends are resolved by it.
        ingest does it, within seconds; exit code 75 where it has not yet.
        """
    static let examples = [
        (line: "inbound rematch --tenant atlas --since 7d", purpose: ""),
        (line: "inbound rematch --json", purpose: "how many of them?"),
    ]

    private static let since = Flag("--since", "T", "only what came since: an instant, or a time before now such as 24h or 7d")
    private static let limit = Flag("--limit", "N", "most messages, 1 to 10000; the default is 1000, the newest first")

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let values: [PostgresValue] = [
            .optional(try arguments.text(.tenant)), .optional(try arguments.moment(since)),
            .int(try arguments.number(limit, default: 1000, in: 1...10_000)),
        ]
        let action = try OperatorAction(self, arguments)
        let connection = try await connectToSchema()
        let ids = try await connection.query(.pickUnmatched, values) { row throws(PostgresError) in try row.int("id") }
        let marked = try await Reappraisal.mark(ids, action, over: connection)
        return try await Reappraisal.finish(marked, arguments, over: connection)
    }
}

extension SQLStatement {
    fileprivate static let pickUnmatched = SQLStatement(embedded: PackageResources.pick_unmatched_sql)
}
