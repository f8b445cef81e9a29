private import Glibc
public import Primitives

/// A value bound to a `$n` of a statement.
///
/// Arrays exist so that one statement can carry a whole batch (`unnest($1::bigint[], …)`). The statement casts each
/// parameter; arrays alone are sent with a type of their own (see `WireValue`).
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
    /// `bytea[]`.
    case byteStrings([[UInt8]])
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

    /// Whether a text holds U+0000, which Postgres cannot store.
    var holdsNUL: Bool {
        switch self {
        case .text(let value): Self.holdsNUL(value)
        case .texts(let values): values.contains { $0.map(Self.holdsNUL) ?? false }
        default: false
        }
    }

    private static func holdsNUL(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in bytes.baseAddress.map { memchr($0, 0, bytes.count) != nil } ?? false }
    }
}

extension PostgresValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(nilLiteral: ()) { self = .null }
}
