private import Crypto

/// The text of a caller's key (D-47): `rl_<tenant>_<random>`, or `rlp_…` for a publishable one. Only its hash is ever stored.
public struct APIKey: Sendable, Equatable {
    /// What a key is for.
    public enum Kind: String, Sendable, CaseIterable {
        /// Secret: for servers.
        case server
        /// Readable by anybody in a web page: bound to the page's origin.
        case publishable

        fileprivate var prefix: String { self == .server ? "rl_" : "rlp_" }
    }

    /// The whole key.
    public let text: String
    /// Whose it says to be; the hash proves it.
    public let tenantID: String
    /// What its prefix says.
    public let kind: Kind

    /// A new key of 192 random bits.
    public static func make(_ kind: Kind, tenantID: String) -> APIKey {
        APIKey(text: kind.prefix + tenantID + "_" + Hex.encode(SecureRandom.bytes(24)), tenantID: tenantID, kind: kind)
    }

    private init(text: String, tenantID: String, kind: Kind) {
        self.text = text
        self.tenantID = tenantID
        self.kind = kind
    }

    /// Reads a key; nil for a text that is none.
    public init?(_ text: String) {
        guard text.utf8.count <= 400, let kind = Kind.allCases.first(where: { text.hasPrefix($0.prefix) }),
            let end = text.lastIndex(of: "_")
        else { return nil }
        let start = text.index(text.startIndex, offsetBy: kind.prefix.count)
        guard start < end, text[end...].utf8.count == 49 else { return nil }
        self.init(text: text, tenantID: String(text[start..<end]), kind: kind)
    }

    /// SHA-256 in hexadecimal: 192 random bits need no slow hash.
    public var hash: String { SHA256.hex(text) }

    /// The last four characters, by which people tell keys apart.
    public var hint: String { String(text.suffix(4)) }
}
