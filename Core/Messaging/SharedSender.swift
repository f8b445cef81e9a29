import Postgres
public import Providers
public import Queue
public import Primitives

/// A number or instance that messages come in on, perhaps for several tenants (D-43).
public struct SharedSender: Sendable, Equatable {
    /// `sms` or `whatsapp`.
    public let channel: MessageChannel
    /// Who brought the message.
    public let provider: Provider
    /// Our number in E.164, or the provider's name for the instance.
    public let sender: String

    /// A sender.
    public init(channel: MessageChannel, provider: Provider, sender: String) {
        self.channel = channel
        self.provider = provider
        self.sender = sender
    }

    private var key: [PostgresValue] { [.text(channel.rawValue), .text(provider.rawValue), .text(sender)] }

    /// Whose an inbound message is: the answer's only row names the tenant that owns the sender, or that wrote to the address
    /// last; no row means nobody. Notes when the address wrote, which opens WhatsApp's 24 hours.
    ///
    /// - Parameter address: who wrote, as `AddressBook` hashes it (hex).
    public func route(from address: String, at instant: Timestamp) -> JobQueue.Bound {
        (.routeInbound, key + [.text(address), .timestamp(instant)])
    }

    /// STOP: the address is not written to again by any tenant on the sender. One row for each tenant that had not known.
    ///
    /// - Parameters:
    ///   - address: hex.
    ///   - masked: what operators see of it.
    ///   - instant: when it was said.
    public func optOut(_ address: String, masked: String, at instant: Timestamp) -> JobQueue.Bound {
        (.optOutOfSender, key + [.text(address), .text(masked), .timestamp(instant)])
    }

    /// START: takes back what an earlier STOP did; one that comes late takes back no later STOP.
    public func optIn(_ address: String, at instant: Timestamp) -> JobQueue.Bound {
        (.optInToSender, key + [.text(address), .timestamp(instant)])
    }
}

extension SQLStatement {
    static let routeInbound = SQLStatement(embedded: PackageResources.route_inbound_sql)
    static let optOutOfSender = SQLStatement(embedded: PackageResources.opt_out_of_sender_sql)
    static let optInToSender = SQLStatement(embedded: PackageResources.opt_in_to_sender_sql)
}
