/// One SMS or WhatsApp message.
public struct OutgoingText: Sendable, Equatable {
    /// How it travels.
    public enum Channel: String, Sendable, CaseIterable {
        /// A short message to a telephone.
        case sms
        /// A WhatsApp message.
        case whatsapp
    }

    /// What it says.
    public enum Content: Sendable, Equatable {
        /// Free text, at most 1600 characters; on WhatsApp only within 24 hours of an inbound message (D-14).
        case text(String)
        /// An approved template (`HX…`) with its variables.
        case template(contentSID: String, variables: [String: String])
    }

    /// Names this attempt in the status callbacks, which prove a send whose answer was lost.
    public var attemptID: String
    /// SMS or WhatsApp.
    public var channel: Channel
    /// A number in E.164, or a messaging service (`MG…`).
    public var from: String
    /// The recipient's number in E.164.
    public var to: String
    /// The text or the template.
    public var content: Content
    /// Where Twilio reports what became of it; the attempt is added as `attempt=`. No underscore in the host's name.
    public var statusCallback: String?
    /// After how long Twilio drops it unsent (1 s to 10 h); nil leaves the 10 hours of the account.
    public var validFor: Duration?
    /// Whether Twilio may swap typographic characters for plain ones, which keeps a text in fewer segments.
    public var mayReplaceCharacters: Bool

    /// A text.
    public init(
        attemptID: String,
        channel: Channel,
        from: String,
        to: String,
        content: Content,
        statusCallback: String? = nil,
        validFor: Duration? = nil,
        mayReplaceCharacters: Bool = false
    ) {
        self.attemptID = attemptID
        self.channel = channel
        self.from = from
        self.to = to
        self.content = content
        self.statusCallback = statusCallback
        self.validFor = validFor
        self.mayReplaceCharacters = mayReplaceCharacters
    }
}
