public import Queue

/// Ways to reach somebody. Each is a job kind of its own, owned by reminder-sender for the whole fleet (D-90), so that a
/// slow provider on one never holds up another.
public enum MessageChannel: String, Sendable, CaseIterable {
    case email, sms, whatsapp
    case inApp = "in_app"

    /// Queue of all messages: what `relance pause messages` stops.
    public static let queue = "messages"

    /// The channel's job kind.
    public var kind: JobKind {
        JobKind(name: "message.\(rawValue)", queue: Self.queue, maxAttempts: 8, backoff: Backoff(base: .seconds(5), cap: .seconds(900)))
    }
}
