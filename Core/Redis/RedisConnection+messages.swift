extension RedisConnection {
    /// Sends a message to whoever listens right now; nobody may, and nobody will be told later.
    /// - Parameters:
    ///   - message: What to say.
    ///   - channel: The channel's name.
    /// - Returns: How many connections it was handed to.
    /// - Throws: ``RedisError``.
    @discardableResult
    public nonisolated func publish(_ message: String, to channel: String) async throws(RedisError) -> Int {
        guard case .integer(let count) = try await command(["PUBLISH", channel, message]) else { throw .unexpectedReply }
        return Int(count)
    }

    /// Asks for a sign of life.
    /// - Throws: ``RedisError``.
    public nonisolated func ping() async throws(RedisError) {
        guard try await command(["PING"]) == .status("PONG") else { throw .unexpectedReply }
    }
}
