public import Crypto
public import Primitives

/// SendGrid's signed webhooks, events and inbound mail: ECDSA P-256 over the timestamp and the raw body.
public struct SendGridSignature: Sendable {
    private let keys: [ECDSAPublicKey]

    /// - Parameter keys: several during a rotation.
    public init(_ keys: [ECDSAPublicKey]) { self.keys = keys }

    /// Throws unless the request is genuine and not older than SendGrid's repetitions.
    public func verify(_ request: WebhookRequest, now: Timestamp) throws(WebhookError) {
        guard !keys.isEmpty else { throw .noKey }
        guard let header = request.header("X-Twilio-Email-Event-Webhook-Signature"),
            let timestamp = request.header("X-Twilio-Email-Event-Webhook-Timestamp")
        else { throw .missingHeader }
        guard let signature = Base64.decode(header) else { throw .malformedHeader }
        try SignatureWindow.oneDay.check(timestamp, now: now)
        let signed = Array(timestamp.utf8) + request.body
        guard keys.contains(where: { $0.isValid(signature: signature, for: signed) }) else { throw .badSignature }
    }
}
