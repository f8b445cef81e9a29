public import Primitives

/// A value bound to a `$n` of a statement.
///
/// Arrays exist so that one statement can carry a whole batch (`unnest($1::bigint[], …)`); the statement casts each
/// parameter, so no type OIDs are sent.
public enum PostgresValue: Sendable, Equatable {
    /// SQL null.
    case null
    /// A text; U+0000 is refused.
    case text(String)
    /// An integer of any width.
    case int(Int64)
    /// A boolean.
    case bool(Bool)
    /// An instant.
    case timestamp(Timestamp)
    /// Sent in binary, so the bytes are neither escaped nor doubled.
    case bytes([UInt8])
    /// `text[]`; nil elements are null.
    case texts([String?])
    /// `bigint[]`.
    case ints([Int64])
    /// `boolean[]`.
    case bools([Bool])
    /// `timestamptz[]`; nil elements are null.
    case timestamps([Timestamp?])

    /// A text, or null.
    public static func optional(_ value: String?) -> PostgresValue { value.map { .text($0) } ?? .null }

    /// An instant, or null.
    public static func optional(_ value: Timestamp?) -> PostgresValue { value.map { .timestamp($0) } ?? .null }

    /// An integer of any width.
    public static func int(_ value: Int) -> PostgresValue { .int(Int64(value)) }

    /// The text form that the server parses; `nil` is SQL null. `bytes` have none: they go in binary.
    var wireText: [CChar]? {
        switch self {
        case .null, .bytes: nil
        case .text(let value): terminated(value)
        case .int(let value): terminated(String(value))
        case .bool(let value): terminated(value ? "t" : "f")
        case .timestamp(let value): terminated(value.description)
        case .texts(let values): ArrayLiteral.of(values) { literal, value in literal.appendQuoted(value) }
        case .ints(let values): ArrayLiteral.of(values) { literal, value in literal.append(String(value)) }
        case .bools(let values): ArrayLiteral.of(values) { literal, value in literal.append(value ? "t" : "f") }
        case .timestamps(let values): ArrayLiteral.of(values) { literal, value in literal.appendQuoted(value?.description) }
        }
    }

    /// Whether a text holds U+0000, which Postgres cannot store.
    var holdsNUL: Bool {
        switch self {
        case .text(let value): value.utf8.contains(0)
        case .texts(let values): values.contains { $0?.utf8.contains(0) ?? false }
        default: false
        }
    }

    private func terminated(_ value: String) -> [CChar] { Array(value.utf8CString) }
}

extension PostgresValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(nilLiteral: ()) { self = .null }
}

/// Builds `{…}` literals without an intermediate string per element: batches of thousands pass here.
private struct ArrayLiteral {
    private var buffer: [CChar] = []

    static func of<Element>(_ values: [Element], _ append: (inout ArrayLiteral, Element) -> Void) -> [CChar] {
        var literal = ArrayLiteral()
        literal.buffer.reserveCapacity(values.count * 12 + 3)
        literal.put("{")
        var isFirst = true
        for value in values {
            if isFirst { isFirst = false } else { literal.put(",") }
            append(&literal, value)
        }
        literal.put("}")
        literal.buffer.append(0)
        return literal.buffer
    }

    private mutating func put(_ byte: Unicode.Scalar) { buffer.append(CChar(bitPattern: UInt8(ascii: byte))) }

    mutating func append(_ text: String) {
        for byte in text.utf8 { buffer.append(CChar(bitPattern: byte)) }
    }

    mutating func appendQuoted(_ text: String?) {
        guard let text else { return append("NULL") }
        put("\"")
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { put("\\") }
            buffer.append(CChar(bitPattern: byte))
        }
        put("\"")
    }
}
