private import Primitives

/// Channels to listen to, for wake-up hints. Hints are lost while Redis is away, so they may hasten work, never cause it.
public struct RedisSubscription: Sendable {
    private let configuration: RedisConfiguration
    private let channels: [String]
    private let pingInterval: Duration

    /// Remembers what to listen to; nothing happens before ``events()``.
    /// - Parameters:
    ///   - channels: Their names; at least one.
    ///   - configuration: Where Redis is.
    ///   - pingInterval: After this long without a message Redis is asked for a sign of life, for a connection may die silently.
    public init(to channels: [String], on configuration: RedisConfiguration, pingInterval: Duration = .seconds(10)) {
        precondition(!channels.isEmpty, "a subscription names a channel")
        self.channels = channels
        self.configuration = configuration
        self.pingInterval = pingInterval
    }

    /// Listens on a connection and a plain thread of its own, and connects again by itself, for as long as somebody reads.
    ///
    /// The stream ends with the reading task's cancellation or with the stream itself; the thread and the connection end at once
    /// then, or after the connect time-out if they are just connecting. A reader that falls behind misses the oldest events.
    /// - Returns: The events, without end.
    public func events() -> AsyncStream<RedisEvent> {
        AsyncStream(bufferingPolicy: .bufferingNewest(256)) { continuation in
            let stop = Wakeup()
            continuation.onTermination = { _ in stop.ring() }
            PlainThread.start {
                SubscriptionLoop(
                    connector: RedisConnector(configuration: configuration), channels: channels, pingInterval: pingInterval,
                    patience: configuration.commandTimeout, stop: stop
                ) { continuation.yield($0) }
                .run()
            }
        }
    }
}
