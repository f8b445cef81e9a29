/// Text from outside made fit to be shown: one line, bounded, without characters that are not seen.
///
/// Escaping is the template's business; this takes away what no escaping helps against: line breaks in a header, marks that turn
/// the direction of writing, a name of ten thousand characters.
enum CleanText {
    /// One line of at most `limit` scalars; "…" shows where it was cut. Scalars and not characters, because one character may
    /// carry any number of accents.
    static func line(_ text: String, limit: Int) -> String {
        // Most names are plain and short; they need no copy.
        if text.utf8.count <= limit, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) { return text }
        var scalars = String.UnicodeScalarView()
        var count = 0
        var isBlankPending = false
        for scalar in text.unicodeScalars {
            if isBlank(scalar) {
                isBlankPending = count > 0
                continue
            }
            if isUnseen(scalar) { continue }
            if count + (isBlankPending ? 1 : 0) >= limit {
                return String(scalars) + "…"
            }
            if isBlankPending {
                scalars.append(" ")
                count += 1
                isBlankPending = false
            }
            scalars.append(scalar)
            count += 1
        }
        return String(scalars)
    }

    /// The same, nil when nothing is left.
    static func line(_ text: String?, limit: Int) -> String? {
        let line = line(text ?? "", limit: limit)
        return line.isEmpty ? nil : line
    }

    /// A web address that can stand in a text, a message and an attribute as it is; nil for another scheme, and for one with
    /// characters that an address must encode.
    static func webAddress(_ text: String?) -> String? {
        guard let text, text.utf8.count <= 1000 else { return nil }
        let scheme = text.prefix(8).lowercased()
        guard scheme.hasPrefix("https://") || scheme.hasPrefix("http://") else { return nil }
        return text.utf8.allSatisfy(isPlainInAddress) ? text : nil
    }

    /// Printable ASCII but for what RFC 3986 leaves out: `"`, `<`, `>`, `\`, `^`, `` ` ``, `{`, `|`, `}`.
    private static func isPlainInAddress(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x22, 0x3C, 0x3E, 0x5C, 0x5E, 0x60, 0x7B...0x7D: false
        default: 0x21...0x7E ~= byte
        }
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case " ", "\t", "\n", "\r", "\u{B}", "\u{C}", "\u{85}", "\u{2028}", "\u{2029}": true
        default: false
        }
    }

    private static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{AD}": true
        // Direction marks, embeddings, overrides and isolates.
        case "\u{61C}", "\u{200E}", "\u{200F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": true
        // No width; the joiners U+200C and U+200D belong to Persian words and to emoji, and stay.
        case "\u{200B}", "\u{2060}"..."\u{2064}", "\u{FEFF}", "\u{FFF9}"..."\u{FFFB}": true
        default: false
        }
    }
}
