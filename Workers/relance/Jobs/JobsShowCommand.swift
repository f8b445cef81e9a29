import Postgres
import Runtime

/// `relance jobs show`: the whole story of one job.
enum JobsShowCommand: Command {
    static let name = "jobs show"
    static let summary = "show a job's whole story: every error, its message, the attempts to send it"
    static let operands = [Operand(name: "ID", what: "the job's number")]
    static let flags = [Flag.json]
    static let examples = [
        (line: "jobs show 4711", purpose: ""),
        (line: "jobs show 4711 --json | jq .job.errors", purpose: ""),
    ]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let id = try RowNumber.read(arguments.operands[0], of: "job")
        let stories = try await connectToSchema().query(.showJob, [.int(id)]) { row throws(PostgresError) in try row.text("story")
        }
        guard let story = stories.first else { throw JobRetry.Refusal.unknown(id).error(id) }
        if arguments.has(.json) { print(story) } else { try JobStory(story).print() }
        return .ok
    }
}

extension SQLStatement {
    fileprivate static let showJob = SQLStatement(embedded: PackageResources.show_job_sql)
}
