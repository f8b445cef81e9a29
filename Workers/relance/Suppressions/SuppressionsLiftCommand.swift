import Postgres
import Runtime

/// `relance suppressions lift`: an address may be written to again.
enum SuppressionsLiftCommand: Command {
    static let name = "suppressions lift"
    static let summary = "write to an address again"
    static let flags = [
        SuppressionFlags.channel, HashedAddress.flag, SuppressionFlags.scope, OperatorAction.reason, SuppressionFlags.tenant,
        Operator.flag, .json,
    ]
    static let notes = """
        The whole address is needed: what the list shows is masked and names nobody. Without --scope, whatever stands
        against it is lifted. What the recipient himself asked for (STOP, a complaint, an unsubscription) is lifted only
        with a --reason that says how he agreed again. Twilio keeps a list of its own: after a STOP its recipient must
        send START before a message arrives.
        """
    static let examples = [
        (line: "suppressions lift --tenant atlas --channel email --address - --reason 'mailbox repaired'", purpose: "")
    ]

    /// Reasons that are the recipient's own word.
    private static let wishes: Set<String> = ["opt_out_word", "opted_out", "21610", "complained", "unsubscribed"]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let action = try OperatorAction(self, arguments)
        let scope = try arguments.choice(SuppressionFlags.scope, of: SuppressionFlags.scopes)
        let connection = try await connectToSchema()
        let (tenant, channel, address, typed) = try await SuppressionFlags.subject(arguments, over: connection)
        if action.reason?.lowercased().contains(typed.lowercased()) == true {
            throw UsageError("--reason: the address must not stand in it, for it is kept")
        }
        let lifted = try await connection.run { session throws in
            try session.transaction { session throws in
                let values: [PostgresValue] = [.text(tenant), .text(channel), .text(address.hash), .optional(scope)]
                // What is thrown below takes the deletion back.
                let found = try session.query(.liftSuppressions, values).map { row throws(PostgresError) in
                    (scope: try row.text("scope"), reason: try row.text("reason"))
                }
                if found.isEmpty {
                    throw CommandError(
                        """
                        nothing stands against \(address.masked) at \(tenant) by \(channel). `relance suppressions list --tenant \
                        \(tenant) --channel \(channel)` shows what there is; ADDRESS_HASH_KEY must be what the workers have.
                        """)
                }
                if let wish = found.first(where: { wishes.contains($0.reason) }), action.reason == nil {
                    throw CommandError(
                        "the recipient asked for it himself (\(wish.reason)): say with --reason how he agreed again.",
                        exit: .usage)
                }
                try action.record([("suppression:\(tenant):\(channel)", address.audit(scopes: found.map(\.scope)))], session)
                return found
            }
        }
        if arguments.has(.json) {
            let rows = lifted.map { JSONValue.object([("scope", .text($0.scope)), ("reason", .text($0.reason))]) }
            print(
                JSONValue.object([
                    ("tenant", .text(tenant)), ("channel", .text(channel)), ("address", .text(address.masked)),
                    ("lifted", .array(rows)),
                ]).text)
        } else {
            let what = lifted.map { "\($0.scope) (\($0.reason))" }.joined(separator: ", ")
            print("\(address.masked) may be written to again by \(channel) for \(tenant); lifted: \(what).")
        }
        return .ok
    }
}

extension SQLStatement {
    fileprivate static let liftSuppressions = SQLStatement(embedded: PackageResources.lift_suppressions_sql)
}
