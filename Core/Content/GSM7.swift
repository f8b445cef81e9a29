/// The alphabet of SMS (3GPP TS 23.038): 160 of its characters make one message, against 70 of any other.
enum GSM7 {
    private static let basic =
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
        + "abcdefghijklmnopqrstuvwxyzäöñüà"
    /// Each takes the room of two.
    private static let extended = "\u{C}^{}\\[~]|€"
    private static let basicScalars = Set(basic.unicodeScalars)
    private static let extendedScalars = Set(extended.unicodeScalars)
    private static let substitutes: [Character: String] = [
        "\u{A0}": " ", "\u{202F}": " ", "\u{2009}": " ", "’": "'", "‘": "'", "“": "\"", "”": "\"", "«": "\"", "»": "\"", "–": "-",
        "—": "-", "\u{2011}": "-", "…": "...", "•": "-", "·": "-", "á": "a", "â": "a", "ã": "a", "À": "A", "Á": "A", "Â": "A",
        "Ã": "A", "ç": "c", "ê": "e", "ë": "e", "È": "E", "Ê": "E", "Ë": "E", "í": "i", "î": "i", "ï": "i", "Ì": "I", "Í": "I",
        "Î": "I", "Ï": "I", "ó": "o", "ô": "o", "õ": "o", "Ò": "O", "Ó": "O", "Ô": "O", "Õ": "O", "ú": "u", "û": "u", "Ù": "U",
        "Ú": "U", "Û": "U", "ý": "y", "ÿ": "y", "Ý": "Y", "Ÿ": "Y", "œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L", "ń": "n", "ş": "s",
        "š": "s", "Š": "S", "ž": "z", "Ž": "Z", "č": "c", "Č": "C", "ć": "c", "ğ": "g", "ı": "i", "ř": "r", "ě": "e", "ż": "z",
    ]

    /// What each character becomes. Characters, not scalars: "e" with a combining accent is found as "é" and written as one.
    private static let spellings = (basic + extended).reduce(into: substitutes) { $0[$1] = String($1) }

    /// `text` in the alphabet, accents dropped where it has none for a letter; unchanged when a character has no substitute: the
    /// message then goes as Unicode, which a dropped accent would not make cheaper.
    static func transliterated(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for character in text {
            guard let spelling = spellings[character] else { return text }
            result += spelling
        }
        return result
    }

    /// How many messages carry `text`: 160 units in one, 153 in each of several; 70 and 67 outside the alphabet.
    static func segmentCount(of text: String) -> Int {
        var units = 0
        for scalar in text.unicodeScalars {
            if basicScalars.contains(scalar) {
                units += 1
            } else if extendedScalars.contains(scalar) {
                units += 2
            } else {
                let units = text.utf16.count
                return units <= 70 ? 1 : (units + 66) / 67
            }
        }
        return units <= 160 ? 1 : (units + 152) / 153
    }
}
