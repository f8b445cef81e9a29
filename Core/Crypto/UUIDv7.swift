public import FoundationEssentials

/// Identifiers that sort by the time they were made (RFC 9562 §5.7), for delivery attempts: a B-tree of them grows at one end,
/// where random ones would touch every page.
public enum UUIDv7 {
    /// A new identifier, 36 lowercase characters: 48 bits of milliseconds, then 74 random bits.
    ///
    /// - Parameters:
    ///   - now: the instant to carry; it shows in the identifier, so give none that must stay private.
    ///   - generator: where the random bits come from.
    public static func make(at now: Date, using generator: inout some RandomNumberGenerator) -> String {
        let milliseconds = UInt64(max(0, now.timeIntervalSince1970 * 1000)) & 0xFFFF_FFFF_FFFF
        let high = milliseconds << 16 | 0x7000 | UInt64.random(in: 0...0x0FFF, using: &generator)
        let low = 0x8000_0000_0000_0000 | UInt64.random(in: 0...0x3FFF_FFFF_FFFF_FFFF, using: &generator)
        let digits = Hex.encode(high.bigEndianBytes + low.bigEndianBytes)
        var text = ""
        text.reserveCapacity(36)
        for (index, digit) in digits.enumerated() {
            if index == 8 || index == 12 || index == 16 || index == 20 { text.append("-") }
            text.append(digit)
        }
        return text
    }

    /// A new identifier from the secure generator.
    public static func make(at now: Date) -> String {
        var generator = SecureRandom()
        return make(at: now, using: &generator)
    }
}

extension UInt64 {
    fileprivate var bigEndianBytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: self >> (56 - 8 * UInt64($0))) }
    }
}
