/// Which Redis to talk to, as whom, and for how long to wait for it.
public struct RedisConfiguration: Sendable, Equatable {
    /// How the server is found.
    public enum Server: Sendable, Equatable {
        /// One server at a fixed place.
        case direct(RedisEndpoint)
        /// The present primary of a watched group. Each (re)connection asks the sentinels in this order.
        case sentinels([RedisEndpoint], primary: String)
    }

    /// How the server is found.
    public var server: Server
    /// The ACL user, or nil for Redis's default user.
    public var username: String?
    /// The password, or nil where none is asked for. Sent to the Redis server only, never to a sentinel.
    public var password: String?
    /// The database number.
    public var database: Int
    /// The longest that finding the server, connecting and authenticating may take together. Not under our control are the
    /// system's resolver, whose time comes on top, and a name with several addresses that are all silent: each has this long.
    public var connectTimeout: Duration
    /// The longest a caller waits for one command, counted from the call: queueing and reconnecting are part of it.
    public var commandTimeout: Duration

    /// Reads a Redis URL.
    ///
    /// - `redis://[[user]:password@]host[:6379][/database]`
    /// - `redis+unix://[[user]:password@]/path/to.sock[?db=database]`, also written `unix:/path/to.sock`
    /// - `redis+sentinel://[[user]:password@]host[:26379],host…/primary[/database]`
    ///
    /// User, password, path and primary may be percent-encoded. TLS (`rediss://`) is refused: hiredis 0.14 has none.
    /// - Parameters:
    ///   - url: The URL, as in `REDIS_URL`.
    ///   - connectTimeout: See ``connectTimeout``.
    ///   - commandTimeout: See ``commandTimeout``.
    /// - Throws: ``RedisConfigurationError``, which says what is wrong without repeating the URL.
    public init(
        url: String, connectTimeout: Duration = .seconds(1), commandTimeout: Duration = .seconds(2)
    ) throws(RedisConfigurationError) {
        let parts = try RedisURL(parsing: url)
        server = parts.server
        username = parts.username
        password = parts.password
        database = parts.database
        self.connectTimeout = connectTimeout
        self.commandTimeout = commandTimeout
    }
}

extension RedisConfiguration: CustomStringConvertible, CustomDebugStringConvertible {
    /// The server and the database; the password only as `***`.
    public var description: String {
        let secret = password == nil ? "" : "\(username ?? ""):***@"
        return switch server {
        case .direct(let endpoint): "\(secret)\(endpoint)/\(database)"
        case .sentinels(let sentinels, let primary):
            "sentinel \(secret)\(sentinels.map(\.description).joined(separator: ","))/\(primary)/\(database)"
        }
    }

    /// The same as ``description``, so that a debugger or a failed expectation prints no secret either.
    public var debugDescription: String { description }
}
