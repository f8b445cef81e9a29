import Postgres
import Runtime

/// `relance alerts thresholds`: when alerts are raised, and a change of it.
enum AlertsThresholdsCommand: Command {
    static let name = "alerts thresholds"
    static let summary = "show when alerts are raised; with --set, change it for an organisation"
    static let flags = [Flag.tenant, change, OperatorAction.reason, Operator.flag, .json]
    static var notes: String {
        """
        A change is heard by the next run of alert-generator: alerts that no longer hold end, others begin. Names:
          \(AlertThreshold.all.map { "\($0.name): \($0.what)" }.joined(separator: "\n  "))
        """
    }
    static let examples = [
        (line: "alerts thresholds --tenant atlas", purpose: ""),
        (line: "alerts thresholds --tenant atlas --set no_contact_after=10d", purpose: "NoContact7d after ten days"),
    ]

    private static let change = Flag("--set", "NAME=VALUE", "spans as 36h or 10d, amounts in cents; needs --tenant")

    private struct Line: Sendable {
        let tenantID: String
        let name: String
        let value: String

        init(_ row: PostgresRow) throws(PostgresError) {
            tenantID = try row.text("tenant_id")
            name = try row.text("name")
            value = try row.text("value")
        }
    }

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let tenant = try arguments.text(.tenant)
        let wanted = try arguments.text(change).map { text throws(UsageError) in try AlertThreshold.parse(text) }
        if wanted != nil, tenant == nil { throw UsageError("--set: --tenant says whose") }
        let action = wanted == nil ? nil : try OperatorAction(self, arguments)
        let lines = try await connectToSchema().run { session throws in
            try session.transaction { session throws in
                if let wanted, let tenant, let action {
                    try set(wanted.threshold, wanted.value, of: tenant, action, session)
                }
                let lines = try session.query(.listAlertThresholds, [.optional(tenant)]).map {
                    row throws(PostgresError) in try Line(row)
                }
                if let tenant, lines.isEmpty { throw Tenant.unknown(tenant) }
                return lines
            }
        }
        if arguments.has(.json) {
            print(
                JSONValue.object([
                    (
                        "thresholds",
                        .array(
                            lines.map {
                                .object([("tenant", .text($0.tenantID)), ("name", .text($0.name)), ("value", .text($0.value))])
                            })
                    )
                ]).text)
        } else if lines.isEmpty {
            print("None: there is no organisation.")
        } else {
            table.lines(lines, on: .output).forEach { print($0) }
        }
        return .ok
    }

    private static func set(
        _ threshold: AlertThreshold, _ value: AlertThreshold.Value, of tenant: String, _ action: OperatorAction,
        _ session: PostgresSession
    ) throws {
        let (span, number): (PostgresValue, PostgresValue) =
            switch value {
            case .span(let text): (.text(text), .null)
            case .number(let number): (.null, .int(number))
            }
        let rows = try session.query(.setAlertThreshold, [.text(tenant), .text(threshold.name), span, number])
        guard rows.first != nil else { throw Tenant.unknown(tenant) }
        let told: JSONValue =
            switch value {
            case .span(let text): .text(text)
            case .number(let number): .int(Int64(number))
            }
        try action.record([("alert_thresholds:\(tenant)", .object([(threshold.name, told)]))], session)
    }

    private static var table: Table<Line> {
        Table([
            .init("TENANT") { Cell($0.tenantID) },
            .init("NAME") { Cell($0.name) },
            .init("VALUE") { Cell($0.value) },
        ])
    }
}

extension SQLStatement {
    fileprivate static let listAlertThresholds = SQLStatement(embedded: PackageResources.list_alert_thresholds_sql)
    fileprivate static let setAlertThreshold = SQLStatement(embedded: PackageResources.set_alert_threshold_sql)
}
