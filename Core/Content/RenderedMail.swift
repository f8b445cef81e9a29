/// A mail ready to be handed to a provider.
public struct RenderedMail: Sendable, Equatable {
    /// One line.
    public var subject: String
    /// A whole HTML document.
    public var html: String
    /// The same for those who read no HTML.
    public var text: String
    /// The calendar invitation, where there is one.
    public var attachments: [Attachment]

    /// - Parameters: as the properties of the same names say.
    public init(subject: String, html: String, text: String, attachments: [Attachment] = []) {
        self.subject = subject
        self.html = html
        self.text = text
        self.attachments = attachments
    }
}
