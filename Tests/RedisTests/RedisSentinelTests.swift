import Foundation
import Redis
import TestSupport
import Testing

/// A primary, a replica and a sentinel over TCP, all of this suite's own.
@Suite struct RedisSentinelTests {
    @Test func `the sentinels name the primary, and after a failover the new one`() async throws {
        try await withDirectory { directory in
            let (first, second, watcher) = (try freePort(), try freePort(), try freePort())
            let primary = try await redisServer(["--port", "\(first)", "--dir", directory, "--dbfilename", "first.rdb"])
            let replica = try await redisServer([
                "--port", "\(second)", "--dir", directory, "--dbfilename", "second.rdb", "--replicaof", "127.0.0.1", "\(first)",
            ])
            let configuration = directory + "/sentinel.conf"
            try """
            port \(watcher)
            bind 127.0.0.1
            dir \(directory)
            sentinel monitor main 127.0.0.1 \(first) 1
            sentinel down-after-milliseconds main 500
            sentinel failover-timeout main 2000
            """.write(toFile: configuration, atomically: true, encoding: .utf8)
            let sentinel = try await redisServer([configuration, "--sentinel"])
            let watch = RedisConnection(try RedisConfiguration(url: "redis://127.0.0.1:\(watcher)"))
            try await eventually(within: .seconds(30), "the sentinel's view of the replica") {
                let state = try? await watch.command(["SENTINEL", "REPLICAS", "main"])
                guard case .array(let replicas) = state, case .array(let fields) = replicas.first else { return false }
                let words = fields.map { $0.text ?? "" }
                return words.contains("slave") && words.contains("ok")
            }

            // The first sentinel is not there and the second hangs, which must not matter.
            let hung = try freePort()
            let silent = try await redisServer(["--port", "\(hung)", "--dir", directory])
            try await silent.output(contains: "Ready to accept connections")
            silent.send(SIGSTOP)
            let sentinels = "127.0.0.1:\(try freePort()),127.0.0.1:\(hung),127.0.0.1:\(watcher)"
            let redis = RedisConnection(try RedisConfiguration(url: "redis+sentinel://\(sentinels)/main/1"))
            #expect(try await redis.command(["CONFIG", "GET", "port"]).last?.text == "\(first)")

            // A user who may not ask for the role is served all the same.
            _ = try await redis.command(["ACL", "SETUSER", "worker", "on", ">pw", "~*", "+@all", "-role"])
            let worker = RedisConnection(try RedisConfiguration(url: "redis+sentinel://worker:pw@127.0.0.1:\(watcher)/main"))
            try await worker.ping()

            primary.send(SIGKILL)
            try await eventually(within: .seconds(30), "the failover") {
                (try? await redis.command(["CONFIG", "GET", "port"]))?.last?.text == "\(second)"
            }
            #expect(try await redis.acquire("lock", token: "a", ttl: .seconds(60)))
            #expect(replica.isRunning)
            #expect(sentinel.isRunning)
        }
    }

    @Test func `a write that a replica refuses drops the connection, so that the next one asks who is primary`() async throws {
        try await PrivateServers.with([.redis]) { servers in
            let redis = RedisConnection(try RedisConfiguration(url: servers.redisURL))
            let before = try await redis.command(["CLIENT", "ID"])
            _ = try await redis.command(["REPLICAOF", "127.0.0.1", "\(try freePort())"])
            let failure = await error { () throws(RedisError) in _ = try await redis.command(["SET", "x", "1"]) }
            #expect(failure == .server(code: "READONLY"))
            #expect(try await redis.command(["CLIENT", "ID"]) != before)
        }
    }

    @Test func `a refusal in the sentinel's place is what the caller hears`() async throws {
        try await PrivateServers.with([.redis]) { servers in
            let port = try freePort()
            let direct = RedisConnection(try RedisConfiguration(url: servers.redisURL))
            _ = try await direct.command(["CONFIG", "SET", "bind", "127.0.0.1", "port", "\(port)"])
            let confused = RedisConnection(try RedisConfiguration(url: "redis+sentinel://127.0.0.1:\(port)/main"))
            #expect(await error { () throws(RedisError) in try await confused.ping() } == .server(code: "ERR"))
        }
    }

    @Test func `a port that nobody listens on is unreachable, by name and number`() async throws {
        let port = try freePort()
        let redis = RedisConnection(try RedisConfiguration(url: "redis://127.0.0.1:\(port)"))
        let failure = await error { () throws(RedisError) in try await redis.ping() }
        #expect(failure == .unreachable(.host("127.0.0.1", port: port), reason: "Connection refused"))
    }

    private func redisServer(_ arguments: [String]) async throws -> ChildProcess {
        try await ChildProcess("/usr/bin/redis-server", arguments + ["--bind", "127.0.0.1", "--save", "", "--daemonize", "no"])
    }

    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        let directory = "\(TestServers.directory)/sentinel-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await body(directory)
    }
}

extension RedisReply {
    /// The last element of an array.
    fileprivate var last: RedisReply? {
        guard case .array(let elements) = self else { return nil }
        return elements.last
    }
}
