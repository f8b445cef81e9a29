private import COpenSSL

/// A public key of OpenSSL's. The corresponding C type is `EVP_PKEY`.
///
/// `@unchecked Sendable`: the pointer is set once and freed once, and OpenSSL lets any number of threads verify under one
/// `EVP_PKEY` at a time, as that changes nothing but its reference count.
final class PublicKeyHandle: @unchecked Sendable {
    private let pointer: OpaquePointer

    private init(adopting pointer: OpaquePointer) { self.pointer = pointer }

    deinit { EVP_PKEY_free(pointer) }

    /// The key of a DER SubjectPublicKeyInfo; nil for anything else, also for one with bytes behind it.
    static func open(der: [UInt8]) -> PublicKeyHandle? {
        der.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return nil }
            return relance_public_key(start, bytes.count).map { PublicKeyHandle(adopting: $0) }
        }
    }

    /// The length of an RSA modulus; 0 for other keys.
    var rsaBitCount: Int { Int(relance_rsa_bits(pointer)) }

    /// Whether `signature` is this key's over the SHA-256 of `message`. The corresponding C function is `EVP_DigestVerify`.
    func isValid(signature: some Collection<UInt8>, for message: some Collection<UInt8>) -> Bool {
        withContiguousBytes(signature) { signature in
            withContiguousBytes(message) { message in
                relance_verify_sha256(pointer, signature.baseAddress, signature.count, message.baseAddress, message.count)
            }
        }
    }
}
