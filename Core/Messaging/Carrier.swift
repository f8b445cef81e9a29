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
    /// The approved template that stands in for free text outside WhatsApp's 24 hours (`HX…`); nil sends the text.
    public let contentSID: String?
}

/// Takes messages of one channel to one account at one provider.
public protocol Carrier: Sendable {
    /// The provider, as the ledger names it.
    var provider: Provider { get }

    /// The account at the provider; `default` is the environment's.
    var account: String { get }

    /// The account's rate and health, shared by all carriers that use it.
    var gate: ProviderGate { get }

    /// What may be done about a request whose answer was lost.
    var recovery: Recovery { get }

    /// Whether free text needs an open conversation, else an approved template (D-14).
    var needsTemplates: Bool { get }

    /// Puts a parcel into the form that is stored and sent.
    func prepare(_ parcel: Parcel) throws -> PreparedRequest

    /// Sends the request and waits for the answer.
    func carry(_ request: PreparedRequest) async -> ProviderAnswer

    /// Asks whether a request whose answer was lost had arrived. Asked only where `recovery` is `lookedUp`.
    func lookUp(_ lost: LostRequest) async -> LookUpAnswer
}

extension Carrier {
    /// The environment's account.
    public var account: String { "default" }

    /// No provider but Twilio's WhatsApp asks for them.
    public var needsTemplates: Bool { false }

    /// Nothing to ask.
    public func lookUp(_ lost: LostRequest) async -> LookUpAnswer { .notFound }
}

/// What may be done about a request whose answer was lost (D-11).
public enum Recovery: Sendable, Equatable {
    /// Sent again with the same bytes and key, so long after the first use: the provider, or we, recognise the repetition.
    case repeated(within: Duration)
    /// Looked up, three times at most and not before its records can show it; no match is no proof.
    case lookedUp(after: Duration)
    /// The provider's event names the attempt: waited for, so long.
    case reported(within: Duration)
    /// Nothing: an operator decides.
    case impossible
}
