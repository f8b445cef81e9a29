/// Why a JSON Web Token is refused, or could not be made.
public enum JWTError: Error, Equatable, Sendable {
    /// Not three parts of base 64, or not JSON inside.
    case malformed
    /// Signed by another algorithm than the one asked for (`none` among them), or with extensions that must be understood.
    case unsupported
    /// Signed by none of the keys.
    case badSignature
    /// No `exp`, or one in the past.
    case expired
    /// `nbf` lies ahead.
    case notYetValid
    /// Issued by someone else than expected.
    case wrongIssuer
    /// Genuine, but the claims are not what the caller asked for.
    case unexpectedClaims
    /// The claims to sign are no JSON object.
    case unencodable
}

extension JWTError: CustomStringConvertible {
    /// A bounded name for metrics.
    public var label: String {
        switch self {
        case .malformed: "malformed"
        case .unsupported: "unsupported"
        case .badSignature: "bad_signature"
        case .expired: "expired"
        case .notYetValid: "not_yet_valid"
        case .wrongIssuer: "wrong_issuer"
        case .unexpectedClaims: "unexpected_claims"
        case .unencodable: "unencodable"
        }
    }

    /// Never: the same token gives the same answer, but for `notYetValid`, which waiting cures.
    public var isTransient: Bool { self == .notYetValid }

    /// Safe to log.
    public var description: String {
        switch self {
        case .malformed: "the token is not a JSON Web Token"
        case .unsupported: "the token is not signed by the algorithm expected here, or has extensions unknown here"
        case .badSignature: "the token's signature matches none of the keys"
        case .expired: "the token has expired, or never does"
        case .notYetValid: "the token is not valid yet"
        case .wrongIssuer: "the token was issued by someone else"
        case .unexpectedClaims: "the token lacks a claim that is needed here"
        case .unencodable: "the claims are no JSON object"
        }
    }
}
