private import COpenSSL

/// Comparisons whose duration says nothing about where two values differ.
public enum ConstantTime {
    /// Whether `lhs` and `rhs` hold the same bytes. Only a difference of length shows in the time taken; the lengths of
    /// codes are public. The corresponding C function is `CRYPTO_memcmp`.
    public static func areEqual(_ lhs: some Collection<UInt8>, _ rhs: some Collection<UInt8>) -> Bool {
        withContiguousBytes(lhs) { lhs in
            withContiguousBytes(rhs) { rhs in
                guard lhs.count == rhs.count else { return false }
                guard let left = lhs.baseAddress, let right = rhs.baseAddress else { return true }
                return CRYPTO_memcmp(left, right, lhs.count) == 0
            }
        }
    }

    /// Whether two texts hold the same UTF-8 bytes; canonically equivalent spellings differ.
    public static func areEqual(_ lhs: String, _ rhs: String) -> Bool {
        areEqual(lhs.utf8, rhs.utf8)
    }
}
