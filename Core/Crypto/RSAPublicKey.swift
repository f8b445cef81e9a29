/// A key that verifies RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2): tokens signed by RS256.
public struct RSAPublicKey: Sendable {
    private let handle: PublicKeyHandle
    private let signatureLength: Int

    /// Reads PEM, or its bare base 64.
    ///
    /// - Throws: `malformed`, `unsupported`, `unsuitableSize`.
    public init(_ text: String) throws(PublicKeyError) {
        guard let der = PublicKeyText.der(text), let handle = PublicKeyHandle.open(der: der) else { throw .malformed }
        let bits = handle.rsaBitCount
        guard bits > 0 else { throw .unsupported }
        guard (2048...8192).contains(bits) else { throw .unsuitableSize }
        self.handle = handle
        signatureLength = (bits + 7) / 8
    }

    /// Whether `signature` is this key's over `message`.
    public func isValid(signature: some Collection<UInt8>, for message: some Collection<UInt8>) -> Bool {
        signature.count == signatureLength && handle.isValid(signature: signature, for: message)
    }
}
