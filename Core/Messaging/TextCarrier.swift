private import Content
public import HTTPClient
public import Providers

/// Takes SMS and WhatsApp messages to Twilio, and WhatsApp messages to Green API.
public struct TextCarrier: Carrier {
    private let texts: any TextProvider
    private let client: HTTPClient
    private let channel: OutgoingText.Channel
    private let sender: String
    private let statusCallback: String?
    public let account: String
    public let gate: ProviderGate

    /// - Parameters:
    ///   - sender: number or messaging service of this channel.
    ///   - statusCallback: where Twilio reports what became of a message.
    ///   - account: `default` is the environment's.
    ///   - gate: of the account; its channels share one.
    public init(
        _ texts: any TextProvider, client: HTTPClient, channel: OutgoingText.Channel, sender: String, statusCallback: String?,
        account: String = "default", gate: ProviderGate = ProviderGate()
    ) {
        self.account = account
        self.gate = gate
        self.texts = texts
        self.client = client
        self.channel = channel
        self.sender = sender
        self.statusCallback = statusCallback
    }

    public var provider: Provider { texts.provider }

    /// They know no idempotency keys: a lost answer is never repeated, but looked up (D-11).
    public var recovery: Recovery { .lookedUp(after: texts.lookUpDelay) }

    /// WhatsApp's rule, which Twilio enforces (63016); Green API drives a telephone, which knows none.
    public var needsTemplates: Bool { channel == .whatsapp && provider == .twilio }

    public func prepare(_ parcel: Parcel) throws -> PreparedRequest {
        guard case .text(let text, let to) = parcel.composition else { throw CarrierError.wrongForm }
        let content = parcel.contentSID.map { sid in
            OutgoingText.Content.template(
                contentSID: sid,
                variables: Dictionary(uniqueKeysWithValues: text.variables.enumerated().map { (String($0 + 1), $1) }))
        }
        return texts.prepare(
            OutgoingText(
                attemptID: parcel.attemptID, channel: channel, from: sender, to: to, content: content ?? .text(text.body),
                statusCallback: statusCallback))
    }

    public func carry(_ request: PreparedRequest) async -> ProviderAnswer {
        let (answer, hint) = await texts.send(request, over: client)
        gate.heed(hint)
        return answer
    }

    public func lookUp(_ lost: LostRequest) async -> LookUpAnswer {
        await texts.lookUp(lost, over: client)
    }
}
