public import Providers

/// One thing that a provider tells us, read out of a request or out of one element of its array.
public struct WebhookEvent: Sendable, Equatable {
    /// What it says.
    public enum Content: Sendable, Equatable {
        /// What became of a message of ours.
        case status(StatusReport)
        /// Somebody has written to us.
        case inbound(InboundMessage)
        /// Somebody came or went.
        case room(RoomEvent)
        /// An object of Stripe's has changed.
        case billing(BillingEvent)
        /// Nothing that concerns us, or nothing known here: to be acknowledged and left.
        case other
    }

    /// What is the same for every delivery of the same event, and for no other event of this provider and account; at most 200
    /// bytes of printable ASCII.
    public let key: String
    /// The provider's name for its type: printable ASCII of at most 64 bytes, for storing and counting.
    public let type: String
    /// What it says.
    public let content: Content

    /// An event; `key` and `type` as they are bounded above.
    public init(key: String, type: String, content: Content) {
        self.key = key
        self.type = type
        self.content = content
    }
}
