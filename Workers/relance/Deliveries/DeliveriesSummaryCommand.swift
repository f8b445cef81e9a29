import Postgres
import Runtime

/// `relance deliveries summary`: what became of the messages, per organisation and step.
enum DeliveriesSummaryCommand: Command {
    static let name = "deliveries summary"
    static let summary = "count messages per organisation and step: sent, not sent and why, worst lateness"
    static let flags = [DeliveriesListCommand.since, .tenant, .json]
    static let examples = [
        (line: "deliveries summary", purpose: ""),
        (line: "deliveries summary --since 24h --tenant atlas", purpose: ""),
    ]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let values: [PostgresValue] = [
            .optional(try arguments.text(.tenant)), .optional(try arguments.moment(DeliveriesListCommand.since)),
        ]
        let steps = try await connectToSchema().query(.summarizeDeliveries, values) { row throws(PostgresError) in
            try StepSummary(row)
        }
        if arguments.has(.json) {
            print(JSONValue.object([("summary", .array(steps.map(\.json)))]).text)
        } else if steps.isEmpty {
            print("No messages yet. `relance status` shows when reminder-sender last ran.")
        } else {
            StepSummary.table(of: steps).lines(steps + [StepSummary(totalOf: steps)], on: .output).forEach { print($0) }
        }
        return .ok
    }
}

extension SQLStatement {
    fileprivate static let summarizeDeliveries = SQLStatement(embedded: PackageResources.summarize_deliveries_sql)
}
