import Postgres
import Runtime

/// `relance jobs list`: what waits, runs, or is dead.
enum JobsListCommand: Command {
    static let name = "jobs list"
    static let summary = "list jobs: waiting, running, dead; finished ones by their state"
    static let flags = [state, kind, .tenant, .limit, .cursor, .json]
    static let examples = [
        (line: "jobs list --state dead", purpose: "what was given up?"),
        (line: "jobs list --kind message.sms --tenant atlas", purpose: ""),
        (line: "jobs list --state completed --limit 5", purpose: "the last that were done"),
    ]

    private static let states = ["scheduled", "available", "running", "retryable", "dead", "completed", "cancelled"]
    private static let state = Flag("--state", "STATE", states.joined(separator: ", ") + "; the default is all but the last two")
    private static let kind = Flag("--kind", "KIND", "only this kind, such as message.email")

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let page = try Page(arguments)
        let values: [PostgresValue] = [
            .int(page.idBound), .optional(try arguments.choice(state, of: states)), .optional(try arguments.text(kind)),
            .optional(try arguments.text(.tenant)), .int(page.limit + 1),
        ]
        let jobs = try await connectToSchema().query(.listJobs, values) { row throws(PostgresError) in try JobLine(row) }
        Listing(noun: "jobs", table: JobLine.table, json: { $0.json }, key: { String($0.id) })
            .print(jobs, page: page, command: self, arguments: arguments)
        return .ok
    }
}

extension SQLStatement {
    fileprivate static let listJobs = SQLStatement(embedded: PackageResources.list_jobs_sql)
}
