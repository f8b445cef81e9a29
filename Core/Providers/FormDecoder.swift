/// Reads back what `FormEncoder` wrote.
enum FormDecoder {
    /// The fields by name; the first of a name counts.
    static func fields(_ form: String) -> [String: String] {
        let pairs = form.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (decode(parts[0]), parts.count > 1 ? decode(parts[1]) : "")
        }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    /// One name or value; what is no escape stays as it is.
    static func decode(_ text: Substring, plusIsSpace: Bool = true) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, let value = hex(rest.prefix(2)) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func hex(_ digits: ArraySlice<UInt8>) -> UInt8? {
        digits.reduce(UInt8?.some(0)) { value, digit in
            guard let value, let digit = Character(Unicode.Scalar(digit)).hexDigitValue else { return nil }
            return value << 4 | UInt8(digit)
        }
    }
}
