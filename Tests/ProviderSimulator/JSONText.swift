internal import FoundationEssentials

/// JSON in and out.
enum JSONText {
    static func bytes(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { Array($0) } ?? []
    }

    static func read<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) -> Value? {
        try? JSONDecoder().decode(type, from: Data(bytes))
    }

    /// True for base 64 as the providers take it.
    static func isBase64(_ text: String) -> Bool {
        Data(base64Encoded: text) != nil
    }

    /// Base 64 decoded as text; nil when it is not.
    static func decodeBase64(_ text: String) -> String? {
        Data(base64Encoded: text).flatMap { String(validating: $0, as: UTF8.self) }
    }
}

/// One value, or several.
struct OneOrMany: Decodable {
    let values: [String]

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        values = try (try? container.decode(String.self)).map { [$0] } ?? container.decode([String].self)
    }
}

/// An address as both mail providers check it: something, an at sign, and a domain with a dot or more.
enum MailAddress {
    /// The bare address of `Name <address>` or `address`; nil when there is none.
    static func bare(_ mailbox: String) -> String? {
        var address = Substring(mailbox)
        if mailbox.hasSuffix(">") {
            guard let open = mailbox.lastIndex(of: "<") else { return nil }
            address = mailbox[mailbox.index(after: open)...].dropLast()
        }
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        let isAddress =
            parts.count == 2 && !parts[0].isEmpty && parts[1].contains(".") && !parts[1].hasPrefix(".")
            && address.utf8.allSatisfy {
                $0 > 0x20 && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">")
            }
        return isAddress ? String(address) : nil
    }

    /// `ana+sim-429-rate_limit_exceeded@example.test` asks for that status and name; nil for any other address.
    static func magic(_ address: String) -> (status: Int, name: String)? {
        guard let start = address.firstRange(of: "+sim-"), let at = address.lastIndex(of: "@"), start.upperBound < at else {
            return nil
        }
        let parts = address[start.upperBound..<at].split(separator: "-", maxSplits: 1)
        guard let status = parts.first.flatMap({ Int($0) }), (300...599).contains(status) else { return nil }
        return (status, parts.count > 1 ? String(parts[1]) : "error")
    }
}
