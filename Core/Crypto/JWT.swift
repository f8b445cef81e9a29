public import FoundationEssentials

/// JSON Web Tokens signed by HMAC-SHA256 (RFC 7519, RFC 8725): users' sessions and LiveKit.
///
/// The algorithm is fixed here and only compared with the token's, never chosen by it.
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
        guard token.utf8.count <= maximumLength else { throw .malformed }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let head = Base64.decodeURL(parts[0]), let body = Base64.decodeURL(parts[1]),
            let code = Base64.decodeURL(parts[2])
        else { throw .malformed }
        let decoder = JSONDecoder()
        guard let header = try? decoder.decode(JWTHeader.self, from: Data(head)) else { throw .malformed }
        guard header.isSupported else { throw .unsupported }
        let signed = token.utf8.prefix(parts[0].utf8.count + 1 + parts[1].utf8.count)
        // An empty secret is a missing one, and anybody can sign with it.
        let matches = keys.filter { !$0.isEmpty }.map { ConstantTime.areEqual(HMAC.sha256(signed, key: $0), code) }
        guard matches.contains(true) else { throw .badSignature }
        guard let registered = try? decoder.decode(JWTRegisteredClaims.self, from: Data(body)) else { throw .malformed }
        try registered.check(issuer: issuer, now: now.timeIntervalSince1970, leeway: leeway)
        guard let decoded = try? decoder.decode(claims, from: Data(body)) else { throw .unexpectedClaims }
        return decoded
    }
}
