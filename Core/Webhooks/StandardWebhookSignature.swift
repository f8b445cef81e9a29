private import Crypto
public import Primitives

/// Standard Webhooks as Svix sends them (Resend): HMAC-SHA256 over `id.timestamp.body`, within five minutes.
public struct StandardWebhookSignature: Sendable {
    private static let mostSignatures = 32

    private let keys: [Secret]

    /// - Parameter secrets: as the provider shows them, `whsec_` and base 64; several during a rotation. Nil when one is malformed.
    public init?(_ secrets: [Secret]) {
        guard secrets.allSatisfy({ Self.key($0) != nil }) else { return nil }
        keys = secrets
    }

    /// Throws unless the request is genuine and young.
    public func verify(_ request: WebhookRequest, now: Timestamp) throws(WebhookError) {
        guard !keys.isEmpty else { throw .noKey }
        guard let id = request.standardHeader("id"), let timestamp = request.standardHeader("timestamp"),
            let header = request.standardHeader("signature")
        else { throw .missingHeader }
        try SignatureWindow.fiveMinutes.check(timestamp, now: now)
        let codes = header.split(separator: " ").prefix(Self.mostSignatures).filter { $0.hasPrefix("v1,") }
            .compactMap { Base64.decode(String($0.dropFirst(3))) }
        guard !codes.isEmpty else { throw .malformedHeader }
        let signed = Array("\(id).\(timestamp).".utf8) + request.body
        let matches = keys.compactMap(Self.key).flatMap { key in
            let expected = HMAC.sha256(signed, key: key)
            return codes.map { ConstantTime.areEqual(expected, $0) }
        }
        guard matches.contains(true) else { throw .badSignature }
    }

    private static func key(_ secret: Secret) -> [UInt8]? {
        let text = secret.reveal()
        let key = Base64.decode(text.hasPrefix("whsec_") ? String(text.dropFirst(6)) : text)
        // A key of a few bytes can be guessed from one message.
        return key.flatMap { $0.count >= 16 ? $0 : nil }
    }
}

extension WebhookRequest {
    /// `svix-…`, or the `webhook-…` of the standard.
    func standardHeader(_ name: String) -> String? { header("svix-\(name)") ?? header("webhook-\(name)") }
}
