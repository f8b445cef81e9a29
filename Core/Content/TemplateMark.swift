/// A mark of ctemplate's language in a source: what stands between two pairs of braces.
struct TemplateMark {
    enum Kind: Equatable {
        case value
        case section
        case end
        case part
        case comment
        /// Pragmas, changed delimiters and modifiers, which could switch escaping off.
        case forbidden
        case unclosed
    }

    let kind: Kind
    let name: String
    let line: Int

    /// Every mark of a source, in order.
    static func all(in source: [UInt8]) -> [TemplateMark] {
        var marks: [TemplateMark] = []
        var (index, line) = (0, 1)
        while index < source.count {
            if source[index] == UInt8(ascii: "\n") { line += 1 }
            guard source[index] == UInt8(ascii: "{"), index + 1 < source.count, source[index + 1] == UInt8(ascii: "{") else {
                index += 1
                continue
            }
            let start = index + 2
            var end = start
            while end + 1 < source.count, source[end] != UInt8(ascii: "}") || source[end + 1] != UInt8(ascii: "}") { end += 1 }
            guard end + 1 < source.count else {
                return marks + [TemplateMark(kind: .unclosed, name: "", line: line)]
            }
            marks.append(TemplateMark(source[start..<end], line: line))
            line += source[start..<end].count { $0 == UInt8(ascii: "\n") }
            index = end + 2
        }
        return marks
    }

    private init(kind: Kind, name: String, line: Int) {
        self.kind = kind
        self.name = name
        self.line = line
    }

    private init(_ body: ArraySlice<UInt8>, line: Int) {
        let text = String(decoding: body, as: UTF8.self)
        let rest = String(text.dropFirst())
        let mark: (Kind, String) =
            switch text.first {
            case "#": (.section, rest)
            case "/": (.end, rest)
            case ">": (.part, rest)
            case "!": (.comment, "")
            case "%", "=": (.forbidden, text)
            default: (.value, text)
            }
        self.init(kind: mark.1.contains(":") ? .forbidden : mark.0, name: mark.1, line: line)
    }
}
