public import Content
public import HTTPClient
public import Providers

/// Takes mails to Resend or SendGrid.
public struct MailCarrier: Carrier {
    private let mail: any EmailProvider
    private let client: HTTPClient
    private let sender: Mailbox
    public let account: String
    public let gate: ProviderGate

    /// - Parameters:
    ///   - sender: MAIL_FROM, for organisations without an address of their own.
    ///   - account: `default` is the environment's.
    public init(
        _ mail: any EmailProvider, client: HTTPClient, sender: Mailbox, account: String = "default",
        gate: ProviderGate = ProviderGate()
    ) {
        self.mail = mail
        self.client = client
        self.sender = sender
        self.account = account
        self.gate = gate
    }

    public var provider: Provider { mail.provider }

    /// Resend keeps a key for 24 hours; an hour is left for clocks and queues. SendGrid knows no keys, but its first event comes
    /// within minutes and names the attempt (D-11).
    public var recovery: Recovery {
        provider == .resend ? .repeated(within: .seconds(23 * 3600)) : .reported(within: .seconds(15 * 60))
    }

    public func prepare(_ parcel: Parcel) throws -> PreparedRequest {
        guard case .mail(let content, let own, let replyTo, let to) = parcel.composition else { throw CarrierError.wrongForm }
        let from = own ?? sender
        return mail.prepare(
            OutgoingEmail(
                attemptID: parcel.attemptID, idempotencyKey: parcel.idempotencyKey,
                from: OutgoingEmail.Address(from.address, name: from.name.isEmpty ? nil : from.name),
                to: OutgoingEmail.Address(to.address, name: to.name.isEmpty ? nil : to.name), subject: content.subject,
                html: content.html, text: content.text, replyTo: replyTo.map { OutgoingEmail.Address($0) },
                headers: content.headers.map { OutgoingEmail.Pair($0.name, $0.value) },
                tags: [
                    OutgoingEmail.Pair("delivery", String(parcel.deliveryID)), OutgoingEmail.Pair("attempt", parcel.attemptID),
                ],
                attachments: content.attachments.map {
                    OutgoingEmail.Attachment(filename: $0.filename, contentType: $0.contentType, content: $0.bytes)
                }))
    }

    public func carry(_ request: PreparedRequest) async -> ProviderAnswer {
        let (answer, hint) = await mail.send(request, over: client)
        gate.heed(hint)
        return answer
    }
}

/// A parcel that its carrier cannot take: a defect of ours.
enum CarrierError: Error { case wrongForm }
