import Primitives

/// JSON to be written: objects keep the order in which they were put together.
indirect enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case text(String)
    /// JSON already, as Postgres prints it.
    case raw(String)
    case array([JSONValue])
    case object([(String, JSONValue)])

    /// A text, or null.
    static func optional(_ value: String?) -> JSONValue { value.map { .text($0) } ?? .null }

    /// A number, or null.
    static func optional(_ value: Int64?) -> JSONValue { value.map { .int($0) } ?? .null }

    /// An instant in RFC 3339, or null.
    static func optional(_ value: Timestamp?) -> JSONValue { value.map { .text($0.description) } ?? .null }

    /// On one line.
    var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .text(let value): JSONText.quoted(value)
        case .raw(let value): value
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .object(let members): "{" + members.map { "\(JSONText.quoted($0.0)):\($0.1.text)" }.joined(separator: ",") + "}"
        }
    }
}
