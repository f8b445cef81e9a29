private import CHiredis
private import Glibc

/// One open connection; freed with its owner. Used from one thread at a time, never from the cooperative pool.
///
/// After any error it throws, throw it away: a late answer would be taken for the next command's.
struct RedisHandle: ~Copyable {
    private let context: UnsafeMutablePointer<redisContext>

    private init(adopting context: UnsafeMutablePointer<redisContext>) { self.context = context }

    deinit { redisFree(context) }

    /// Connects.
    ///
    /// The corresponding C functions are `redisConnectWithTimeout` and `redisConnectUnixWithTimeout`.
    /// - Throws: ``RedisError/unreachable(_:reason:)`` or ``RedisError/timeout(_:)``.
    static func open(_ endpoint: RedisEndpoint, by deadline: ContinuousClock.Instant) throws(RedisError) -> RedisHandle {
        let left = max(1, ContinuousClock.now.duration(to: deadline).milliseconds)
        let limit = timeval(tv_sec: Int(left / 1000), tv_usec: Int(left % 1000 * 1000))
        let opened =
            switch endpoint {
            case .host(let host, let port): redisConnectWithTimeout(host, Int32(clamping: port), limit)
            case .path(let path): redisConnectUnixWithTimeout(path, limit)
            }
        guard let opened else { throw .unreachable(endpoint, reason: "out of memory") }
        let handle = RedisHandle(adopting: opened)
        guard opened.pointee.err == 0 else {
            if ContinuousClock.now >= deadline { throw .timeout(.connect) }
            throw .unreachable(endpoint, reason: handle.reason)
        }
        // hiredis leaves the socket open across exec: a program we start must not hold our connection.
        _ = fcntl(opened.pointee.fd, F_SETFD, FD_CLOEXEC)
        // From here on `poll` does the waiting, by an exact deadline: a write to a frozen server must not hang in the kernel.
        _ = fcntl(opened.pointee.fd, F_SETFL, fcntl(opened.pointee.fd, F_GETFL) | O_NONBLOCK)
        opened.pointee.flags &= ~REDIS_BLOCK
        if case .host = endpoint { redisEnableKeepAlive(opened) }
        return handle
    }

    /// The socket, for `poll`.
    var descriptor: Int32 { context.pointee.fd }

    /// Whether the connection can take a command. Between commands nothing may come in: if something did, it is the end of the
    /// connection (the server restarted) or an answer that nobody waits for.
    var isUsable: Bool { Polling.wait(for: [descriptor], deadline: .now) == nil }

    /// Sends one command. Its words are byte strings with their lengths, so nothing in them is ever interpreted.
    ///
    /// The corresponding C function is `redisAppendCommandArgv`.
    func send(_ words: [[UInt8]], by deadline: ContinuousClock.Instant) throws(RedisError) {
        var lengths = words.map(\.count)
        let joined = words.flatMap { $0 }
        let status = joined.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { bytes in
                // An empty command has no base address; any will do for words of no length.
                var offset = 0
                var starts = lengths.map { length -> UnsafePointer<CChar>? in
                    defer { offset += length }
                    return bytes.baseAddress.map { $0 + offset }
                }
                return redisAppendCommandArgv(context, Int32(words.count), &starts, &lengths)
            }
        }
        guard status == REDIS_OK else { throw .disconnected(reason) }
        var isDone: Int32 = 0
        while isDone == 0 {
            guard Polling.wait(for: [], writer: descriptor, deadline: deadline) != nil else { throw .timeout(.command) }
            guard redisBufferWrite(context, &isDone) == REDIS_OK else { throw .disconnected(reason) }
        }
    }

    /// Waits for the next answer.
    func receive(by deadline: ContinuousClock.Instant) throws(RedisError) -> RedisReply {
        while true {
            if let reply = try buffered() { return reply }
            guard Polling.wait(for: [descriptor], deadline: deadline) != nil else { throw .timeout(.command) }
            try read()
        }
    }

    /// Takes in what has arrived; call it when the descriptor is readable.
    ///
    /// The corresponding C function is `redisBufferRead`.
    func read() throws(RedisError) {
        guard redisBufferRead(context) == REDIS_OK else { throw .disconnected(reason) }
    }

    /// The next answer that has fully arrived, or nil.
    ///
    /// The corresponding C function is `redisGetReplyFromReader`.
    func buffered() throws(RedisError) -> RedisReply? {
        var reply: UnsafeMutableRawPointer?
        guard redisGetReplyFromReader(context, &reply) == REDIS_OK else { throw .unexpectedReply }
        guard let reply else { return nil }
        defer { freeReplyObject(reply) }
        return Self.copy(reply.assumingMemoryBound(to: redisReply.self))
    }

    /// Sends one command and waits for its answer.
    /// - Throws: ``RedisError/server(code:)`` where the answer is an error; the connection is sound after that one.
    func ask(_ words: [[UInt8]], by deadline: ContinuousClock.Instant) throws(RedisError) -> RedisReply {
        try send(words, by: deadline)
        let reply = try receive(by: deadline)
        if case .error(let code) = reply { throw .server(code: code) }
        return reply
    }

    private static func copy(_ reply: UnsafeMutablePointer<redisReply>) -> RedisReply {
        let bytes = { UnsafeRawBufferPointer(start: reply.pointee.str, count: reply.pointee.len) }
        switch reply.pointee.type {
        case REDIS_REPLY_INTEGER: return .integer(reply.pointee.integer)
        case REDIS_REPLY_STATUS: return .status(String(decoding: bytes(), as: UTF8.self))
        case REDIS_REPLY_STRING: return .bytes(Array(bytes()))
        case REDIS_REPLY_ERROR: return .error(code: Self.code(String(decoding: bytes(), as: UTF8.self)))
        case REDIS_REPLY_ARRAY:
            let elements = UnsafeBufferPointer(start: reply.pointee.element, count: reply.pointee.elements)
            return .array(elements.map { $0.map(copy) ?? .null })
        default: return .null
        }
    }

    /// The first word of an error, when it has the shape of a code; scripts may raise anything.
    private static func code(_ message: String) -> String {
        let word = message.prefix { $0 != " " }
        let isCode = !word.isEmpty && word.utf8.count <= 32 && word.utf8.allSatisfy { (65...90).contains($0) || $0 == 95 }
        return isCode ? String(word) : "ERR"
    }

    /// What hiredis noted last.
    private var reason: String { String(cString: redis_error_text(context)) }
}
