import Postgres
import Runtime

/// `relance recovery rates`: how many abandoned forms come back.
enum RecoveryRatesCommand: Command {
    static let name = "recovery rates"
    static let summary = "show how many abandoned forms came back, by form and week, beside the hold-out group"
    static let flags = [form, .tenant, .limit, .cursor, .json]
    static let notes = """
        A sequence counts in the week of its first mail, by the organisation's calendar, and as recovered when a submission came within
        seven days of it; those held out count in the week in which theirs would have left. Kept by abandon-recovery, each hour. Below
        15 % of thirty or more an alert is raised.
        """
    static let examples = [
        (line: "recovery rates --tenant atlas", purpose: ""),
        (line: "recovery rates --json | jq '.rates[] | select(.is_over)'", purpose: "weeks that are over"),
    ]

    private static let form = Flag("--form", "ID", "only this form")

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let page = try Page(arguments, isNumbered: false)
        let values: [PostgresValue] = [
            .optional(page.cursor), .optional(try arguments.text(.tenant)), .optional(try arguments.text(form)),
            .int(page.limit + 1),
        ]
        let lines = try await connectToSchema().query(.listRecoveryRates, values) { row throws(PostgresError) in
            try RecoveryRateLine(row)
        }
        Listing(noun: "rates", table: RecoveryRateLine.table, json: { $0.json }, key: { $0.key })
            .print(lines, page: page, command: self, arguments: arguments)
        return .ok
    }
}

extension SQLStatement {
    fileprivate static let listRecoveryRates = SQLStatement(embedded: PackageResources.list_recovery_rates_sql)
}
