/// Locks that end by themselves. They spare work and decide nothing: what must be right is decided by the Postgres lease.
extension RedisConnection {
    /// Takes a lock unless somebody holds it.
    ///
    /// When it throws, the lock may have been taken: treat it as not held, and let it run out.
    /// - Parameters:
    ///   - key: The lock's name.
    ///   - token: Who takes it; unique to this holder, for ``renew(_:token:ttl:)`` and ``release(_:token:)``.
    ///   - ttl: How long it holds unless renewed; at least one millisecond.
    /// - Returns: Whether it is ours now.
    /// - Throws: ``RedisError``.
    public nonisolated func acquire(_ key: String, token: String, ttl: Duration) async throws(RedisError) -> Bool {
        let reply = try await command(["SET", key, token, "NX", "PX", Self.milliseconds(ttl)])
        switch reply {
        case .status("OK"): return true
        case .null: return false
        default: throw .unexpectedReply
        }
    }

    /// Lets a lock hold for longer, if it is still ours.
    /// - Parameters:
    ///   - key: The lock's name.
    ///   - token: Who took it.
    ///   - ttl: How long it holds from now; at least one millisecond.
    /// - Returns: Whether it was still ours.
    /// - Throws: ``RedisError``.
    public nonisolated func renew(_ key: String, token: String, ttl: Duration) async throws(RedisError) -> Bool {
        try await compare("return redis.call('PEXPIRE', KEYS[1], ARGV[2])", key, token, Self.milliseconds(ttl))
    }

    /// Gives a lock back, if it is still ours.
    /// - Parameters:
    ///   - key: The lock's name.
    ///   - token: Who took it.
    /// - Returns: Whether it was still ours.
    /// - Throws: ``RedisError``.
    public nonisolated func release(_ key: String, token: String) async throws(RedisError) -> Bool {
        try await compare("return redis.call('DEL', KEYS[1])", key, token)
    }

    /// Runs a Lua statement only while the key holds the token. Scripts run whole, so nobody comes in between.
    private nonisolated func compare(_ statement: String, _ key: String, _ arguments: String...) async throws(RedisError) -> Bool
    {
        let script = "if redis.call('GET', KEYS[1]) == ARGV[1] then \(statement) end return 0"
        guard case .integer(let count) = try await command(["EVAL", script, "1", key] + arguments) else { throw .unexpectedReply }
        return count == 1
    }

    private static func milliseconds(_ ttl: Duration) -> String {
        precondition(ttl > .zero, "a lock holds for some time")
        return String(ttl.milliseconds)
    }
}
