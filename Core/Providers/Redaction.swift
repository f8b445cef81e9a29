/// Makes a provider's words fit to store and log: they quote what we sent (I8).
enum Redaction {
    /// At most 200 characters, on one line, without what may be an address, a number, a key or quoted data.
    static func message(_ text: String) -> String {
        let words = withoutQuotations(text).split { $0.isWhitespace || $0.isNewline }.map { word in
            if word.contains("@") { return "[address]" }
            if word.lazy.filter(\.isNumber).count >= 5 { return "[number]" }
            return word.count > 40
                ? "[long]" : String(word.filter { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } })
        }
        return String(words.joined(separator: " ").prefix(200))
    }

    /// A provider's name for an error, where it looks like one; it goes into metrics.
    static func label(_ text: String) -> String? {
        let isLabel =
            (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") }
        return isLabel ? text : nil
    }

    /// Replaces what stands in double quotes or back quotes, unless it is the plain name of a field.
    private static func withoutQuotations(_ text: String) -> String {
        var result = ""
        var rest = Substring(text)
        while let open = rest.firstIndex(where: { $0 == "\"" || $0 == "`" }) {
            result += rest[..<open]
            let inner = rest[rest.index(after: open)...]
            guard let close = inner.firstIndex(of: rest[open]) else { return result + "[quoted]" }
            let quoted = inner[..<close]
            let isName = quoted.utf8.allSatisfy {
                (0x61...0x7A).contains($0 | 0x20) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
            }
            result += isName ? String(quoted) : "[quoted]"
            rest = inner[inner.index(after: close)...]
        }
        return result + rest
    }
}
