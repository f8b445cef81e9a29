/// What Redis answered. An error as the whole answer is thrown as ``RedisError/server(code:)`` instead.
public enum RedisReply: Sendable, Equatable {
    /// Nothing is there.
    case null
    /// A number.
    case integer(Int64)
    /// A status word, such as `OK`.
    case status(String)
    /// A value, byte for byte.
    case bytes([UInt8])
    /// Several answers.
    case array([RedisReply])
    /// An error inside an array, by its code.
    case error(code: String)

    /// The text of a status or of a value that is UTF-8; nil for anything else.
    public var text: String? {
        switch self {
        case .status(let word): word
        case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
        case .null, .integer, .array, .error: nil
        }
    }
}
