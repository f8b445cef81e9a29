public import Queue

/// Ways to reach somebody. Each is a job kind of its own, owned by reminder-sender for the whole fleet (D-90), so that a
/// slow provider on one never holds up another.
public enum MessageChannel: String, Sendable, CaseIterable {
    /// A mail.
    case email
    /// A short message to a telephone.
    case sms
    /// A WhatsApp message.
    case whatsapp
    /// A notice in the application: no provider.
    case inApp = "in_app"

    /// Queue of all messages: what `relance pause messages` stops.
    public static let queue = "messages"

    /// The channel's job kind.
    public var kind: JobKind {
        JobKind(
            name: "message.\(rawValue)", queue: Self.queue, maxAttempts: 8,
            backoff: Backoff(base: .seconds(5), cap: .seconds(900)))
    }
}
