import Postgres
import Runtime

/// `relance jobs retry`: lets a waiting job run now, or brings a dead one back.
enum JobsRetryCommand: Command {
    static let name = "jobs retry"
    static let summary = "run a waiting job now, or bring a dead one back"
    static let operands = [Operand(name: "ID", what: "the job's number")]
    static let flags = [OperatorAction.reason, Operator.flag, .json]
    static let notes = """
        A scheduled or retryable job becomes available at once. A dead one goes back to its queue with fresh attempts; its message is
        opened again only if it has definitely failed and has not expired. A message whose outcome is unknown is never sent again.
        Every retry is recorded with its operator.
        """
    static let examples = [
        (line: "jobs list --state dead", purpose: "which ones?"),
        (line: "jobs retry 4711 --reason 'number corrected'", purpose: ""),
    ]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let id = try RowNumber.read(arguments.operands[0], of: "job")
        let action = try OperatorAction(self, arguments)
        do {
            let plan = try await connectToSchema().run { session throws in
                try session.transaction { session throws in try retry(id, action, session) }
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

    private static func retry(_ id: Int64, _ action: OperatorAction, _ session: PostgresSession) throws -> JobRetry.Plan {
        let (facts, plan) = try JobRetry.perform(id, by: action.operatorName, session)
        try action.record([("job:\(id)", facts.audit)], session)
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
