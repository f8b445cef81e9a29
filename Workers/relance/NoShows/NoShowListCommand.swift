import Postgres
import Runtime

/// `relance no-show list`: who was missed, and what waits for a word.
enum NoShowListCommand: Command {
    static let name = "no-show list"
    static let summary = "list missed appointments: who was missed, what waits for a word"
    static let flags = [state, cause, lead, .tenant, .limit, .cursor, .json]
    static let notes = """
        Cause `lead`: the closer was there, the lead was not. `host`: the other way round, which is no no-show. `none`: nobody
        came. `unknown`: nothing is known of the call. State `proposed` waits for `relance no-show confirm` or `dismiss` (review
        mode); `reverted` was undone: by a late join, a completion, or a dismissal.
        """
    static let examples = [
        (line: "no-show list --tenant atlas --state proposed", purpose: "what waits for a word"),
        (line: "no-show list --lead atlas-lead-00007 --tenant atlas --json", purpose: "why is this lead on the blacklist?"),
    ]

    private static let state = Flag("--state", "STATE", "proposed, active or reverted")
    private static let cause = Flag("--cause", "CAUSE", "lead, host, none or unknown")
    private static let lead = Flag("--lead", "ID", "only those of this lead")

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let page = try Page(arguments, isNumbered: false)
        let values: [PostgresValue] = [
            .optional(page.cursor), .optional(try arguments.text(.tenant)),
            .optional(try arguments.choice(state, of: ["proposed", "active", "reverted"])),
            .optional(try arguments.choice(cause, of: ["lead", "host", "none", "unknown"])),
            .optional(try arguments.text(lead)), .int(page.limit + 1),
        ]
        let lines = try await connectToSchema().query(.listNoShows, values) { row throws(PostgresError) in try NoShowLine(row) }
        Listing(noun: "no_shows", table: NoShowLine.table, json: { $0.json }, key: { $0.key })
            .print(lines, page: page, command: self, arguments: arguments)
        return .ok
    }
}

extension SQLStatement {
    fileprivate static let listNoShows = SQLStatement(embedded: PackageResources.list_no_shows_sql)
}
