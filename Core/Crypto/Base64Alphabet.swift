/// One of the alphabets of base 64: 62 letters and digits that both share, and the last two.
struct Base64Alphabet: Sendable {
    static let standard = Base64Alphabet(last: "+/")
    static let url = Base64Alphabet(last: "-_")

    private static let padding: UInt8 = 0x3D
    private static let unknown: UInt8 = 0xFF

    private let characters: [UInt8]
    /// The value of each of the 256 bytes, `unknown` for those outside the alphabet.
    private let values: [UInt8]

    private init(last: String) {
        let characters = Array(("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + last).utf8)
        var values = [UInt8](repeating: Self.unknown, count: 256)
        for (value, character) in characters.enumerated() {
            values[Int(character)] = UInt8(value)
        }
        self.characters = characters
        self.values = values
    }

    func encode(_ bytes: some Collection<UInt8>, isPadded: Bool) -> String {
        String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { buffer in
            var count = 0
            var bits: UInt32 = 0
            var bitCount: UInt32 = 0
            for byte in bytes {
                bits = bits << 8 | UInt32(byte)
                bitCount += 8
                while bitCount >= 6 {
                    bitCount -= 6
                    buffer[count] = characters[Int(bits >> bitCount & 0x3F)]
                    count += 1
                }
            }
            if bitCount > 0 {
                buffer[count] = characters[Int(bits << (6 - bitCount) & 0x3F)]
                count += 1
            }
            while isPadded && !count.isMultiple(of: 4) {
                buffer[count] = Self.padding
                count += 1
            }
            return count
        }
    }

    /// Nil for a character outside the alphabet, a length that no value has, wrong padding, or spare bits that are not zero.
    func decode(_ text: some StringProtocol) -> [UInt8]? {
        let length = text.utf8.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(length / 4 * 3 + 2)
        var bits: UInt32 = 0
        var bitCount: UInt32 = 0
        var digitCount = 0
        for character in text.utf8 {
            let value = values[Int(character)]
            if value == Self.unknown {
                // Padding may only be what is left of a whole number of groups; anything else is foreign.
                let rest = length - digitCount
                guard character == Self.padding, rest <= 2, length.isMultiple(of: 4),
                    text.utf8.suffix(rest).allSatisfy({ $0 == Self.padding })
                else { return nil }
                break
            }
            digitCount += 1
            bits = (bits << 6 | UInt32(value)) & 0xFFFF
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> bitCount))
            }
        }
        let spare = bits & (1 << bitCount - 1)
        return bitCount < 6 && spare == 0 ? bytes : nil
    }
}
