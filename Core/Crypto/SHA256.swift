private import COpenSSL

/// SHA-256 (FIPS 180-4), by OpenSSL.
public enum SHA256 {
    /// The length of a digest in bytes.
    public static let byteCount = 32

    /// The digest of `bytes`: 32 bytes. The corresponding C function is `EVP_Digest`.
    public static func digest(_ bytes: some Collection<UInt8>) -> [UInt8] {
        withContiguousBytes(bytes) { bytes in
            outputOfC(count: byteCount) { relance_sha256(bytes.baseAddress, bytes.count, $0) }
        }
    }

    /// The digest of the UTF-8 bytes of `text`.
    public static func digest(_ text: String) -> [UInt8] {
        digest(text.utf8)
    }

    /// The digest of `bytes` in lowercase hexadecimal: 64 characters.
    public static func hex(_ bytes: some Collection<UInt8>) -> String {
        Hex.encode(digest(bytes))
    }

    /// The digest of the UTF-8 bytes of `text` in lowercase hexadecimal.
    public static func hex(_ text: String) -> String {
        hex(text.utf8)
    }
}
