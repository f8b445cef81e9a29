public import FoundationEssentials

/// The keys of signed links, newest first: the first one signs, each one verifies, so that a key is rotated by putting the new
/// one in front and is dropped once the last link it signed has expired.
public struct SignedLinkKeys: Sendable {
    /// Ties a code to this use, so that one made for something else under the same secret is no link.
    private static let domain = Array("relance.link.v1\n".utf8)
    private static let minimumKeyLength = 16
    /// Longer than any link that is made here (a URL of that length is no longer clickable everywhere), so that junk is cheap.
    private static let maximumTokenLength = 2048

    private let keys: [[UInt8]]

    /// - Parameter keys: newest first.
    /// - Throws: `weakKey` when there is none, or one is shorter than 16 bytes.
    public init(newestFirst keys: [[UInt8]]) throws(SignedLinkError) {
        guard !keys.isEmpty, keys.allSatisfy({ $0.count >= Self.minimumKeyLength }) else { throw .weakKey }
        self.keys = keys
    }

    /// The token of `link`: characters that need no escaping in a URL.
    public func token(for link: SignedLink) -> String {
        let payload = link.payload
        return Base64.encodeURL(payload) + "." + Base64.encodeURL(code(of: payload, under: keys[0]))
    }

    /// The link that `token` stands for, if it is genuine, meant for `purpose` and not too late at `now`.
    public func verify(_ token: String, purpose: LinkPurpose, now: Date) throws(SignedLinkError) -> SignedLink {
        try verify(token, purposes: [purpose], now: now)
    }

    /// The link that `token` stands for, if it is genuine, meant for one of `purposes` and not too late at `now`: a page that
    /// serves several looks at the link's own purpose.
    ///
    /// The signature is judged before anything it covers, so that a forger learns only that it is bad.
    ///
    /// - Throws: `malformed`, `badSignature`, `wrongPurpose`, `expired`, in that order of judgement.
    public func verify(_ token: String, purposes: Set<LinkPurpose>, now: Date) throws(SignedLinkError) -> SignedLink {
        guard token.utf8.count <= Self.maximumTokenLength else { throw .malformed }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let payload = Base64.decodeURL(parts[0]), let code = Base64.decodeURL(parts[1]) else {
            throw .malformed
        }
        // Every key is tried, so that the time taken does not tell which one matched.
        let matches = keys.map { ConstantTime.areEqual(self.code(of: payload, under: $0), code) }
        guard matches.contains(true) else { throw .badSignature }
        guard let link = SignedLink(payload: payload) else { throw .malformed }
        guard purposes.contains(link.purpose) else { throw .wrongPurpose }
        guard now <= link.expiresAt else { throw .expired }
        return link
    }

    private func code(of payload: [UInt8], under key: [UInt8]) -> [UInt8] {
        HMAC.sha256(Self.domain + payload, key: key)
    }
}

extension SignedLinkKeys: CustomStringConvertible, CustomReflectable {
    /// How many keys there are; never the keys.
    public var description: String { "SignedLinkKeys(\(keys.count) redacted)" }

    /// Empty, so that dumping a configuration prints no key.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
