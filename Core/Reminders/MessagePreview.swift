public import Content
import Messaging
public import Postgres

/// A message as it would be written now, with a real lead's data: nothing is sent and nothing is written.
public struct MessagePreview: Sendable {
    /// The message, with the organisation's own templates.
    public let message: AppointmentMessage
    /// Which appointment it is about.
    public let appointmentID: String

    /// What is to be shown.
    public struct Request: Sendable {
        /// Whose.
        public var tenantID: String
        /// Which message.
        public var template: AppointmentTemplate
        /// About whose appointment.
        public var leadID: String
        /// About which; nil for the lead's next one, or the last.
        public var appointmentID: String?
        /// In another language than the reader's.
        public var language: Language?

        /// - Parameters: as the properties of the same names say.
        public init(
            tenantID: String, template: AppointmentTemplate, leadID: String, appointmentID: String? = nil,
            language: Language? = nil
        ) {
            self.tenantID = tenantID
            self.template = template
            self.leadID = leadID
            self.appointmentID = appointmentID
            self.language = language
        }
    }

    /// Reads the facts; nil when the lead has no such appointment.
    ///
    /// - Parameters:
    ///   - setting: of the deployment; its links are not made: a preview's buttons lead nowhere.
    public static func read(
        _ request: Request, setting: ReminderSource.Setting, _ connection: PostgresConnection
    ) async throws -> MessagePreview? {
        let values: [PostgresValue] = [
            .text(ReminderDraft.step(of: request.template)), .text(MessageChannel.email.rawValue), .text(request.tenantID),
            .text(request.leadID), .optional(request.appointmentID), .optional(request.language?.rawValue),
        ]
        return try await connection.query(.previewMessage, values) { row throws(PostgresError) -> MessagePreview? in
            guard var message = try ReminderDraft(row, setting: setting).message else { return nil }
            if ReminderDraft.stepsWithActions.contains(ReminderDraft.step(of: request.template)) {
                let link = { (action: String) in "\(setting.apiURL)/a/preview-\(action)" }
                message.actions = AppointmentActions(
                    confirm: link("confirm"), reschedule: link("reschedule"), cancel: link("cancel"))
            }
            return MessagePreview(message: message, appointmentID: try row.text("appointment_id"))
        }.first ?? nil
    }
}

extension SQLStatement {
    fileprivate static let previewMessage = SQLStatement(
        embedded: PackageResources.preview_message_sql + PackageResources.reminder_facts_sql)
}
