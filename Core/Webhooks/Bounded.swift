internal import Primitives

/// Makes what others wrote fit to store: bounded, and without the NUL that Postgres' text does not take.
enum Bounded {
    /// At most so many Unicode scalars (a character can have any number of them).
    static func text(_ text: String, _ most: Int) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.lazy.filter({ $0.value != 0 }).prefix(most) { result.append(scalar) }
        return String(result)
    }

    /// The same on one line and not blank; nil otherwise. For names and addresses.
    static func line(_ text: String?, _ most: Int = 320) -> String? {
        guard let text else { return nil }
        var scalars = Substring.UnicodeScalarView(text.unicodeScalars.prefix(4 * most))
        scalars.removeAll {
            switch $0.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: true
            default: false
            }
        }
        while scalars.first?.properties.isWhitespace == true { scalars.removeFirst() }
        let line = String(scalars.prefix(most))
        return line.isEmpty ? nil : line
    }

    /// A word of printable ASCII; nil for anything else. For names of types and keys.
    static func word(_ text: String?, _ most: Int = 128) -> String? {
        guard let text, (1...most).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        return text
    }

    /// An id of letters, digits, dots, hyphens and underscores; nil for anything else: it is no address.
    static func id(_ text: String?, _ most: Int = 128) -> String? {
        guard let text, (1...most).contains(text.utf8.count) else { return nil }
        let isPlain = text.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
                || $0 == UInt8(ascii: ".")
        }
        return isPlain ? text : nil
    }

    /// The id of an attempt of ours, as we had given it away; nil for anything else.
    static func attempt(_ text: String?) -> String? { id(text, 64) }

    /// Words as part of a code: lower case, everything else an underscore.
    static func code(_ text: String?) -> String? {
        guard let text, (1...64).contains(text.utf8.count) else { return nil }
        let bytes = text.utf8.map { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) ? $0 : UInt8(ascii: "_") }
        return String(decoding: bytes, as: UTF8.self).lowercased()
    }

    /// Seconds since 1970 within the calendar; `otherwise` for anything else.
    static func seconds(_ number: Int64?, otherwise: Timestamp) -> Double {
        guard let number, (0...253_402_300_799).contains(number) else { return otherwise.secondsSinceEpoch }
        return Double(number)
    }

    /// The reply codes that a mail server's words begin with, as `550 5.1.1`: the words themselves quote addresses.
    static func replyCodes(_ text: String?) -> String? {
        guard let text else { return nil }
        let words = text.prefix(64).split { $0 == " " || $0 == "-" || $0 == ";" }.prefix(4)
        let reply = words.first { $0.utf8.count == 3 && "245".contains($0.first ?? " ") && $0.utf8.allSatisfy(isDigit) }
        let enhanced = words.first { word in
            let parts = word.split(separator: ".", omittingEmptySubsequences: false)
            return parts.count == 3 && parts.allSatisfy { (1...3).contains($0.utf8.count) && $0.utf8.allSatisfy(isDigit) }
        }
        let codes = [reply, enhanced].compactMap { $0 }
        return codes.isEmpty ? nil : codes.joined(separator: " ")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
