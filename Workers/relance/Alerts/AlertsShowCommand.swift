import Postgres
import Runtime

/// `relance alerts show`: one alert, what it goes by, and what can be done about it.
enum AlertsShowCommand: Command {
    static let name = "alerts show"
    static let summary = "show one alert, and the next command"
    static let operands = [Operand(name: "ALERT", what: "the alert's id, from `relance alerts list`,")]
    static let flags = [Flag.tenant, .json]
    static let notes = ""
    static let examples = [(line: "alerts show 0f8fad5b-d9cb-469f-a165-70867728950e", purpose: "")]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let id = try AlertFlags.id(arguments.operands[0])
        let tenant = try arguments.text(.tenant)
        let connection = try await connectToSchema()
        let alert = try await connection.run { session throws in
            try session.transaction { session throws in try LeadAlert.find(id, tenant: tenant, session) }
        }
        if arguments.has(.json) {
            print(alert.json.text)
        } else {
            lines(alert).forEach { print($0) }
        }
        return .ok
    }

    private static func lines(_ alert: LeadAlert) -> [String] {
        var lines = [
            "\(alert.type) (\(alert.severity)) about lead \(alert.leadID)\(alert.leadName.map { ", \($0)" } ?? "") of \(alert.tenantID)",
            "  \(alert.message)",
            "  raised \(alert.createdAt), for what was last at \(alert.anchorAt)",
        ]
        if let by = alert.resolvedBy, let at = alert.resolvedAt {
            let who = alert.resolvedActor.map { " (\($0))" } ?? ""
            lines.append("  resolved \(at) by \(by)\(who)\(alert.resolvedReason.map { ": \($0)" } ?? "")")
        }
        if let delivery = alert.deliveryID {
            lines.append("  message \(delivery): \(alert.deliveryState ?? "") — relance deliveries explain \(delivery)")
        }
        guard alert.resolvedAt == nil else { return lines }
        let channel = AlertsActCommand.channel(of: alert.action)
        if let channel, let refusal = alert.refusal(on: channel) {
            lines.append("  suggested: \(alert.label ?? ""), but \(refusal)")
        } else if channel != nil {
            lines.append("  next: relance alerts act \(alert.id)")
        } else {
            lines.append("  suggested: \(alert.label ?? "open the lead"); there is nothing to send.")
        }
        lines.append("  or:   relance alerts resolve \(alert.id) --reason '…'")
        return lines
    }
}
