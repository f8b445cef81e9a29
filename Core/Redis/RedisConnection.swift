private import Primitives

/// One connection to Redis: opened when first used, opened again when it broke.
///
/// An actor on a thread of its own, so any number of tasks may share it; their commands take turns. Every call ends within the
/// configured command time-out, its turn and a reconnection included. A server that just failed is left alone for a moment
/// (50 ms, growing to 2 s): calls in that time fail at once, so that a caller with another way takes it without delay.
///
/// A command is never sent twice. One that was sent and not answered throws, and may have been done.
public actor RedisConnection {
    private nonisolated let executor = ThreadExecutor()
    private nonisolated let configuration: RedisConfiguration
    private let connector: RedisConnector
    private var handle: RedisHandle?
    private var backoff = RedisBackoff()
    /// Why the last attempt failed: what callers are told until the next one.
    private var failure: RedisError?

    /// The connection's own thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Remembers where to connect; nothing happens before the first command.
    public init(_ configuration: RedisConfiguration) {
        self.configuration = configuration
        connector = RedisConnector(configuration: configuration)
    }

    /// Runs one command.
    /// - Parameter words: The command and its arguments, which may hold any bytes.
    /// - Returns: The answer.
    /// - Throws: ``RedisError``; its `server` case where Redis refused the command.
    public nonisolated func command(_ words: [[UInt8]]) async throws(RedisError) -> RedisReply {
        precondition(!words.isEmpty, "a Redis command has at least its name")
        return try await run(words, by: .now + configuration.commandTimeout)
    }

    /// Runs one command whose words are text.
    /// - Parameter words: The command and its arguments.
    /// - Returns: The answer.
    /// - Throws: ``RedisError``; its `server` case where Redis refused the command.
    public nonisolated func command(_ words: [String]) async throws(RedisError) -> RedisReply {
        try await command(words.words)
    }

    /// Closes the connection. The next command opens it again.
    public func close() { handle = nil }

    private func run(_ words: [[UInt8]], by deadline: ContinuousClock.Instant) throws(RedisError) -> RedisReply {
        // It waited for its turn behind commands that took all of its time.
        guard ContinuousClock.now < deadline else { throw .timeout(.command) }
        if handle?.isUsable != true { try connect(by: deadline) }
        do throws(RedisError) {
            guard let reply = try handle?.ask(words, by: deadline) else { throw .disconnected("closed") }
            backoff.succeed()
            return reply
        } catch .server(let code) {
            backoff.succeed()
            // A replica: there was a failover, and only a new connection finds the new primary.
            if code == "READONLY" { handle = nil }
            throw .server(code: code)
        } catch {
            fail(with: error)
            throw error
        }
    }

    private func connect(by deadline: ContinuousClock.Instant) throws(RedisError) {
        handle = nil
        if let failure, backoff.holds(at: .now) { throw failure }
        do throws(RedisError) {
            handle = try connector.open(by: deadline)
            failure = nil
        } catch {
            fail(with: error)
            throw error
        }
    }

    private func fail(with error: RedisError) {
        handle = nil
        failure = error
        backoff.fail(at: .now, chance: .random(in: 0...1))
    }
}
