private import Crypto
public import Primitives

/// `Stripe-Signature: t=…,v1=…`: HMAC-SHA256 over `t.body` under the whole secret, prefix included, within five minutes.
public struct StripeSignature: Sendable {
    private static let mostParts = 32

    private let secrets: [Secret]

    /// - Parameter secrets: `whsec_…`, several during a rotation; empty ones are passed over.
    public init(_ secrets: [Secret]) { self.secrets = secrets.filter { !$0.reveal().isEmpty } }

    /// Throws unless the request is genuine and young.
    public func verify(_ request: WebhookRequest, now: Timestamp) throws(WebhookError) {
        guard !secrets.isEmpty else { throw .noKey }
        guard let header = request.header("Stripe-Signature") else { throw .missingHeader }
        let parts = header.split(separator: ",").prefix(Self.mostParts).map { $0.split(separator: "=", maxSplits: 1) }
            .filter { $0.count == 2 }.map { (name: $0[0].drop(while: \.isWhitespace), value: $0[1]) }
        let times = parts.filter { $0.name == "t" }
        let codes = parts.filter { $0.name == "v1" }.map { String($0.value) }
        guard times.count == 1, !codes.isEmpty else { throw .malformedHeader }
        try SignatureWindow.fiveMinutes.check(times[0].value, now: now)
        let signed = Array("\(times[0].value).".utf8) + request.body
        let matches = secrets.flatMap { secret in
            let expected = Hex.encode(HMAC.sha256(signed, key: secret.reveal().utf8))
            return codes.map { ConstantTime.areEqual(expected, $0) }
        }
        guard matches.contains(true) else { throw .badSignature }
    }
}
