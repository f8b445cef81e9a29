import Postgres
import Runtime

/// `relance suppressions add`: an address must not be written to any more.
enum SuppressionsAddCommand: Command {
    static let name = "suppressions add"
    static let summary = "stop writing to an address, for marketing or for everything"
    static let flags = [
        SuppressionFlags.channel, HashedAddress.flag, SuppressionFlags.scope, why, SuppressionFlags.tenant, Operator.flag, .json,
    ]
    static let notes = """
        Holds for one organisation and channel, from the next send on; a request that is leaving at this moment is not
        called back. The address is kept as a hash under ADDRESS_HASH_KEY, which must be what the workers have, and is
        seen masked ever after: neither the list nor the audit holds it.
        """
    static let examples = [
        (
            line: "suppressions add --tenant atlas --channel sms --address - --scope all --reason 'asked by telephone'",
            purpose: ""
        ),
        (
            line:
                "suppressions add --tenant atlas --channel email --address lea@example.com --scope marketing --reason complained",
            purpose: ""
        ),
    ]

    private static let why = Flag("--reason", "TEXT", "why (needed); kept with the suppression and in the audit")

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let action = try OperatorAction(self, arguments)
        let scope = try arguments.requiredChoice(SuppressionFlags.scope, of: SuppressionFlags.scopes)
        let reason = try arguments.required(why)
        let connection = try await connectToSchema()
        let (tenant, channel, address, typed) = try await SuppressionFlags.subject(arguments, over: connection)
        if reason.lowercased().contains(typed.lowercased()) {
            throw UsageError("--reason: the address must not stand in it, for it is kept")
        }
        let isNew = try await connection.run { session throws in
            try session.transaction { session throws in
                let values: [PostgresValue] = [
                    .text(tenant), .text(channel), .text(address.hash), .text(scope), .text(reason), .text(address.masked),
                ]
                if try session.query(.addSuppression, values).first == nil { return false }
                try action.record([("suppression:\(tenant):\(channel)", address.audit(scopes: [scope]))], session)
                return true
            }
        }
        if arguments.has(.json) {
            print(
                JSONValue.object([
                    ("tenant", .text(tenant)), ("channel", .text(channel)), ("address", .text(address.masked)),
                    ("scope", .text(scope)), ("added", .bool(isNew)),
                ]).text)
        } else {
            let what = scope == "all" ? "nothing more" : "no more marketing"
            print("\(address.masked) gets \(what) from \(tenant) by \(channel)\(isNew ? "." : ": it was so already.")")
        }
        return .ok
    }
}

extension HashedAddress {
    /// What the audit keeps: never the address.
    func audit(scopes: [String]) -> JSONValue {
        .object([("address", .text(masked)), ("scopes", .array(scopes.map { .text($0) }))])
    }
}

extension SQLStatement {
    fileprivate static let addSuppression = SQLStatement(embedded: PackageResources.add_suppression_sql)
}
