import Postgres
import Runtime

/// `relance blacklist list`: who may not book in public.
enum BlacklistListCommand: Command {
    static let name = "blacklist list"
    static let summary = "list who may not book in public, masked, and why"
    static let flags = [lead, ended, .tenant, .limit, .cursor, .json]
    static let notes = """
        Source `auto`: by so many no-shows (`relance no-show list --lead ID` names them). With --ended also what holds no
        more: `lifted` by hand, `undone` with a no-show, `expired`.
        """
    static let examples = [
        (line: "blacklist list --tenant atlas", purpose: ""),
        (line: "blacklist list --tenant atlas --lead atlas-lead-00007 --ended --json", purpose: "was this lead ever on it?"),
    ]

    private static let lead = Flag("--lead", "ID", "only entries of this lead")
    private static let ended = Flag("--ended", nil, "also those that hold no more")

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let page = try Page(arguments, isNumbered: false)
        let values: [PostgresValue] = [
            .optional(page.cursor), .optional(try arguments.text(.tenant)), .optional(try arguments.text(lead)),
            .bool(arguments.has(ended)), .int(page.limit + 1),
        ]
        let lines = try await connectToSchema().query(.listBlacklist, values) { row throws(PostgresError) in
            try BlacklistLine(row)
        }
        Listing(noun: "blacklist_entries", table: BlacklistLine.table, json: { $0.json }, key: { $0.key })
            .print(lines, page: page, command: self, arguments: arguments)
        return .ok
    }
}

extension SQLStatement {
    fileprivate static let listBlacklist = SQLStatement(embedded: PackageResources.list_blacklist_sql)
}
