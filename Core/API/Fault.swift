/// Where in a request something is: a JSON Pointer (RFC 6901) into the body, or the name of a parameter.
public struct Pointer: Sendable, CustomStringConvertible {
    /// Names from the last to the first: most pointers are made for values in which nothing is wrong, and never told.
    private indirect enum Path: Sendable {
        case whole
        case part(of: Path, String)
    }

    private let path: Path

    /// A pointer out of unescaped names.
    public init(_ names: [String] = []) {
        path = names.reduce(.whole) { .part(of: $0, $1) }
    }

    private init(path: Path) { self.path = path }

    /// The text, such as `/meta/provider`; empty for the whole.
    public var description: String {
        var names: [String] = []
        var rest = path
        while case .part(let parent, let name) = rest {
            names.append(name)
            rest = parent
        }
        return names.reversed().map { "/" + Self.escaped($0) }.joined()
    }

    /// The member or element of that name.
    public func appending(_ name: String) -> Pointer { Pointer(path: .part(of: path, name)) }

    private static func escaped(_ name: String) -> String {
        // A name can be as long as a body; what is said about it is not.
        var text = ""
        for character in name.unicodeScalars.prefix(64) {
            switch character {
            case "~": text += "~0"
            case "/": text += "~1"
            // Many readers of JSON take it no better than we do.
            case "\0": text += "\u{FFFD}"
            default: text.unicodeScalars.append(character)
            }
        }
        return text
    }
}

extension Pointer: Equatable {
    public static func == (left: Pointer, right: Pointer) -> Bool { left.description == right.description }
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
