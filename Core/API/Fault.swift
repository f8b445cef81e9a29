/// Where in a request something is: a JSON Pointer (RFC 6901) into the body, or the name of a parameter.
public struct Pointer: Sendable, Equatable, CustomStringConvertible {
    /// The text, such as `/meta/provider`; empty for the whole.
    public let description: String

    /// A pointer out of unescaped names.
    public init(_ path: [String] = []) {
        description = path.map { "/" + Self.escaped($0) }.joined()
    }

    private init(text: String) { description = text }

    /// The member or element of that name.
    public func appending(_ name: String) -> Pointer { Pointer(text: description + "/" + Self.escaped(name)) }

    private static func escaped(_ name: String) -> String {
        // A name can be as long as a body; what is said about it is not.
        var text = ""
        for character in name.unicodeScalars.prefix(64) {
            switch character {
            case "~": text += "~0"
            case "/": text += "~1"
            default: text.unicodeScalars.append(character)
            }
        }
        return text
    }
}

/// One thing that is wrong with a request.
public struct Fault: Error, Sendable, Equatable {
    /// Where it is.
    public let pointer: Pointer
    /// What is wrong, in a few words; never the value itself.
    public let detail: String

    /// A fault.
    public init(_ pointer: Pointer, _ detail: String) {
        self.pointer = pointer
        self.detail = detail
    }
}
