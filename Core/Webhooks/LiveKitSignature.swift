private import Crypto
private import FoundationEssentials
public import Primitives

/// LiveKit's webhooks: a token in `Authorization` that is signed under the API secret and holds the body's SHA-256.
public struct LiveKitSignature: Sendable {
    /// An API key and its secret.
    public struct Key: Sendable {
        let name: String
        let secret: Secret

        /// A pair.
        public init(name: String, secret: Secret) {
            self.name = name
            self.secret = secret
        }
    }

    private struct Claims: Decodable {
        let sha256: String
    }

    private let keys: [Key]

    /// - Parameter keys: several during a rotation; those without a secret are passed over.
    public init(_ keys: [Key]) { self.keys = keys.filter { !$0.name.isEmpty && !$0.secret.reveal().isEmpty } }

    /// Throws unless the request is genuine and in force.
    public func verify(_ request: WebhookRequest, now: Timestamp) throws(WebhookError) {
        guard !keys.isEmpty else { throw .noKey }
        guard let header = request.header("Authorization") else { throw .missingHeader }
        let token = header.hasPrefix("Bearer ") ? String(header.dropFirst(7)) : header
        let date = Date(timeIntervalSince1970: now.secondsSinceEpoch)
        var refusal = WebhookError.badSignature
        for key in keys {
            do throws(JWTError) {
                let claims = try JWT.verify(
                    token, as: Claims.self, keys: [Array(key.secret.reveal().utf8)], issuer: key.name, now: date)
                guard let hash = Base64.decode(claims.sha256), ConstantTime.areEqual(hash, SHA256.digest(request.body)) else {
                    throw .badSignature
                }
                return
            } catch {
                refusal = WebhookError(error, over: refusal)
            }
        }
        throw refusal
    }
}

extension WebhookError {
    /// What a token's refusal means; that of a key which is not the token's own says less than what is known.
    fileprivate init(_ error: JWTError, over former: WebhookError) {
        switch error {
        case .expired: self = .tooOld
        case .notYetValid: self = .fromTheFuture
        case .malformed, .unsupported, .unencodable: self = .malformedHeader
        case .badSignature, .unexpectedClaims, .wrongIssuer: self = former
        }
    }
}
