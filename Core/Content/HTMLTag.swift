/// An opening tag in a source, read as leniently as a browser would, so that nothing it would run is overlooked.
struct HTMLTag {
    struct Attribute {
        let name: String
        let value: String
        let isQuoted: Bool
    }

    let name: String
    let attributes: [Attribute]
    let line: Int

    /// Every opening tag, in order; comments are no tags.
    static func all(in source: [UInt8]) -> [HTMLTag] {
        var reader = Reader(source: source)
        var tags: [HTMLTag] = []
        while let tag = reader.next() { tags.append(tag) }
        return tags
    }

    private struct Reader {
        let source: [UInt8]
        var index = 0
        var line = 1

        init(source: [UInt8]) { self.source = source }

        var current: UInt8? { index < source.count ? source[index] : nil }

        mutating func advance() {
            if current == 10 { line += 1 }
            index += 1
        }

        /// What stands while `isWanted` holds, in small letters.
        mutating func text(while isWanted: (UInt8) -> Bool) -> String {
            let start = index
            while let byte = current, isWanted(byte) { advance() }
            return String(decoding: source[start..<index], as: UTF8.self)
        }

        mutating func skipBlanks() { _ = text { $0 <= 32 || $0 == UInt8(ascii: "/") } }

        mutating func next() -> HTMLTag? {
            while current != nil {
                guard current == UInt8(ascii: "<") else {
                    advance()
                    continue
                }
                if source[index...].starts(with: "<!--".utf8) {
                    while current != nil, !source[index...].starts(with: "-->".utf8) { advance() }
                    continue
                }
                advance()
                guard let first = current, isLetter(first) else { continue }
                let start = line
                let name = text { $0 > 32 && $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "/") }.lowercased()
                return HTMLTag(name: name, attributes: attributes(), line: start)
            }
            return nil
        }

        mutating func attributes() -> [Attribute] {
            var attributes: [Attribute] = []
            while true {
                skipBlanks()
                guard let byte = current, byte != UInt8(ascii: ">") else {
                    if current != nil { advance() }
                    return attributes
                }
                let start = index
                let name = text { $0 > 32 && ![UInt8(ascii: "="), UInt8(ascii: ">"), UInt8(ascii: "/")].contains($0) }
                    .lowercased()
                _ = text { $0 <= 32 }
                if current == UInt8(ascii: "=") {
                    advance()
                    _ = text { $0 <= 32 }
                    attributes.append(value(of: name))
                } else if !name.isEmpty {
                    attributes.append(Attribute(name: name, value: "", isQuoted: true))
                }
                // A stray mark that belongs to nothing.
                if index == start { advance() }
            }
        }

        mutating func value(of name: String) -> Attribute {
            if let quote = current, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
                advance()
                let value = text { $0 != quote }
                if current != nil { advance() }
                return Attribute(name: name, value: value, isQuoted: true)
            }
            return Attribute(name: name, value: text { $0 > 32 && $0 != UInt8(ascii: ">") }, isQuoted: false)
        }

        func isLetter(_ byte: UInt8) -> Bool {
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
        }
    }
}
