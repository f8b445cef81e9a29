import Postgres
import Primitives
import Runtime

/// `relance recovery rates`: how many abandoned forms come back.
enum RecoveryRatesCommand: Command {
    static let name = "recovery rates"
    static let summary = "show how many abandoned forms came back, by form and week, beside the hold-out group"
    static let flags = [form, .tenant, .limit, .cursor, .json]
    static let notes = """
        A sequence counts in the week of its first mail, by the organisation's calendar, and as recovered when a submission came within
        seven days of it; those held out count in the week in which theirs would have left. Kept by abandon-recovery, each hour, for the
        running week too: what can still change is marked. Below 15 % of thirty or more an alert is raised, once all have had their
        seven days.
        """
    static let examples = [
        (line: "recovery rates --tenant atlas", purpose: ""),
        (line: "recovery rates --json | jq '.rates[] | select(.is_over)'", purpose: "weeks that are over"),
    ]

    private static let form = Flag("--form", "ID", "only this form")

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let page = try Page(arguments, isNumbered: false)
        let filter: [PostgresValue] = [.optional(try arguments.text(.tenant)), .optional(try arguments.text(form))]
        let schema = try await connectToSchema()
        let values = [.optional(page.cursor)] + filter + [.int(page.limit + 1)]
        let lines = try await schema.query(.listRecoveryRates, values) { row throws(PostgresError) in
            try RecoveryRateLine(row)
        }
        Listing(noun: "rates", table: RecoveryRateLine.table, json: { $0.json }, key: { $0.key })
            .print(lines, page: page, command: self, arguments: arguments)
        if lines.isEmpty, page.cursor == nil, !arguments.has(.json) {
            let found = try await schema.query(.readRateWriting, filter) { row throws(PostgresError) in
                Self.awaited(sequences: try row.int("sequences"), writtenAt: try row.optionalTimestamp("written_at")?.description)
            }
            found.forEach { print($0) }
        }
        return .ok
    }

    /// What an empty list waits for.
    private static func awaited(sequences: Int64, writtenAt: String?) -> String {
        if sequences == 0 { return "No sequence here has come to its first mail yet." }
        let written = writtenAt.map { "did so last for \(Instant.text($0))" } ?? "has not done so yet"
        return "abandon-recovery counts the \(sequences) that have come to their first mail each hour, and \(written)."
    }
}

extension SQLStatement {
    fileprivate static let listRecoveryRates = SQLStatement(embedded: PackageResources.list_recovery_rates_sql)
    fileprivate static let readRateWriting = SQLStatement(embedded: PackageResources.read_rate_writing_sql)
}
