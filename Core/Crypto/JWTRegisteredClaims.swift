/// The claims that decide whether a token is in force (RFC 7519 §4.1).
struct JWTRegisteredClaims: Decodable {
    private let exp: Double?
    private let nbf: Double?
    private let iss: String?

    /// A token that never expires is refused: a stolen one would be good for ever.
    func check(issuer: String?, now: Double, leeway: Double) throws(JWTError) {
        guard let exp, now < exp + leeway else { throw .expired }
        if let nbf, now < nbf - leeway { throw .notYetValid }
        if let issuer, iss != issuer { throw .wrongIssuer }
    }
}
