public import Content
public import HTTPClient
public import Primitives
public import Providers

/// Takes mails to a relay of the operator's own.
public struct SMTPCarrier: Carrier {
    private let smtp: SMTP
    private let client: MailClient
    private let sender: Mailbox
    private let now: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - sender: MAIL_FROM, for organisations without an address of their own.
    ///   - now: for the Date header.
    public init(
        _ smtp: SMTP, client: MailClient, sender: Mailbox, now: @escaping @Sendable () -> Timestamp = { Timestamp.now() }
    ) {
        self.smtp = smtp
        self.client = client
        self.sender = sender
        self.now = now
    }

    public var provider: Provider { .smtp }

    /// A relay does not know a mail again.
    public var repeatableFor: Duration? { nil }

    public func prepare(_ parcel: Parcel) throws -> PreparedRequest {
        guard case .mail(let mail, let own, let replyTo, let to) = parcel.composition else { throw CarrierError.wrongForm }
        let from = own ?? sender
        // Receivers look at the domain, and a mail of ours says whose it is.
        let messageID = "\(parcel.idempotencyKey)@\(from.address.split(separator: "@").last ?? "relance.invalid")"
        let file = MailFile(
            from: from, to: to, replyTo: replyTo.map { Mailbox(name: "", address: $0) }, mail: mail, messageID: messageID,
            date: now().mailDate)
        return smtp.prepare(
            sender: from.address, recipient: to.address, messageID: messageID, message: try file.bytes())
    }

    public func carry(_ request: PreparedRequest) async -> ProviderAnswer { await smtp.send(request, over: client) }
}
