/// Text from outside made fit for a content line. libical escapes what RFC 5545 gives a meaning to; controls have no place in
/// the format at all, and a name of a megabyte has none in a calendar.
enum CalendarText {
    /// One line of at most `limit` scalars.
    static func line(_ text: String, limit: Int) -> String {
        clean(text, limit: limit, keepsLines: false)
    }

    /// Lines, separated by `\n`, of at most `limit` scalars in all.
    static func block(_ text: String, limit: Int) -> String {
        clean(text, limit: limit, keepsLines: true)
    }

    /// A web address without anything that could end its line; nil for any other scheme.
    static func webAddress(_ text: String) -> String? {
        let scheme = text.prefix(8).lowercased()
        guard scheme.hasPrefix("https://") || scheme.hasPrefix("http://"), text.utf8.count <= 2000 else { return nil }
        return text.utf8.percentEncoded { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") }
    }

    private static func clean(_ text: String, limit: Int, keepsLines: Bool) -> String {
        // Most names are plain and short; they need no copy.
        if text.utf8.count <= limit, text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
        var cleaned = String.UnicodeScalarView()
        var count = 0
        for scalar in text.unicodeScalars {
            guard count < limit else { break }
            switch scalar {
            case "\r": continue
            case "\n" where keepsLines: cleaned.append(scalar)
            case "\n", "\t", "\u{2028}", "\u{2029}": cleaned.append(" ")
            // Marks that turn the direction of writing could make one name look like another's.
            case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": continue
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}": continue
            default: cleaned.append(scalar)
            }
            count += 1
        }
        return String(cleaned)
    }
}

extension String.UTF8View {
    /// The text with every byte that `isPlain` refuses written as `%XX`.
    func percentEncoded(unless isPlain: (UInt8) -> Bool) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in self {
            if isPlain(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0x0F)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
