import Redis
import TestSupport
import Testing

/// What a connection does when its server goes away: each test breaks a Redis of its own.
@Suite struct RedisOutageTests {
    @Test func `a restart between two commands goes unnoticed`() async throws {
        try await PrivateServers.with([.redis]) { servers in
            let redis = RedisConnection(try RedisConfiguration(url: servers.redisURL))
            #expect(try await redis.command(["SET", "kept", "1"]) == .status("OK"))
            try await servers.restart(.redis)
            #expect(try await redis.command(["GET", "kept"]).text == "1")
        }
    }

    @Test func `while the server is down callers are told at once, and when it is back they are served`() async throws {
        try await PrivateServers.with([.redis]) { servers in
            let redis = RedisConnection(try RedisConfiguration(url: servers.redisURL))
            try await redis.ping()
            try await servers.crash(.redis)
            let start = ContinuousClock.now
            for _ in 1...200 {
                let failure = await error { () throws(RedisError) in try await redis.ping() }
                #expect(failure?.label == "unreachable")
            }
            #expect(start.duration(to: .now) < .seconds(10))
            try await servers.start(.redis)
            // The longest pause between two attempts is 2 s.
            try await eventually(within: .seconds(5)) { await error { () throws(RedisError) in try await redis.ping() } == nil }
        }
    }

    @Test func `a server that dies over a command breaks that command only`() async throws {
        try await PrivateServers.with([.redis]) { servers in
            let redis = RedisConnection(try RedisConfiguration(url: servers.redisURL, commandTimeout: .seconds(30)))
            try await redis.ping()
            async let blocked = error { () throws(RedisError) in _ = try await redis.command(["BLPOP", "nothing", "0"]) }
            let observer = RedisConnection(try RedisConfiguration(url: servers.redisURL))
            try await eventually { try await observer.command(["INFO", "clients"]).text?.contains("blocked_clients:1") == true }
            try await servers.crash(.redis)
            #expect(await blocked?.label == "disconnected")
            try await servers.start(.redis)
            try await eventually(within: .seconds(5)) { await error { () throws(RedisError) in try await redis.ping() } == nil }
        }
    }

    @Test func `a frozen server costs its time-out, whether connected before or not, and however many wait`() async throws {
        try await PrivateServers.with([.redis]) { servers in
            let configuration = try RedisConfiguration(
                url: servers.redisURL, connectTimeout: .milliseconds(300), commandTimeout: .milliseconds(600))
            let (connected, fresh) = (RedisConnection(configuration), RedisConnection(configuration))
            try await connected.ping()
            try await servers.freeze(.redis)
            for redis in [connected, fresh] {
                let start = ContinuousClock.now
                await withTaskGroup(of: RedisError?.self) { group in
                    for _ in 1...20 { group.addTask { await error { () throws(RedisError) in try await redis.ping() } } }
                    for await failure in group { #expect(failure?.label == "timeout") }
                }
                // The bound, and room for a busy machine.
                let elapsed = start.duration(to: .now)
                #expect(elapsed < .seconds(10), "\(elapsed)")
            }
            try await servers.thaw(.redis)
            try await eventually(within: .seconds(5)) {
                await error { () throws(RedisError) in try await connected.ping() } == nil
            }
        }
    }

    @Test func `a write that a frozen server does not take ends in time`() async throws {
        try await PrivateServers.with([.redis]) { servers in
            let redis = RedisConnection(try RedisConfiguration(url: servers.redisURL, commandTimeout: .milliseconds(300)))
            try await redis.ping()
            try await servers.freeze(.redis)
            let start = ContinuousClock.now
            let large = [Array("ECHO".utf8), [UInt8](repeating: 0x61, count: 8 << 20)]
            #expect(await error { () throws(RedisError) in _ = try await redis.command(large) } == .timeout(.command))
            let elapsed = start.duration(to: .now)
            #expect(elapsed < .seconds(10), "\(elapsed)")
        }
    }

    @Test func `a late answer is never taken for the next command's`() async throws {
        try await PrivateServers.with([.redis]) { servers in
            let redis = RedisConnection(try RedisConfiguration(url: servers.redisURL, commandTimeout: .milliseconds(300)))
            try await redis.ping()
            try await servers.freeze(.redis)
            #expect(await error { () throws(RedisError) in _ = try await redis.command(["ECHO", "late"]) } == .timeout(.command))
            try await servers.thaw(.redis)
            try await eventually(within: .seconds(5)) {
                let answer = try? await redis.command(["ECHO", "next"])
                #expect(answer == nil || answer?.text == "next")
                return answer != nil
            }
        }
    }

    @Test func `a password is asked for, checked and used`() async throws {
        try await PrivateServers.with([.redis]) { servers in
            let open = RedisConnection(try RedisConfiguration(url: servers.redisURL))
            _ = try await open.command(["ACL", "SETUSER", "worker", "on", ">p@ss", "~*", "+@all"])
            _ = try await open.command(["CONFIG", "SET", "requirepass", "s3cret"])

            func connection(_ credentials: String) throws -> RedisConnection {
                let url = servers.redisURL.replacing("redis+unix://", with: "redis+unix://\(credentials)")
                return RedisConnection(try RedisConfiguration(url: url))
            }
            let (none, wrong) = (try connection(""), try connection(":guess@"))
            #expect(await error { () throws(RedisError) in try await none.ping() } == .server(code: "NOAUTH"))
            #expect(await error { () throws(RedisError) in try await wrong.ping() } == .server(code: "WRONGPASS"))
            // Told again, not hidden behind the pause that follows a failure.
            #expect(await error { () throws(RedisError) in try await wrong.ping() } == .server(code: "WRONGPASS"))
            try await connection(":s3cret@").ping()
            #expect(try await connection("worker:p%40ss@").command(["ACL", "WHOAMI"]).text == "worker")
        }
    }
}
