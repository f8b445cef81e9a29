import Postgres
import Runtime

/// An operator's word on a mark that waits for one (D-20).
struct NoShowDecision {
    static let operand = Operand(name: "ID", what: "the mark's id, from `relance no-show list`,")
    static let flags = [OperatorAction.reason, .tenant, Operator.flag, Flag.json]

    let command: any Command.Type
    let confirms: Bool

    func run(_ arguments: Arguments) async throws -> ExitCode {
        let id = arguments.operands[0]
        guard id.utf8.count == 36, id.allSatisfy({ $0.isHexDigit || $0 == "-" }) else { throw UsageError("\(id): no mark's id") }
        let action = try OperatorAction(command, arguments)
        let tenant = try arguments.text(.tenant)
        let confirms = confirms
        let found = try await command.connectToSchema().run { session throws in
            try session.transaction { session throws -> (tenant: String, appointment: String, outcome: String)? in
                let values: [PostgresValue] = [
                    .text(id), .optional(tenant), .bool(confirms), .text(action.operatorName), .optional(action.reason),
                ]
                guard let row = try session.query(.decideNoShow, values).first else { return nil }
                let found = (try row.text("tenant_id"), try row.text("appointment_id"), try row.text("outcome"))
                if ["confirmed", "dismissed"].contains(found.2) {
                    let detail = JSONValue.object([("appointment", .text(found.1)), ("cause", .text(try row.text("cause")))])
                    try action.record([("no_show:\(found.0)/\(id)", detail)], session)
                }
                return found
            }
        }
        guard let found, found.outcome != "not_found" else {
            throw CommandError("there is no mark \(id); `relance no-show list` shows which there are.")
        }
        if found.outcome == "decided" {
            throw CommandError("the mark \(id) waits for no word any more; `relance no-show list` shows what became of it.")
        }
        if arguments.has(.json) {
            print(
                JSONValue.object([
                    ("id", .text(id)), ("tenant", .text(found.tenant)), ("appointment", .text(found.appointment)),
                    ("outcome", .text(found.outcome)),
                ]).text)
        } else {
            print("\(found.tenant)/\(found.appointment): \(found.outcome).")
        }
        return .ok
    }
}

extension SQLStatement {
    fileprivate static let decideNoShow = SQLStatement(embedded: PackageResources.decide_no_show_sql)
}
