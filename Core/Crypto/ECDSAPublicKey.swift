/// A key that verifies ECDSA over the curve P-256 with SHA-256 (FIPS 186-5): SendGrid's event webhook.
public struct ECDSAPublicKey: Sendable {
    /// What every SubjectPublicKeyInfo of an uncompressed P-256 point begins with (RFC 5480): named curve, no parameters of
    /// somebody's own.
    private static let prefix: [UInt8] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D,
        0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
    ]
    /// Two integers of at most 33 bytes, each with a head of two, in a sequence.
    private static let longestSignature = 72

    private let handle: PublicKeyHandle

    /// Reads PEM, or the bare base 64 that SendGrid shows.
    ///
    /// - Throws: `malformed`, `unsupported`.
    public init(_ text: String) throws(PublicKeyError) {
        guard let der = PublicKeyText.der(text) else { throw .malformed }
        guard der.starts(with: Self.prefix) else { throw PublicKeyHandle.open(der: der) == nil ? .malformed : .unsupported }
        // Parsing refuses a point that is not on the curve.
        guard let handle = PublicKeyHandle.open(der: der) else { throw .malformed }
        self.handle = handle
    }

    /// Whether `signature`, in DER, is this key's over `message`. There is nothing secret here that the time taken could tell.
    public func isValid(signature: some Collection<UInt8>, for message: some Collection<UInt8>) -> Bool {
        signature.count <= Self.longestSignature && handle.isValid(signature: signature, for: message)
    }
}
