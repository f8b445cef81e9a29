import Ingest
import Postgres
import Runtime

/// `relance keys revoke`: ends a key, within seconds.
enum KeysRevokeCommand: Command {
    static let name = "keys revoke"
    static let summary = "end a key; ingest refuses it within 3 seconds"
    static let operands = [Operand(name: "KEY", what: "the key's id, from `relance keys list`,")]
    static let flags = [Flag.tenant, Operator.flag, .json]
    static let notes = "A key that was revoked stays revoked; make another with `relance keys create`."
    static let examples = [(line: "keys revoke 0f8fad5b-d9cb-469f-a165-70867728950e", purpose: "it has leaked")]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let id = arguments.operands[0]
        guard APIKey(id) == nil else {
            throw CommandError("that is the key itself, not its id; `relance keys list` shows the ids.", exit: .usage)
        }
        guard id.utf8.count == 36, id.allSatisfy({ $0.isHexDigit || $0 == "-" }) else { throw UsageError("\(id): no key's id") }
        let who = try Operator.name(arguments)
        let tenant = try arguments.text(.tenant)
        let connection = try await connectToSchema()
        let found: (String, String)? = try await connection.run { session throws in
            try session.transaction { session throws -> (String, String)? in
                guard let row = try session.query(.revokeKey, [.text(id), .optional(tenant)]).first else { return nil }
                let key = (try row.text("tenant_id"), try row.text("name"))
                try OperatorAction(Self.self, by: who).record([("key:\(key.0)/\(id)", .object([]))], session)
                return key
            }
        }
        guard let found else { throw CommandError("there is no key \(id) in force; `relance keys list` shows which there are.") }
        if arguments.has(.json) {
            print(JSONValue.object([("revoked", .text(id)), ("tenant_id", .text(found.0))]).text)
        } else {
            print("Revoked \(found.1) of \(found.0).")
        }
        return .ok
    }
}

extension SQLStatement {
    fileprivate static let revokeKey = SQLStatement(embedded: PackageResources.revoke_key_sql)
}
