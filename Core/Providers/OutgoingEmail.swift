/// One mail to one recipient, rendered.
public struct OutgoingEmail: Sendable, Equatable {
    /// An address and the name shown with it.
    public struct Address: Sendable, Equatable {
        /// The bare address.
        public var email: String
        /// The name shown, if any.
        public var name: String?

        /// An address.
        public init(_ email: String, name: String? = nil) {
            self.email = email
            self.name = name
        }
    }

    /// A name and a value: a header of the mail, or a tag that comes back in the provider's events.
    public struct Pair: Sendable, Equatable {
        /// The name.
        public var name: String
        /// The value.
        public var value: String

        /// A pair.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A file that goes with the mail.
    public struct Attachment: Sendable, Equatable {
        /// The file's name.
        public var filename: String
        /// The media type, as `text/calendar; method=REQUEST`.
        public var contentType: String
        /// The file.
        public var content: [UInt8]

        /// An attachment.
        public init(filename: String, contentType: String, content: [UInt8]) {
            self.filename = filename
            self.contentType = contentType
            self.content = content
        }
    }

    /// Names this attempt in the provider's events: a Resend tag, a SendGrid custom argument.
    public var attemptID: String
    /// Names the message to a provider that sends each key once (Resend, 1 to 256 characters); others pass it over.
    public var idempotencyKey: String?
    /// The sender.
    public var from: Address
    /// The one recipient; several in one mail would see each other.
    public var to: Address
    /// The subject line.
    public var subject: String
    /// The HTML form; it or `text` must be there.
    public var html: String?
    /// The plain form.
    public var text: String?
    /// Where answers go, if not to `from`.
    public var replyTo: Address?
    /// Further headers of the mail, as `List-Unsubscribe`.
    public var headers: [Pair]
    /// What comes back in events besides the attempt: tenant, delivery. No personal data.
    public var tags: [Pair]
    /// Labels for the provider's statistics (SendGrid; at most 10).
    public var categories: [String]
    /// The files.
    public var attachments: [Attachment]

    /// A mail.
    public init(
        attemptID: String,
        idempotencyKey: String? = nil,
        from: Address,
        to: Address,
        subject: String,
        html: String? = nil,
        text: String? = nil,
        replyTo: Address? = nil,
        headers: [Pair] = [],
        tags: [Pair] = [],
        categories: [String] = [],
        attachments: [Attachment] = []
    ) {
        self.attemptID = attemptID
        self.idempotencyKey = idempotencyKey
        self.from = from
        self.to = to
        self.subject = subject
        self.html = html
        self.text = text
        self.replyTo = replyTo
        self.headers = headers
        self.tags = tags
        self.categories = categories
        self.attachments = attachments
    }

    /// About how many bytes the request's body will take, so that the writer allocates once.
    var expectedBodySize: Int {
        let files = attachments.reduce(0) { $0 + $1.content.count * 4 / 3 + 256 }
        return 1024 + (html?.utf8.count ?? 0) * 9 / 8 + (text?.utf8.count ?? 0) * 9 / 8 + files
    }
}
