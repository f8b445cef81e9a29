public import HTTPClient
internal import Primitives

/// Mail through a relay of the operator's own. A relay knows no idempotency keys and keeps no list that could be asked: a lost answer
/// stays unknown.
public struct SMTP: Sendable {
    private let server: SMTPServer
    private let timeout: Duration

    /// A relay.
    ///
    /// - Parameter timeout: The longest that one mail may take.
    public init(_ server: SMTPServer, timeout: Duration = .seconds(15)) {
        self.server = server
        self.timeout = timeout
    }

    /// Makes the request that is stored: the envelope as its endpoint, the mail as its body.
    ///
    /// - Parameters:
    ///   - sender: the envelope's sender, where bounces go.
    ///   - messageID: as in the mail's header, without angle brackets; becomes the provider's id, as it is the one thing that the
    ///     relay's logs, its bounces and we know the mail by.
    ///   - message: the mail, its lines ended by CRLF.
    public func prepare(sender: String, recipient: String, messageID: String, message: [UInt8]) -> PreparedRequest {
        var envelope = FormEncoder()
        envelope.add("from", sender)
        envelope.add("to", recipient)
        envelope.add("id", messageID)
        return PreparedRequest(
            provider: .smtp, endpoint: envelope.text, contentType: "message/rfc822",
            body: String(decoding: message, as: UTF8.self))
    }

    /// Sends a prepared mail and reads the relay's last word.
    public func send(_ prepared: PreparedRequest, over client: MailClient) async -> ProviderAnswer {
        let envelope = FormDecoder.fields(prepared.endpoint)
        let messageID = envelope["id"] ?? ""
        do {
            let reply = try await client.send(
                MailTransfer(
                    url: server.url, encryption: server.encryption, user: server.user, password: server.password?.reveal(),
                    sender: envelope["from"] ?? "", recipient: envelope["to"] ?? "", message: Array(prepared.body.utf8),
                    timeout: timeout))
            return answer(to: .success(reply), messageID: messageID)
        } catch {
            return answer(to: .failure(error), messageID: messageID)
        }
    }
}
