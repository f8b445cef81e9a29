/// What a message is for (D-17).
public enum MessageClass: String, Sendable, CaseIterable {
    /// About something that the reader has asked for: goes out at any hour, and cannot be unsubscribed from.
    case transactional
    /// Anything else: within hours, and each one says how to have no more.
    case marketing
}
