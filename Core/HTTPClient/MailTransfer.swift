/// One mail on its way to a relay over SMTP (RFC 5321).
public struct MailTransfer: Sendable, Equatable {
    /// How far TLS is asked for on a connection that begins without it; `smtps` URLs begin with it in any case.
    public enum Encryption: String, Sendable, CaseIterable {
        /// Without TLS nothing is sent.
        case required
        /// TLS where the relay offers it; somebody on the way can hide the offer.
        case opportunistic
        /// No TLS: a relay on the same machine.
        case never
    }

    /// The relay as `smtp://host:587` or `smtps://host:465`, without credentials; a path is the name that EHLO gives.
    public var url: String
    /// Whether the connection must be encrypted before anything is said.
    public var encryption: Encryption
    /// The account at the relay; nil where it asks for none.
    public var user: String?
    /// Its password.
    public var password: String?
    /// The envelope's sender, a bare address.
    public var sender: String
    /// The envelope's recipient, a bare address.
    public var recipient: String
    /// The mail, its lines ended by CRLF.
    public var message: [UInt8]
    /// The longest that the whole exchange may take.
    public var timeout: Duration

    /// A mail to send.
    public init(
        url: String, encryption: Encryption = .required, user: String? = nil, password: String? = nil, sender: String,
        recipient: String, message: [UInt8], timeout: Duration = .seconds(15)
    ) {
        self.url = url
        self.encryption = encryption
        self.user = user
        self.password = password
        self.sender = sender
        self.recipient = recipient
        self.message = message
        self.timeout = timeout
    }
}

extension MailTransfer {
    /// Why this mail cannot be sent at all, or nil.
    ///
    /// A line break in an address would be a command of its own. A bare line feed or carriage return in the message is read by some
    /// servers as a line's end, and with a dot beside it as the message's: what follows would be a second mail (SMTP smuggling).
    var defect: HTTPClientError.RequestDefect? {
        let isRelay = url.hasPrefix("smtp://") || url.hasPrefix("smtps://")
        guard isRelay, !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }), !url.contains("@") else { return .url }
        guard Self.isAddress(sender), Self.isAddress(recipient) else { return .address }
        return Self.isMessage(message) ? nil : .message
    }

    private static func isAddress(_ text: String) -> Bool {
        (3...254).contains(text.utf8.count) && text.utf8.contains(UInt8(ascii: "@"))
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }
    }

    private static func isMessage(_ bytes: [UInt8]) -> Bool {
        var lineLength = 0
        var previous: UInt8 = 0x0A
        for byte in bytes {
            if byte == 0 || (byte == 0x0A) != (previous == 0x0D) { return false }
            lineLength = byte == 0x0A ? 0 : lineLength + 1
            // RFC 5321 §4.5.3.1.6: 1000 octets with the line's end.
            if lineLength > 999 { return false }
            previous = byte
        }
        return !bytes.isEmpty && previous != 0x0D
    }
}
