/// The forms that a message can take; the raw values are the ledger's channels (D-90).
public enum ContentChannel: String, Sendable, CaseIterable {
    /// HTML and plain text, with attachments.
    case mail = "email"
    /// A text in the alphabet of SMS where the names allow it.
    case sms
    /// A text with its accents.
    case whatsApp = "whatsapp"
    /// A notice in the application.
    case notice = "in_app"
}
