/// Why a signed link is refused. None says anything about the link's holder.
public enum SignedLinkError: Error, Equatable, Sendable {
    /// Not a token, or one of a version unknown here.
    case malformed
    /// Signed by none of the keys: forged, altered, or older than the rotation.
    case badSignature
    /// Genuine, for another purpose.
    case wrongPurpose
    /// Genuine, too late.
    case expired
    /// A key is shorter than 16 bytes, or there is none.
    case weakKey
}

extension SignedLinkError: CustomStringConvertible {
    /// A bounded name for metrics.
    public var label: String {
        switch self {
        case .malformed: "malformed"
        case .badSignature: "bad_signature"
        case .wrongPurpose: "wrong_purpose"
        case .expired: "expired"
        case .weakKey: "weak_key"
        }
    }

    /// Never: the same token gives the same answer.
    public var isTransient: Bool { false }

    /// Safe to log.
    public var description: String {
        switch self {
        case .malformed: "the link is not one of ours"
        case .badSignature: "the link's signature matches none of the keys"
        case .wrongPurpose: "the link was made for another purpose"
        case .expired: "the link has expired"
        case .weakKey: "a link signing key is missing or shorter than 16 bytes"
        }
    }
}
