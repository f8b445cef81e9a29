/// `application/x-www-form-urlencoded` bytes, decoded but kept as bytes: names and values are signed by their UTF-8, and Swift's
/// own comparison would take canonically equivalent ones for the same.
struct FormBody: Sendable {
    /// More than any provider sends; whoever sends more is no provider.
    private static let mostPairs = 1000

    private let pairs: [(name: [UInt8], value: [UInt8])]

    /// Nil for a percent sign without two hexadecimal digits, bytes that are not UTF-8, or too many pairs. Blank values are kept.
    init?(_ text: [UInt8]) {
        var pairs: [(name: [UInt8], value: [UInt8])] = []
        for part in text.split(separator: UInt8(ascii: "&")) {
            let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            guard pairs.count < Self.mostPairs, let name = Self.decode(part[..<equals]),
                let value = Self.decode(part[equals...].dropFirst())
            else { return nil }
            pairs.append((name, value))
        }
        self.pairs = pairs
    }

    /// Every value under a name, in order.
    func values(_ name: String) -> [String] {
        let name = Array(name.utf8)
        return pairs.filter { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) }
    }

    /// The first value under a name; nil where there is none.
    subscript(name: String) -> String? {
        let name = Array(name.utf8)
        return pairs.first { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) }
    }

    /// Names and values by code point, each value of a name once: what Twilio signs behind the URL.
    var signedText: [UInt8] {
        let sorted = pairs.sorted {
            $0.name == $1.name ? $0.value.lexicographicallyPrecedes($1.value) : $0.name.lexicographicallyPrecedes($1.name)
        }
        var text: [UInt8] = []
        for (index, pair) in sorted.enumerated() where index == 0 || pair != sorted[index - 1] {
            text += pair.name
            text += pair.value
        }
        return text
    }

    private static func decode(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var rest = bytes
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): decoded.append(0x20)
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else {
                    return nil
                }
                decoded.append(high << 4 | low)
            default: decoded.append(byte)
            }
        }
        return String(validating: decoded, as: UTF8.self) == nil ? nil : decoded
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
