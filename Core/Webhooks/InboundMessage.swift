public import Providers

/// A message that somebody has written to us.
public struct InboundMessage: Sendable, Equatable {
    /// How it came.
    public enum Channel: String, Sendable, CaseIterable {
        /// A text message, or its successor RCS.
        case sms
        /// WhatsApp.
        case whatsapp
        /// Mail.
        case email
    }

    /// Whom it came through.
    public var provider: Provider
    /// How it came.
    public var channel: Channel
    /// The provider's id of the message; nil where it has none.
    public var providerID: String?
    /// The account it was sent to: Twilio's AccountSid, Green API's instance; nil for mail.
    public var account: String?
    /// Who wrote: E.164, a mail address in lower case, or the provider's own id of a person whose number it hides.
    public var sender: String
    /// The same where it is a telephone number, in E.164.
    public var senderPhone: String?
    /// The address of ours it was sent to, in the same form; nil where the provider does not say.
    public var recipient: String?
    /// Where to answer when that is not `sender`: a group, or the chat under the provider's own id.
    public var conversation: String?
    /// The text; empty for a picture alone.
    public var text: String
    /// A mail's subject.
    public var subject: String?
    /// How many files came with it.
    public var mediaCount: Int
    /// The name that the sender goes by.
    public var profileName: String?
    /// What stands behind the button that was pressed.
    public var buttonPayload: String?
    /// Seconds since 1970: by the provider's clock where it tells, else when it came in.
    public var occurredAt: Double
    /// What the whole message asks of us.
    public var optOut: OptOutWord?
    /// A machine wrote it (an absence notice): it is no reply.
    public var isAutomatic: Bool
    /// The provider has answered a STOP or START by itself, so that nobody else may.
    public var isAnswered: Bool

    /// A message; texts are bounded here.
    init(
        _ provider: Provider, _ channel: Channel, providerID: String?, account: String? = nil, sender: String,
        senderPhone: String? = nil, recipient: String?, text: String, occurredAt: Double
    ) {
        self.provider = provider
        self.channel = channel
        self.providerID = providerID
        self.account = account
        self.sender = sender
        self.senderPhone = senderPhone
        self.recipient = recipient
        self.text = Bounded.text(text, 20_000)
        self.occurredAt = occurredAt
        mediaCount = 0
        optOut = OptOutWord.classify(self.text)
        isAutomatic = false
        isAnswered = false
    }
}

/// Telephone numbers as providers spell them.
enum PhoneAddress {
    /// `+` and digits out of `+15552229999`, `whatsapp:+15552229999` or `15552229999@c.us`; nil for short codes, groups and ids
    /// that hide a number.
    static func e164(_ address: String) -> String? {
        var digits = Substring(address)
        for channel in ["whatsapp:", "rcs:"] where digits.hasPrefix(channel) { digits = digits.dropFirst(channel.count) }
        if digits.hasSuffix("@c.us") {
            digits = digits.dropLast(5)
        } else if digits.hasPrefix("+") {
            digits = digits.dropFirst()
        } else {
            return nil
        }
        guard (7...15).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), digits.first != "0"
        else {
            return nil
        }
        return "+\(digits)"
    }
}
