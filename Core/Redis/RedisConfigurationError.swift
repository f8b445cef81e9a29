/// What is wrong with a Redis URL. No case holds the URL, which may carry a password.
public enum RedisConfigurationError: Error, Equatable {
    /// There is no `scheme:` this room knows.
    case unknownScheme
    /// `rediss://` was asked for.
    case tlsUnavailable
    /// The host is missing or empty.
    case missingHost
    /// The port is no number from 1 to 65535.
    case invalidPort
    /// The database is no number from 0 to 65535.
    case invalidDatabase
    /// A sentinel URL names no primary.
    case missingPrimary
    /// The socket path is missing, not absolute, or longer than a Unix socket's name may be (107 bytes).
    case invalidPath
    /// A user is given without a password.
    case missingPassword
    /// A `%` is not followed by two hexadecimal digits, or the result is not text.
    case invalidEscape
    /// There is something the form does not have: a query parameter other than `db`, a fragment, more path.
    case unexpectedPart
}

extension RedisConfigurationError: CustomStringConvertible {
    /// A sentence for the operator; safe to log.
    public var description: String {
        switch self {
        case .unknownScheme: "a Redis URL starts with redis://, redis+unix:// or redis+sentinel://"
        case .tlsUnavailable: "rediss:// (TLS) is not available; use a Unix socket, a private network or a TLS tunnel"
        case .missingHost: "the Redis URL has no host"
        case .invalidPort: "the port in the Redis URL is not a number from 1 to 65535"
        case .invalidDatabase: "the database in the Redis URL is not a number from 0 to 65535"
        case .missingPrimary: "a redis+sentinel:// URL ends with /name-of-the-primary"
        case .invalidPath: "the Redis socket needs an absolute path of at most 107 bytes"
        case .missingPassword: "the Redis URL names a user but no password"
        case .invalidEscape: "the Redis URL has a % that is not a valid escape"
        case .unexpectedPart: "the Redis URL has a part this form of URL does not know"
        }
    }
}
