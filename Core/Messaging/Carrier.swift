public import Providers

/// What is handed to a carrier.
public struct Parcel: Sendable {
    /// What is to be said, and to whom.
    public let composition: Composition
    /// Whose message it is.
    public let tenantID: String
    /// The ledger row.
    public let deliveryID: Int64
    /// Identifies this attempt in the provider's callbacks.
    public let attemptID: String
    /// hash(tenant, dedupe key, generation): the same for every repetition of this attempt, never for another.
    public let idempotencyKey: String
}

/// Takes messages of one channel to one provider.
public protocol Carrier: Sendable {
    /// The provider, as the ledger names it.
    var provider: Provider { get }

    /// Whether a request whose answer was lost may be sent again: the provider, or we, recognise the repetition.
    /// Nil means never; otherwise the longest time after the first use.
    var repeatableFor: Duration? { get }

    /// Puts a parcel into the form that is stored and sent.
    func prepare(_ parcel: Parcel) throws -> PreparedRequest

    /// Sends the request and waits for the answer.
    func carry(_ request: PreparedRequest) async -> ProviderAnswer
}

/// The carriers of each channel, in order of preference.
public struct Carriers: Sendable {
    private let byChannel: [MessageChannel: [any Carrier]]

    /// The carriers of each channel; a channel without any skips its messages.
    public init(_ byChannel: [MessageChannel: [any Carrier]]) { self.byChannel = byChannel }

    /// How many a channel has.
    func count(_ channel: MessageChannel) -> Int { byChannel[channel]?.count ?? 0 }

    /// The carrier for an attempt: each definite refusal raises the generation and so turns to the next one (K-24).
    func carrier(_ channel: MessageChannel, generation: Int) -> (any Carrier)? {
        guard let carriers = byChannel[channel], !carriers.isEmpty else { return nil }
        return carriers[generation % carriers.count]
    }

    /// The carrier that made an earlier attempt.
    func named(_ name: String, _ channel: MessageChannel) -> (any Carrier)? {
        (byChannel[channel] ?? []).first { $0.provider.rawValue == name }
    }
}
