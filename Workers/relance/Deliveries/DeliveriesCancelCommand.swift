import Postgres
import Runtime

/// `relance deliveries cancel`: takes back messages that have not left.
enum DeliveriesCancelCommand: Command {
    static let name = "deliveries cancel"
    static let summary = "take back messages that have not left yet"
    static let operands = [EachDelivery.operand]
    static let flags = [OperatorAction.reason, Operator.flag, .json]
    static let notes = """
        Only a pending message can be taken back. Cancelling is for good: the same step of the same appointment is not
        planned again. To hold messages back for a while, `relance pause sending`.
        """
    static let examples = [
        (line: "deliveries list --state pending --subject atlas-appt-0042", purpose: "which ones?"),
        (line: "deliveries cancel 4711 --reason 'asked by telephone'", purpose: ""),
    ]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let action = try OperatorAction(self, arguments)
        return try await EachDelivery.run(
            arguments, word: "cancelled", over: try await connectToSchema(),
            sentence: { id, _ in "Message \(id) is cancelled: it will not be sent." },
            perform: { id, session in try cancel(id, action, session) })
    }

    private static func cancel(_ id: Int64, _ action: OperatorAction, _ session: PostgresSession) throws -> Int64? {
        guard let facts = try DeliveryFacts.lock(id, session) else { throw DeliveryFacts.unknown(id) }
        if let why = refusal(facts) { throw CommandError(why) }
        _ = try session.query(.cancelDelivery, [.int(id)]).single()
        // The job finds out at once instead of when its wait is over. One that runs finds out when it claims the send.
        if let job = facts.job, ["scheduled", "retryable"].contains(job.state) {
            try session.query(.advanceJob, [.int(job.id)])
        }
        try action.record([("delivery:\(id)", facts.audit(job: facts.job?.id))], session)
        return facts.job?.id
    }

    /// Why a message cannot be taken back; nil where it can.
    private static func refusal(_ facts: DeliveryFacts) -> String? {
        let explain = "See `relance deliveries explain \(facts.id)`."
        return switch facts.state {
        case "pending": nil
        case "sending": "message \(facts.id) is leaving at this moment: it cannot be taken back. \(explain)"
        case "sent", "delivered": "message \(facts.id) is \(facts.state): it cannot be taken back. \(explain)"
        case "cancelled": "message \(facts.id) is cancelled already\(facts.reason.map { " (\($0))" } ?? "")."
        default: "message \(facts.id) is \(facts.state): it will not be sent anyway. \(explain)"
        }
    }
}

extension SQLStatement {
    fileprivate static let cancelDelivery = SQLStatement(embedded: PackageResources.cancel_delivery_sql)
}
