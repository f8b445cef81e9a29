/// Base 64 in its two alphabets (RFC 4648 §4 and §5).
///
/// Decoding is strict: one text per value. Foundation's and OpenSSL's decoders let spare bits and blanks through, so that one
/// signed token would have many spellings.
public enum Base64 {
    /// `bytes` in the standard alphabet, padded.
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        Base64Alphabet.standard.encode(bytes, isPadded: true)
    }

    /// The bytes that `text` stands for; nil when it is not exactly what `encode` would write, padding aside: secrets of
    /// Standard Webhooks come without.
    public static func decode(_ text: String) -> [UInt8]? {
        Base64Alphabet.standard.decode(text)
    }

    /// `bytes` in the alphabet for URLs, without padding.
    public static func encodeURL(_ bytes: some Collection<UInt8>) -> String {
        Base64Alphabet.url.encode(bytes, isPadded: false)
    }

    /// The bytes that `text` stands for in the alphabet for URLs; nil when it is not exactly what `encodeURL` would write.
    public static func decodeURL(_ text: some StringProtocol) -> [UInt8]? {
        text.utf8.contains(0x3D) ? nil : Base64Alphabet.url.decode(text)
    }
}
