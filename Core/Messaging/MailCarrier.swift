public import Content
public import HTTPClient
public import Providers

/// Takes mails to Resend or SendGrid.
public struct MailCarrier: Carrier {
    private let mail: any EmailProvider
    private let client: HTTPClient
    private let sender: Mailbox

    /// - Parameter sender: MAIL_FROM, for organisations without an address of their own.
    public init(_ mail: any EmailProvider, client: HTTPClient, sender: Mailbox) {
        self.mail = mail
        self.client = client
        self.sender = sender
    }

    public var provider: Provider { mail.provider }

    /// Resend keeps a key for 24 hours; an hour is left for clocks and queues (D-11). SendGrid knows no keys.
    public var repeatableFor: Duration? { provider == .resend ? .seconds(23 * 3600) : nil }

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
                tags: [OutgoingEmail.Pair("delivery", String(parcel.deliveryID))],
                attachments: content.attachments.map {
                    OutgoingEmail.Attachment(filename: $0.filename, contentType: $0.contentType, content: $0.bytes)
                }))
    }

    public func carry(_ request: PreparedRequest) async -> ProviderAnswer { await mail.send(request, over: client).answer }
}

/// A parcel that its carrier cannot take: a defect of ours.
enum CarrierError: Error { case wrongForm }
