import Postgres
import Runtime

/// `relance alerts act`: sends what an alert suggests (M-18).
enum AlertsActCommand: Command {
    static let name = "alerts act"
    static let summary = "send the message that an alert suggests"
    static let operands = [Operand(name: "ALERT", what: "the alert's id, from `relance alerts list`,")]
    static let flags = [AlertFlags.channel, .tenant, OperatorAction.reason, Operator.flag, .json]
    static let notes = """
        Goes through the ledger as marketing: opt-outs, consent, hours, holidays and caps are asked when it is sent, and it
        waits for the next opening. Twice is once, unless the first came to nothing. Once it has left, it counts as contact, and
        the alert ends.
        """
    static let examples = [
        (line: "alerts act 0f8fad5b-d9cb-469f-a165-70867728950e", purpose: ""),
        (line: "alerts act 0f8fad5b-d9cb-469f-a165-70867728950e --channel email", purpose: "not by the suggested channel"),
    ]

    private static let channels = ["email", "sms", "whatsapp"]

    /// The channel that a suggested action sends by; nil where it sends nothing.
    static func channel(of action: String?) -> String? {
        guard let action, action.hasPrefix("send_") else { return nil }
        let channel = String(action.dropFirst("send_".count))
        return channels.contains(channel) ? channel : nil
    }

    private struct Outcome: Sendable {
        let alert: LeadAlert
        let channel: String
        let deliveryID: Int64
        let isNew: Bool
    }

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let id = try AlertFlags.id(arguments.operands[0])
        let action = try OperatorAction(self, arguments)
        let wanted = try arguments.choice(AlertFlags.channel, of: channels)
        let tenant = try arguments.text(.tenant)
        let connection = try await connectToSchema()
        let outcome = try await connection.run { session throws in
            try session.transaction { session throws in
                let alert = try LeadAlert.find(id, tenant: tenant, session)
                return try perform(alert, by: wanted, action, session)
            }
        }
        if arguments.has(.json) {
            print(
                JSONValue.object([
                    ("alert", .text(id)), ("tenant_id", .text(outcome.alert.tenantID)), ("channel", .text(outcome.channel)),
                    ("delivery_id", .optional(outcome.deliveryID)), ("planned", .bool(outcome.isNew)),
                ]).text)
        } else if outcome.isNew {
            print(
                "Message \(outcome.deliveryID) to lead \(outcome.alert.leadID) by \(outcome.channel) is planned: "
                    + "relance deliveries explain \(outcome.deliveryID)")
        } else {
            print(
                "It was planned already, as message \(outcome.deliveryID): relance deliveries explain \(outcome.deliveryID)")
        }
        return .ok
    }

    private static func perform(
        _ alert: LeadAlert, by wanted: String?, _ action: OperatorAction, _ session: PostgresSession
    ) throws -> Outcome {
        guard let template = alert.template, let channel = wanted ?? channel(of: alert.action) else {
            throw CommandError(
                "nothing is to be sent for \(alert.type): \(alert.label ?? "open the lead"). Resolve it when that is done.",
                exit: .data)
        }
        if let refusal = alert.refusal(on: channel) { throw CommandError(refusal, exit: .data) }
        let values: [PostgresValue] = [
            .text(alert.tenantID), .text(alert.id), .text(template), .text(channel), .text(alert.leadID),
        ]
        guard let row = try session.query(.actOnLeadAlert, values).first else {
            throw CommandError("somebody else is planning it now; look again.")
        }
        let delivery = try row.int("id")
        guard try row.bool("is_new") else {
            return Outcome(alert: alert, channel: channel, deliveryID: delivery, isNew: false)
        }
        try action.record(
            [("alert:\(alert.tenantID)/\(alert.id)", .object([("delivery", .optional(delivery)), ("channel", .text(channel))]))],
            session)
        return Outcome(alert: alert, channel: channel, deliveryID: delivery, isNew: true)
    }
}

extension SQLStatement {
    fileprivate static let actOnLeadAlert = SQLStatement(embedded: PackageResources.act_on_lead_alert_sql)
}
