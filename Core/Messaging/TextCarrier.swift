private import Content
public import HTTPClient
public import Providers

/// Takes SMS and WhatsApp messages to Twilio.
public struct TextCarrier: Carrier {
    private let texts: any TextProvider
    private let client: HTTPClient
    private let channel: OutgoingText.Channel
    private let sender: String
    private let statusCallback: String?

    /// - Parameters:
    ///   - sender: number or messaging service of this channel.
    ///   - statusCallback: where Twilio reports what became of a message.
    public init(
        _ texts: any TextProvider, client: HTTPClient, channel: OutgoingText.Channel, sender: String, statusCallback: String?
    ) {
        self.texts = texts
        self.client = client
        self.channel = channel
        self.sender = sender
        self.statusCallback = statusCallback
    }

    public var provider: Provider { texts.provider }

    /// Twilio knows no idempotency keys: a lost answer is never repeated (D-11).
    public var repeatableFor: Duration? { nil }

    public func prepare(_ parcel: Parcel) throws -> PreparedRequest {
        guard case .text(let text, let to) = parcel.composition else { throw CarrierError.wrongForm }
        return texts.prepare(
            OutgoingText(
                attemptID: parcel.attemptID, channel: channel, from: sender, to: to, content: .text(text.body),
                statusCallback: statusCallback))
    }

    public func carry(_ request: PreparedRequest) async -> ProviderAnswer { await texts.send(request, over: client).answer }
}
