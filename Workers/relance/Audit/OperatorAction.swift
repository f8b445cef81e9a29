import Postgres
import Runtime

/// Something done by hand: who, what and why, written down in the transaction that does it.
struct OperatorAction: Sendable {
    /// Why, for the audit.
    static let reason = Flag("--reason", "TEXT", "why, for the audit")

    let operatorName: String
    /// The command's name.
    let name: String
    let reason: String?

    /// Reads `--operator` and `--reason`.
    init(_ command: any Command.Type, _ arguments: Arguments) throws(UsageError) {
        operatorName = try Operator.name(arguments)
        name = command.name
        reason = try arguments.text(Self.reason)
        if (reason?.count ?? 0) > 500 { throw UsageError("--reason: at most 500 characters are kept") }
    }

    /// The same for a command that takes no reason.
    init(_ command: any Command.Type, by operatorName: String) {
        (self.operatorName, name, reason) = (operatorName, command.name, nil)
    }

    /// Writes it down for each target.
    ///
    /// - Parameter targets: such as `job:12`, each with what there is to tell: never an address, never a secret.
    func record(_ targets: [(target: String, detail: JSONValue)], _ session: PostgresSession) throws(PostgresError) {
        try session.query(
            .recordOperatorActions,
            [
                .text(operatorName), .text(name), .optional(reason), .texts(targets.map(\.target)),
                .texts(targets.map(\.detail.text)),
            ])
    }
}

extension SQLStatement {
    fileprivate static let recordOperatorActions = SQLStatement(embedded: PackageResources.record_operator_actions_sql)
}
