private import COpenSSL

/// Randomness fit for keys and identifiers, by OpenSSL's generator, which the kernel seeds. Safe on any thread and after a fork.
public struct SecureRandom: RandomNumberGenerator, Sendable {
    /// A generator; all draw from the same source.
    public init() {}

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        Self.bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// `count` random bytes. The corresponding C function is `RAND_bytes`.
    public static func bytes(_ count: Int) -> [UInt8] {
        outputOfC(count: count) { relance_random($0, count) }
    }
}
