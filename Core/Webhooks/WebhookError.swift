/// Why a request of a provider's is not taken for genuine, or cannot be read.
public enum WebhookError: Error, Equatable, Sendable {
    /// Nothing to verify with: no key is configured.
    case noKey
    /// A header that the signature needs is not there, or there twice.
    case missingHeader
    /// A header is not of its form.
    case malformedHeader
    /// Signed by none of the keys, or about something else.
    case badSignature
    /// Signed too long ago.
    case tooOld
    /// Signed in the future.
    case fromTheFuture
    /// Genuine, but of an account that is not ours.
    case wrongAccount
    /// Genuine perhaps, but not what this provider sends: no JSON, no form, nested without end.
    case unreadable
}

extension WebhookError: CustomStringConvertible {
    /// A bounded name for metrics.
    public var label: String {
        switch self {
        case .noKey: "no_key"
        case .missingHeader: "missing_header"
        case .malformedHeader: "malformed_header"
        case .badSignature: "bad_signature"
        case .tooOld: "too_old"
        case .fromTheFuture: "from_the_future"
        case .wrongAccount: "wrong_account"
        case .unreadable: "unreadable"
        }
    }

    /// True where our configuration, or time, can make the same request pass.
    public var isTransient: Bool { self == .noKey || self == .fromTheFuture }

    /// Safe to log.
    public var description: String { "webhook refused: \(label)" }
}
