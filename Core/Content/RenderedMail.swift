/// A mail ready to be handed to a provider.
public struct RenderedMail: Sendable, Equatable {
    /// A header besides those that every mail has.
    public struct Header: Sendable, Equatable {
        /// Of letters, digits and hyphens.
        public var name: String
        /// Plain ASCII on one line of at most 900 characters.
        public var value: String

        /// - Parameters: as the properties of the same names say.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// One line.
    public var subject: String
    /// A whole HTML document.
    public var html: String
    /// The same for those who read no HTML.
    public var text: String
    /// The calendar invitation, where there is one.
    public var attachments: [Attachment]
    /// Further headers, such as `List-Unsubscribe`.
    public var headers: [Header]

    /// - Parameters: as the properties of the same names say.
    public init(subject: String, html: String, text: String, attachments: [Attachment] = [], headers: [Header] = []) {
        self.subject = subject
        self.html = html
        self.text = text
        self.attachments = attachments
        self.headers = headers
    }
}
