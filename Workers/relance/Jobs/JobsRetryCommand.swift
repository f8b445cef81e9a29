import Postgres
import Runtime

/// `relance jobs retry`: lets a waiting job run now, or brings a dead one back.
enum JobsRetryCommand: Command {
    static let name = "jobs retry"
    static let summary = "run a waiting job now, or bring a dead one back"
    static let operands = [Operand(name: "ID", what: "the job's number")]
    static let flags = [reason, Operator.flag, .json]
    static let notes = """
        A scheduled or retryable job becomes available at once. A dead one goes back to its queue with fresh attempts; its message is
        opened again only if it has definitely failed and has not expired. A message whose outcome is unknown is never sent again.
        Every retry is recorded with its operator.
        """
    static let examples = [
        (line: "jobs list --state dead", purpose: "which ones?"),
        (line: "jobs retry 4711 --reason 'number corrected'", purpose: ""),
    ]

    private static let reason = Flag("--reason", "TEXT", "why, for the audit")

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let id = try RowNumber.read(arguments.operands[0], of: "job")
        let (who, why) = (try Operator.name(arguments), try arguments.text(reason))
        do {
            let plan = try await connectToSchema().run { session throws in
                try session.transaction { session throws in try retry(id, who, why, session) }
            }
            if arguments.has(.json) {
                print(JSONValue.object([("id", .int(id)), ("state", .text("available")), ("retried", .text(plan.word))]).text)
            } else {
                print("Job \(id) is available: the next tick takes it. Watch it with `relance jobs show \(id)`.")
            }
            return .ok
        } catch let refusal as JobRetry.Refusal {
            throw refusal.error(id)
        }
    }

    private static func retry(_ id: Int64, _ who: String, _ why: String?, _ session: PostgresSession) throws -> JobRetry.Plan {
        guard let row = try session.query(.lockJob, [.int(id)]).first else { throw JobRetry.Refusal.unknown(id) }
        let facts = try JobRetry.Facts(row)
        let plan = try JobRetry.plan(facts)
        switch plan {
        case .advance: _ = try session.query(.advanceJob, [.int(id)]).single()
        case .redrive(let delivery):
            if try session.query(.redriveJob, [.int(id), .text(who)]).first == nil { throw JobRetry.Refusal.replaced }
            if let delivery { _ = try session.query(.reopenDelivery, [.int(delivery)]).single() }
        }
        let detail = JSONValue.object([
            ("state", .text(facts.state)), ("was", .optional(facts.reason)), ("delivery", .optional(facts.delivery?.id)),
        ])
        try session.query(
            .recordOperatorAction,
            [.text(who), .text("jobs retry"), .text("job:\(id)"), .optional(why), .text(detail.text)])
        return plan
    }
}

extension JobRetry.Plan {
    /// For scripts.
    fileprivate var word: String {
        switch self {
        case .advance: "advanced"
        case .redrive: "redriven"
        }
    }
}

extension SQLStatement {
    fileprivate static let lockJob = SQLStatement(embedded: PackageResources.lock_job_sql)
    fileprivate static let advanceJob = SQLStatement(embedded: PackageResources.advance_job_sql)
    fileprivate static let redriveJob = SQLStatement(embedded: PackageResources.redrive_job_sql)
    fileprivate static let reopenDelivery = SQLStatement(embedded: PackageResources.reopen_delivery_sql)
}
