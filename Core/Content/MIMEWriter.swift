internal import FoundationEssentials

/// Builds a message of the Internet's line by line.
struct MIMEWriter {
    private static let lineLimit = 76
    private static let digits = Array("0123456789ABCDEF".utf8)

    private(set) var bytes: [UInt8] = []

    /// Adds a line that is known to be short and plain.
    mutating func line(_ text: String) {
        bytes += text.utf8
        bytes += [13, 10]
    }

    /// Adds a header whose value `MailHeader` has made fit.
    mutating func header(_ name: String, _ value: String) {
        line("\(name): \(value)")
    }

    /// Adds text as quoted-printable (RFC 2045 §6.7). The CRLF at its end belongs to the boundary that follows (RFC 2046 §5.1.1).
    mutating func quotedPrintable(_ text: String) {
        bytes.reserveCapacity(bytes.count + text.utf8.count * 5 / 4)
        var column = 0
        var previous: UInt8 = 10
        for byte in text.utf8 where byte != 13 {
            if byte == 10 {
                // A blank at the end of a line is lost on the way, so it is the one that is encoded.
                if previous == 32 || previous == 9 { encodeLast() }
                bytes += [13, 10]
                column = 0
            } else {
                let isPlain = (byte >= 32 && byte < 127 && byte != 61) || byte == 9
                let width = isPlain ? 1 : 3
                // Room is kept for the "=" of a soft break, and for the two more characters of a blank encoded at the end.
                if column + width > Self.lineLimit - 3 {
                    bytes += [61, 13, 10]
                    column = 0
                }
                if isPlain { bytes.append(byte) } else { encode(byte) }
                column += width
            }
            previous = byte
        }
        if previous == 32 || previous == 9 { encodeLast() }
        bytes += [13, 10]
    }

    /// Adds bytes as base 64 (RFC 2045 §6.8) in lines of 76.
    mutating func base64(_ content: [UInt8]) {
        let options: Data.Base64EncodingOptions = [.lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed]
        bytes += Data(content).base64EncodedData(options: options)
        bytes += [13, 10]
    }

    private mutating func encode(_ byte: UInt8) {
        bytes += [61, Self.digits[Int(byte >> 4)], Self.digits[Int(byte & 0x0F)]]
    }

    private mutating func encodeLast() {
        encode(bytes.removeLast())
    }
}
