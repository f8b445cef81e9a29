internal import FoundationEssentials

/// Values made fit for a header: no value can end its line, and what is not ASCII goes in encoded words (RFC 2047).
enum MailHeader {
    private static let lineLimit = 76
    /// "=?utf-8?B?" and "?=".
    private static let wrapping = 12

    /// Free text, such as a subject.
    ///
    /// - Parameter name: the header's, which takes room on the first line.
    static func text(_ text: String, after name: String) -> String {
        let line = CleanText.line(text, limit: 500)
        let isPlain = line.utf8.allSatisfy { (32...126).contains($0) } && !line.contains("=?")
        return isPlain && name.utf8.count + 2 + line.utf8.count <= lineLimit ? line : encodedWords(line, after: name)
    }

    /// A name and an address.
    ///
    /// - Throws: `invalidAddress` unless the address is plain ASCII with one "@".
    static func mailbox(_ mailbox: Mailbox, after name: String) throws(ContentError) -> String {
        let address = mailbox.address
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), address.utf8.count <= 254,
            address.utf8.allSatisfy({ (33...126).contains($0) && !#"()<>[]:;,\""#.utf8.contains($0) })
        else { throw .invalidAddress }
        let display = CleanText.line(mailbox.name, limit: 200)
        guard !display.isEmpty else { return address }
        let isPlain = display.utf8.allSatisfy { (32...126).contains($0) && $0 != 34 && $0 != 92 } && !display.contains("=?")
        let isShort = name.utf8.count + display.utf8.count <= lineLimit - 6
        // The address has a line of its own, so that a long one breaks no limit.
        return (isPlain && isShort ? "\"\(display)\"" : encodedWords(display, after: name)) + "\r\n <\(address)>"
    }

    /// A value with a grammar of its own: what cannot be in it is left out.
    static func token(_ text: String) -> String {
        String(decoding: text.utf8.filter { (32...126).contains($0) }.prefix(900), as: UTF8.self)
    }

    /// A header's name: what cannot be in it is left out.
    static func name(_ text: String) -> String {
        String(
            text.unicodeScalars.filter { $0.isASCII && ($0.properties.isAlphabetic || "0123456789-".unicodeScalars.contains($0)) }
        )
    }

    /// A plain file name: anything a path or a quoted string gives a meaning to becomes "_".
    static func filename(_ text: String) -> String {
        let plain = text.unicodeScalars.prefix(100).map { scalar -> Character in
            scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789.-_".unicodeScalars.contains(scalar))
                ? Character(scalar) : "_"
        }
        return String(plain)
    }

    /// Each word is whole characters, and each line is at most 76 long.
    private static func encodedWords(_ text: String, after name: String) -> String {
        var words: [String] = []
        var chunk: [UInt8] = []
        var room = byteRoom(column: name.utf8.count + 2)
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if chunk.count + bytes.count > room {
                words.append(encodedWord(chunk))
                chunk = []
                room = byteRoom(column: 1)
            }
            chunk += bytes
        }
        words.append(encodedWord(chunk))
        return words.joined(separator: "\r\n ")
    }

    private static func encodedWord(_ bytes: [UInt8]) -> String {
        "=?utf-8?B?" + Data(bytes).base64EncodedString() + "?="
    }

    private static func byteRoom(column: Int) -> Int {
        (lineLimit - wrapping - column) / 4 * 3
    }
}
