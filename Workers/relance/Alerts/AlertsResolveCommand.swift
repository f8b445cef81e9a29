import Postgres
import Primitives
import Runtime

/// `relance alerts resolve`: somebody has dealt with it.
enum AlertsResolveCommand: Command {
    static let name = "alerts resolve"
    static let summary = "resolve an alert by hand"
    static let operands = [Operand(name: "ALERT", what: "the alert's id, from `relance alerts list`,")]
    static let flags = [Flag.tenant, OperatorAction.reason, Operator.flag, .json]
    static let notes = "It does not come back for the same silence; it does for the next. Twice is once: the first word counts."
    static let examples = [
        (line: "alerts resolve 0f8fad5b-d9cb-469f-a165-70867728950e --reason 'lost to a competitor'", purpose: "")
    ]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let id = try AlertFlags.id(arguments.operands[0])
        let action = try OperatorAction(self, arguments)
        let tenant = try arguments.text(.tenant)
        let connection = try await connectToSchema()
        let (alert, isNew) = try await connection.run { session throws in
            try session.transaction { session throws in
                let alert = try LeadAlert.find(id, tenant: tenant, session)
                let values: [PostgresValue] = [
                    .text(alert.tenantID), .text(alert.id), .text(action.operatorName), .optional(action.reason),
                ]
                guard try session.query(.resolveLeadAlert, values).first != nil else { return (alert, false) }
                try action.record([("alert:\(alert.tenantID)/\(alert.id)", .object([]))], session)
                return (alert, true)
            }
        }
        if arguments.has(.json) {
            print(
                JSONValue.object([
                    ("alert", .text(id)), ("tenant_id", .text(alert.tenantID)), ("resolved", .bool(isNew)),
                    ("resolved_by", .text(isNew ? "user_manual" : alert.resolvedBy ?? "")),
                ]).text)
        } else {
            print(
                isNew
                    ? "Resolved \(alert.type) of lead \(alert.leadID)." : "It was resolved already, by \(alert.resolvedBy ?? "")."
            )
        }
        return .ok
    }
}

extension SQLStatement {
    fileprivate static let resolveLeadAlert = SQLStatement(embedded: PackageResources.resolve_lead_alert_sql)
}
