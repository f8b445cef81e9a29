public import FoundationEssentials

/// JSON Web Tokens signed by HMAC-SHA256 (users' sessions, LiveKit) or by RSA with SHA-256 (users' sessions of an identity
/// provider): RFC 7519, RFC 8725.
///
/// The caller's kind of key fixes the algorithm; it is only compared with the token's, never chosen by it. So a public key is
/// never taken for a shared secret.
public enum JWT {
    private static let maximumLength = 16_384

    /// The token of `claims`, keys sorted so that the same claims give the same token.
    ///
    /// - Parameters:
    ///   - claims: encodes to a JSON object; `exp`, `nbf` and `iat` are numbers of seconds since 1970.
    ///   - key: the shared secret's bytes; an empty one is a mistake of the caller.
    /// - Throws: `unencodable`.
    public static func sign(_ claims: some Encodable, key: some Collection<UInt8>) throws(JWTError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        precondition(!key.isEmpty, "A token signed with an empty secret is signed by anybody")
        guard let body = try? encoder.encode(claims), body.first == UInt8(ascii: "{") else { throw .unencodable }
        let signed = Base64.encodeURL(Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8)) + "." + Base64.encodeURL(body)
        return signed + "." + Base64.encodeURL(HMAC.sha256(signed.utf8, key: key))
    }

    /// The claims of `token`, if it is genuine and in force at `now`.
    ///
    /// - Parameters:
    ///   - keys: the secrets to accept, for rotation; empty ones are passed over.
    ///   - issuer: what `iss` must be; nil asks nothing of it.
    ///   - leeway: seconds by which clocks may differ (LiveKit allows 60).
    /// - Throws: why it is refused; the signature is judged before anything it covers but the algorithm's name.
    public static func verify<Claims: Decodable>(
        _ token: String, as claims: Claims.Type, keys: [[UInt8]], issuer: String? = nil, now: Date, leeway: TimeInterval = 60
    ) throws(JWTError) -> Claims {
        try verify(token, as: claims, algorithm: "HS256", issuer: issuer, now: now, leeway: leeway) { signed, code in
            // An empty secret is a missing one, and anybody can sign with it.
            keys.filter { !$0.isEmpty }.map { ConstantTime.areEqual(HMAC.sha256(signed, key: $0), code) }.contains(true)
        }
    }

    /// The same for a token signed by RS256 under one of `publicKeys`.
    public static func verify<Claims: Decodable>(
        _ token: String, as claims: Claims.Type, publicKeys: [RSAPublicKey], issuer: String? = nil, now: Date,
        leeway: TimeInterval = 60
    ) throws(JWTError) -> Claims {
        try verify(token, as: claims, algorithm: "RS256", issuer: issuer, now: now, leeway: leeway) { signed, code in
            publicKeys.contains { $0.isValid(signature: code, for: signed) }
        }
    }

    private static func verify<Claims: Decodable>(
        _ token: String, as claims: Claims.Type, algorithm: String, issuer: String?, now: Date, leeway: TimeInterval,
        isGenuine: (_ signed: Substring.UTF8View, _ code: [UInt8]) -> Bool
    ) throws(JWTError) -> Claims {
        guard token.utf8.count <= maximumLength else { throw .malformed }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let head = Base64.decodeURL(parts[0]), let body = Base64.decodeURL(parts[1]),
            let code = Base64.decodeURL(parts[2])
        else { throw .malformed }
        let decoder = JSONDecoder()
        guard let header = try? decoder.decode(JWTHeader.self, from: Data(head)) else { throw .malformed }
        guard header.isSigned(by: algorithm) else { throw .unsupported }
        let signed = token[...].utf8.prefix(parts[0].utf8.count + 1 + parts[1].utf8.count)
        guard isGenuine(signed, code) else { throw .badSignature }
        guard let registered = try? decoder.decode(JWTRegisteredClaims.self, from: Data(body)) else { throw .malformed }
        try registered.check(issuer: issuer, now: now.timeIntervalSince1970, leeway: leeway)
        guard let decoded = try? decoder.decode(claims, from: Data(body)) else { throw .unexpectedClaims }
        return decoded
    }
}
