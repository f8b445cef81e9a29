/// `multipart/form-data` (RFC 7578), taken apart without copying what is in it.
struct MultipartForm: Sendable {
    /// One field or file.
    struct Part: Sendable {
        let name: String
        let isFile: Bool
        let content: ArraySlice<UInt8>
    }

    private static let mostParts = 500
    private static let longestHead = 8192
    /// RFC 2046 §5.1.1.
    private static let longestBoundary = 70

    let parts: [Part]

    /// Nil for a body that is none, breaks off, or has too many parts.
    init?(_ request: WebhookRequest) {
        guard request.mediaType == "multipart/form-data", let header = request.header("Content-Type"),
            let boundary = HeaderParameter.value("boundary", in: header), (1...Self.longestBoundary).contains(boundary.utf8.count)
        else { return nil }
        guard let blocks = Self.blocks(of: request.body, between: Array("--\(boundary)".utf8)), blocks.count <= Self.mostParts
        else {
            return nil
        }
        parts = blocks.compactMap(Self.part)
    }

    /// The text of a field, as UTF-8 or, where the bytes are none, as Latin-1; nil where there is no such field.
    subscript(name: String) -> String? {
        guard let part = parts.first(where: { !$0.isFile && $0.name == name }) else { return nil }
        if let text = String(validating: part.content, as: UTF8.self) { return text }
        var scalars = String.UnicodeScalarView()
        for byte in part.content { scalars.append(Unicode.Scalar(byte)) }
        return String(scalars)
    }

    /// What stands between the delimiters; nil where the last one is missing.
    private static func blocks(of body: [UInt8], between delimiter: [UInt8]) -> [ArraySlice<UInt8>]? {
        var blocks: [ArraySlice<UInt8>] = []
        var start: Int?
        var index = 0
        while index + delimiter.count + 2 <= body.count {
            let isAtLineStart = index == 0 || index >= 2 && body[index - 2] == 0x0D && body[index - 1] == 0x0A
            guard isAtLineStart, body[index] == delimiter[0], body[index...].starts(with: delimiter) else {
                index += 1
                continue
            }
            if let start { blocks.append(body[start..<max(start, index - 2)]) }
            let after = index + delimiter.count
            if body[after] == UInt8(ascii: "-"), body[after + 1] == UInt8(ascii: "-") { return blocks }
            guard body[after] == 0x0D, body[after + 1] == 0x0A, blocks.count <= mostParts else { return nil }
            index = after + 2
            start = index
        }
        return nil
    }

    private static func part(_ block: ArraySlice<UInt8>) -> Part? {
        let end: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
        let head = block.prefix(longestHead)
        guard let start = head.indices.first(where: { head[$0] == 0x0D && head[$0...].starts(with: end) }) else { return nil }
        let lines = String(decoding: head[..<start], as: UTF8.self).split(separator: "\r\n")
        guard let disposition = lines.first(where: { $0.lowercased().hasPrefix("content-disposition:") }).map({ String($0) }),
            let name = HeaderParameter.value("name", in: disposition)
        else { return nil }
        return Part(
            name: name, isFile: HeaderParameter.value("filename", in: disposition) != nil, content: block[(start + end.count)...])
    }
}

/// Parameters of a header, as `form-data; name="text"`.
enum HeaderParameter {
    /// The value under a name; nil where there is none.
    static func value(_ name: String, in header: String) -> String? {
        var rest = Substring(header)
        while let semicolon = rest.firstIndex(of: ";") {
            rest = rest[rest.index(after: semicolon)...].drop(while: \.isWhitespace)
            let given = rest.prefix { $0 != "=" && $0 != ";" }
            rest = rest[given.endIndex...]
            guard rest.first == "=" else { continue }
            let value = read(&rest)
            if given.lowercased() == name { return value }
        }
        return nil
    }

    /// What stands behind the equals sign, a token or a quoted text.
    private static func read(_ rest: inout Substring) -> String {
        rest.removeFirst()
        guard rest.first == "\"" else {
            let token = rest.prefix { $0 != ";" && !$0.isWhitespace }
            rest = rest[token.endIndex...]
            return String(token)
        }
        rest.removeFirst()
        var value = ""
        while let character = rest.popFirst(), character != "\"" {
            value.append(character == "\\" ? rest.popFirst() ?? "\\" : character)
        }
        return value
    }
}
