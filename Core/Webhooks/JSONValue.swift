private import FoundationEssentials

/// JSON of any shape, for bodies whose fields come and go: what is missing or of another type reads as nothing.
enum JSONValue: Sendable, Decodable {
    case nothing
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Deeper than anything a provider sends, and far from the end of any stack.
    private static let greatestDepth = 32
    /// Twice what SendGrid puts into a body of a megabyte. Each value costs some microseconds, also an empty one.
    private static let mostValues = 100_000

    private struct Name: CodingKey {
        let stringValue: String
        let intValue: Int? = nil
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Reads a body.
    ///
    /// - Throws: `unreadable` for what is no JSON in UTF-8, nested deeper than 32, or of more than 100 000 values.
    init(_ body: [UInt8]) throws(WebhookError) {
        // A NUL stands in no JSON text, and would be the sign of UTF-16 to the decoder.
        guard !body.contains(0), Self.isModest(body), let value = try? JSONDecoder().decode(JSONValue.self, from: Data(body))
        else {
            throw .unreadable
        }
        self = value
    }

    init(from decoder: any Decoder) throws {
        if let single = try? decoder.singleValueContainer() {
            if let text = try? single.decode(String.self) {
                self = .string(text)
                return
            }
            if let number = try? single.decode(Int64.self) {
                self = .integer(number)
                return
            }
        }
        if let members = try? decoder.container(keyedBy: Name.self) {
            self = .object(
                Dictionary(
                    members.allKeys.map { ($0.stringValue, (try? members.decode(JSONValue.self, forKey: $0)) ?? .nothing) }
                ) { $1 })
        } else if var elements = try? decoder.unkeyedContainer() {
            var values: [JSONValue] = []
            while !elements.isAtEnd { values.append(try elements.decode(JSONValue.self)) }
            self = .array(values)
        } else if let single = try? decoder.singleValueContainer() {
            if let bool = try? single.decode(Bool.self) {
                self = .bool(bool)
            } else if let number = try? single.decode(Double.self) {
                self = .number(number)
            } else {
                // Null, a number beyond all types, a text with half a surrogate pair.
                self = .nothing
            }
        } else {
            self = .nothing
        }
    }

    /// A member of an object.
    subscript(name: String) -> JSONValue {
        if case .object(let members) = self { members[name] ?? .nothing } else { .nothing }
    }

    /// The elements of an array; none for anything else.
    var elements: [JSONValue] {
        if case .array(let values) = self { values } else { [] }
    }

    /// Whether there is nothing.
    var isNothing: Bool {
        if case .nothing = self { true } else { false }
    }

    /// A text, or a whole number as one: ids come as either.
    var text: String? {
        switch self {
        case .string(let text): text
        case .integer(let number): String(number)
        default: nil
        }
    }

    /// A whole number, also where it comes as a text (the 64-bit numbers of protobuf's JSON).
    var integer: Int64? {
        switch self {
        case .integer(let number): number
        case .string(let text) where text.utf8.count <= 19: Int64(text)
        case .number(let number) where number.magnitude < 9e15: Int64(number)
        default: nil
        }
    }

    /// A truth value.
    var bool: Bool? {
        if case .bool(let bool) = self { bool } else { nil }
    }

    private static func isModest(_ body: [UInt8]) -> Bool {
        var depth = 0
        var values = 0
        var isInText = false
        var isEscaped = false
        for byte in body {
            if isInText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInText = true
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                values += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: ","): values += 1
            default: break
            }
            if depth > greatestDepth || values > mostValues { return false }
        }
        return true
    }
}
