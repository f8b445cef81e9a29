import Postgres
import Runtime

/// `relance blacklist lift`: a person may book in public again.
enum BlacklistLiftCommand: Command {
    static let name = "blacklist lift"
    static let summary = "let a person book in public again"
    static let operands = [Operand(name: "ID", what: "the entry's id, from `relance blacklist list`,")]
    static let flags = [OperatorAction.reason, .tenant, Operator.flag, .json]
    static let notes = """
        Ends one entry; a person may have several. After it only later no-shows count. Where one was no no-show, set its
        appointment to COMPLETED instead: what followed from it goes by itself.
        """
    static let examples = [
        (line: "blacklist lift 0f8fad5b-d9cb-469f-a165-70867728950e --reason 'called and excused himself'", purpose: "")
    ]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let id = arguments.operands[0]
        guard id.utf8.count == 36, id.allSatisfy({ $0.isHexDigit || $0 == "-" }) else { throw UsageError("\(id): no entry's id") }
        let action = try OperatorAction(self, arguments)
        let tenant = try arguments.text(.tenant)
        let lifted = try await connectToSchema().run { session throws in
            try session.transaction { session throws -> (tenant: String, lead: String?)? in
                let values: [PostgresValue] = [.text(id), .optional(tenant), .text(action.operatorName)]
                guard let row = try session.query(.liftBlacklistEntry, values).first else { return nil }
                let lifted = (tenant: try row.text("tenant_id"), lead: try row.optionalText("lead_id"))
                let detail = JSONValue.object([("lead", .optional(lifted.lead)), ("source", .text(try row.text("source")))])
                try action.record([("blacklist:\(lifted.tenant)/\(id)", detail)], session)
                return lifted
            }
        }
        guard let lifted else {
            throw CommandError("there is no entry \(id) that holds; `relance blacklist list --ended` shows which there were.")
        }
        if arguments.has(.json) {
            print(
                JSONValue.object([
                    ("id", .text(id)), ("tenant", .text(lifted.tenant)), ("lead", .optional(lifted.lead)),
                    ("lifted", .bool(true)),
                ]).text)
        } else {
            print("\(id) is lifted at \(lifted.tenant)\(lifted.lead.map { " for \($0)" } ?? "").")
        }
        return .ok
    }
}

extension SQLStatement {
    fileprivate static let liftBlacklistEntry = SQLStatement(embedded: PackageResources.lift_blacklist_entry_sql)
}
