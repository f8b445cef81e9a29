/// Public keys as people paste them: PEM, or the base 64 of its inside alone.
enum PublicKeyText {
    /// Room for 16 384 bits of RSA and line breaks.
    private static let maximumLength = 8192

    /// The DER in `text`; nil for anything but one key and white space around it.
    static func der(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= maximumLength else { return nil }
        var body = Substring(text)
        trim(&body)
        if body.hasPrefix("-----") {
            guard body.hasPrefix(begin), body.hasSuffix(end), body.utf8.count >= begin.utf8.count + end.utf8.count else {
                return nil
            }
            body = body.dropFirst(begin.count).dropLast(end.count)
        }
        return Base64.decode(body.filter { !$0.isWhitespace })
    }

    private static let begin = "-----BEGIN PUBLIC KEY-----"
    private static let end = "-----END PUBLIC KEY-----"

    private static func trim(_ text: inout Substring) {
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
    }
}

/// A text is no public key of the kind that is needed.
public enum PublicKeyError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Neither PEM (`BEGIN PUBLIC KEY`) nor base 64 of a DER SubjectPublicKeyInfo.
    case malformed
    /// A key, but of another kind or curve.
    case unsupported
    /// RSA of fewer than 2048 bits (RFC 7518 §3.3), or of so many that each check would be an attack.
    case unsuitableSize

    /// A bounded name for metrics.
    public var label: String {
        switch self {
        case .malformed: "malformed_key"
        case .unsupported: "unsupported_key"
        case .unsuitableSize: "unsuitable_key_size"
        }
    }

    /// Never: the same text gives the same answer.
    public var isTransient: Bool { false }

    /// Safe to log.
    public var description: String {
        switch self {
        case .malformed: "not a public key in PEM (BEGIN PUBLIC KEY) or base 64"
        case .unsupported: "a public key of another kind than the one needed here"
        case .unsuitableSize: "an RSA key must have from 2048 to 8192 bits"
        }
    }
}
