public import Reminders

/// What signed links and calendar files are made with, and where their pages lead.
public struct Links: Sendable {
    /// Sender, link keys and addresses, as the mails have them.
    public var reminders: ReminderSource.Setting
    /// Base of the pages on which leads choose a time (`FRONTEND_URL`); nil where there are none.
    public var bookingURL: String?

    /// Links of a deployment.
    public init(reminders: ReminderSource.Setting, bookingURL: String?) {
        self.reminders = reminders
        self.bookingURL = bookingURL
    }
}
