/// What happens on a subscription.
public enum RedisEvent: Sendable, Equatable {
    /// Listening from here on, for the first time or again. Messages sent before are gone: whoever is woken by messages should
    /// look once for himself now.
    case subscribed
    /// Somebody published.
    case message(channel: String, payload: [UInt8])
    /// The connection is gone, for this reason; it is being made again.
    case interrupted(RedisError)
}
