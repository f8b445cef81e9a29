/// The providers known here.
public enum Provider: String, Sendable, CaseIterable {
    /// Mail.
    case resend
    /// Mail.
    case sendgrid
    /// SMS and WhatsApp.
    case twilio
    /// WhatsApp.
    case greenAPI = "green_api"
    /// Mail, to a relay of the operator's own.
    case smtp
    /// No provider at all: mails become files.
    case outbox
}

/// A request as it is stored with its attempt and, where that is safe, sent again: without credentials.
public struct PreparedRequest: Sendable, Hashable {
    /// Whom it is for.
    public var provider: Provider
    /// The path under the provider's base URL, as `/emails`.
    public var endpoint: String
    /// The body's media type.
    public var contentType: String
    /// The body; its UTF-8 bytes are what is sent. It holds no NUL, so that Postgres can keep it as text.
    public var body: String
    /// The key under which the provider sends once, where it knows such keys.
    public var idempotencyKey: String?

    /// A request made anew, or read back from its row.
    public init(provider: Provider, endpoint: String, contentType: String, body: String, idempotencyKey: String? = nil) {
        self.provider = provider
        self.endpoint = endpoint
        self.contentType = contentType
        self.body = body
        self.idempotencyKey = idempotencyKey
    }
}
