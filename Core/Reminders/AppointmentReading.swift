public import Content
public import Postgres

/// An appointment as a message to its lead would tell of it now: nothing is sent and nothing is written. The calendar's file and
/// the pages of signed links are made of it, so that they say what the mails say.
public struct AppointmentReading: Sendable {
    /// What would be said; of a cancelled appointment, that it is.
    public let message: AppointmentMessage
    /// The appointment's status.
    public let status: String
    /// Whether its time has come.
    public let hasBegun: Bool
    /// Whose appointment it is.
    public let leadID: String

    /// Reads it; nil where there is no such appointment, or its lead's data have been erased.
    ///
    /// - Parameters:
    ///   - setting: of the deployment; the message has no buttons.
    public static func read(
        tenantID: String, appointmentID: String, setting: ReminderSource.Setting, in session: PostgresSession
    ) throws(PostgresError) -> AppointmentReading? {
        let values: [PostgresValue] = [.text(tenantID), .text(appointmentID)]
        let rows = try session.batch([(.lookAtAppointment, values), (.readAppointmentMessage, values)])
        guard rows[0].count == 1, rows[1].count == 1, let message = try ReminderDraft(rows[1][0], setting: setting).message
        else { return nil }
        return AppointmentReading(
            message: message, status: try rows[0][0].text("status"), hasBegun: try rows[0][0].bool("has_begun"),
            leadID: try rows[0][0].text("lead_id"))
    }
}

extension SQLStatement {
    fileprivate static let lookAtAppointment = SQLStatement(embedded: PackageResources.look_at_appointment_sql)
    fileprivate static let readAppointmentMessage = SQLStatement(
        embedded: PackageResources.read_appointment_message_sql + PackageResources.reminder_facts_sql)
}
