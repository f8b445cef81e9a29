/// What a message is written as; the raw value ends a template's file name, and names its row in `message_templates`.
public enum MessageForm: String, Sendable, CaseIterable {
    /// The HTML part of a mail.
    case mailHTML = "mail.html"
    /// The plain part of a mail; its first line is the subject.
    case mailText = "mail.txt"
    /// An SMS or a WhatsApp message.
    case short = "short.txt"
    /// A notice in the application; its first line is the title.
    case notice = "notice.txt"

    /// Whether the first line is a subject.
    public var hasSubject: Bool { self == .mailText || self == .notice }
}

extension AppointmentTemplate {
    /// The forms that the message is written in.
    public var forms: [MessageForm] {
        MessageForm.allCases.filter { form in
            switch form {
            case .mailHTML, .mailText: channels.contains(.mail)
            case .short: channels.contains(.sms) || channels.contains(.whatsApp)
            case .notice: channels.contains(.notice)
            }
        }
    }
}
