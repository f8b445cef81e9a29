import Postgres
import Runtime

/// `relance deliveries retry`: sends failed messages once more.
enum DeliveriesRetryCommand: Command {
    static let name = "deliveries retry"
    static let summary = "send failed messages once more, before they expire"
    static let operands = [EachDelivery.operand]
    static let flags = [OperatorAction.reason, Operator.flag, .json]
    static let notes = """
        Only a message that has definitely failed and has not expired is sent again: as a message of the next
        generation, under a new key at the provider. One whose outcome is unknown is never sent again before
        `relance deliveries resolve` has settled it. Each message is decided by itself; exit code 65 says that
        some were refused.
        """
    static let examples = [
        (line: "deliveries list --state failed --since 24h", purpose: "which ones?"),
        (line: "deliveries retry 4711 4712 --reason 'number corrected'", purpose: ""),
    ]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let action = try OperatorAction(self, arguments)
        return try await EachDelivery.run(
            arguments, word: "retried", over: try await connectToSchema(),
            sentence: { id, job in
                "Message \(id) is planned again as job \(job ?? 0): the next tick sends it. `relance deliveries explain \(id)` shows how it goes."
            },
            perform: { id, session in try DeliveryRetry.perform(id, action, session) })
    }
}
