/// Reads `application/x-www-form-urlencoded` text: queries and form bodies.
public enum FormDecoding {
    /// One name and its value, decoded.
    public struct Pair: Sendable, Equatable {
        /// The name.
        public var name: String
        /// The value; empty where none is given.
        public var value: String

        /// A pair.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The pairs in order, blank values kept.
    ///
    /// - Returns: nil when a percent sign is not followed by two hexadecimal digits, or the bytes are not UTF-8.
    public static func pairs(_ text: some Sequence<UInt8>) -> [Pair]? {
        var pairs: [Pair] = []
        for part in Array(text).split(separator: UInt8(ascii: "&")) {
            let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            guard let name = decode(part[..<equals]), let value = decode(part[equals...].dropFirst()) else { return nil }
            pairs.append(Pair(name, value))
        }
        return pairs
    }

    private static func decode(_ bytes: ArraySlice<UInt8>) -> String? {
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
        return String(validating: decoded, as: UTF8.self)
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
