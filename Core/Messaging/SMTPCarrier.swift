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
    public let account: String
    public let gate: ProviderGate

    /// - Parameters:
    ///   - sender: MAIL_FROM, for organisations without an address of their own.
    ///   - account: `default` is the environment's.
    ///   - now: for the Date header.
    public init(
        _ smtp: SMTP, client: MailClient, sender: Mailbox, account: String = "default", gate: ProviderGate = ProviderGate(),
        now: @escaping @Sendable () -> Timestamp = { Timestamp.now() }
    ) {
        self.account = account
        self.gate = gate
        self.smtp = smtp
        self.client = client
        self.sender = sender
        self.now = now
    }

    public var provider: Provider { .smtp }

    /// A relay does not know a mail again.
    public var recovery: Recovery { .impossible }

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
