private import COpenSSL

/// Keyed message authentication (RFC 2104), by OpenSSL. Compare codes with `ConstantTime.areEqual`, never with `==`.
public enum HMAC {
    /// HMAC-SHA256 of `message`: 32 bytes. The corresponding C function is `HMAC`.
    public static func sha256(_ message: some Collection<UInt8>, key: some Collection<UInt8>) -> [UInt8] {
        withContiguousBytes(key) { key in
            withContiguousBytes(message) { message in
                outputOfC(count: 32) {
                    relance_hmac_sha256(key.baseAddress, key.count, message.baseAddress, message.count, $0)
                }
            }
        }
    }

    /// HMAC-SHA256 of the UTF-8 bytes of `message` under the UTF-8 bytes of `key`.
    public static func sha256(_ message: String, key: String) -> [UInt8] {
        sha256(message.utf8, key: key.utf8)
    }

    /// HMAC-SHA1 of `message`: 20 bytes. Only for `X-Twilio-Signature`, which knows no other: HMAC does not rest on the
    /// collision resistance that SHA-1 has lost. The corresponding C function is `HMAC`.
    public static func sha1(_ message: some Collection<UInt8>, key: some Collection<UInt8>) -> [UInt8] {
        withContiguousBytes(key) { key in
            withContiguousBytes(message) { message in
                outputOfC(count: 20) {
                    relance_hmac_sha1(key.baseAddress, key.count, message.baseAddress, message.count, $0)
                }
            }
        }
    }

    /// HMAC-SHA1 of the UTF-8 bytes of `message` under the UTF-8 bytes of `key`.
    public static func sha1(_ message: String, key: String) -> [UInt8] {
        sha1(message.utf8, key: key.utf8)
    }
}
