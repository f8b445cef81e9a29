private import Providers

/// The carriers of each channel, in order of preference: a tenant's own accounts, else those of the environment.
public struct Carriers: Sendable {
    private let shared: [MessageChannel: [any Carrier]]
    /// Accounts of tenants; nil where there is no table to read them from.
    let accounts: ProviderAccounts?

    /// The carriers of each channel; a channel without any skips its messages.
    public init(_ byChannel: [MessageChannel: [any Carrier]], accounts: ProviderAccounts? = nil) {
        shared = byChannel
        self.accounts = accounts
    }

    /// A tenant's carriers of a channel.
    func all(_ channel: MessageChannel, of tenant: String) -> [any Carrier] {
        accounts?.carriers(channel, of: tenant) ?? shared[channel] ?? []
    }

    /// How many a tenant's channel has.
    func count(_ channel: MessageChannel, of tenant: String) -> Int { all(channel, of: tenant).count }

    /// The carriers for an attempt, in the order to ask them: each definite refusal raises the generation and so turns to the
    /// next one (K-24).
    func candidates(_ channel: MessageChannel, of tenant: String, generation: Int) -> [any Carrier] {
        let carriers = all(channel, of: tenant)
        guard carriers.count > 1 else { return carriers }
        let first = generation % carriers.count
        return Array(carriers[first...] + carriers[..<first])
    }

    /// The carrier that made an earlier attempt.
    func named(_ name: String, account: String, _ channel: MessageChannel, of tenant: String) -> (any Carrier)? {
        (all(channel, of: tenant) + (shared[channel] ?? [])).first { $0.provider.rawValue == name && $0.account == account }
    }
}
