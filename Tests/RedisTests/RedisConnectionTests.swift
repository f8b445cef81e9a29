import Foundation
import Redis
import TestSupport
import Testing

@Suite struct RedisConnectionTests {
    @Test func `values pass through byte for byte`() async throws {
        let redis = try sharedConnection()
        let key = Array(uniqueName().utf8)
        let value = [UInt8](0...255) + Array("%s %n \r\n$5\r\n".utf8)
        #expect(try await redis.command([Array("SET".utf8), key, value, Array("EX".utf8), Array("60".utf8)]) == .status("OK"))
        #expect(try await redis.command([Array("GET".utf8), key]) == .bytes(value))
    }

    @Test func `an empty argument is an argument`() async throws {
        let redis = try sharedConnection()
        #expect(try await redis.command(["ECHO", ""]) == .bytes([]))
    }

    @Test func `a value larger than the socket's buffers arrives whole`() async throws {
        let redis = try sharedConnection()
        let value = [UInt8](repeating: 0x61, count: 8 << 20)
        #expect(try await redis.command([Array("ECHO".utf8), value]) == .bytes(value))
    }

    @Test func `every kind of answer has its case`() async throws {
        let redis = try sharedConnection()
        let key = uniqueName()
        #expect(try await redis.command(["GET", key]) == .null)
        #expect(try await redis.command(["INCRBY", key, "41"]) == .integer(41))
        #expect(try await redis.command(["EXPIRE", key, "60"]) == .integer(1))
        #expect(try await redis.command(["MGET", key, key + "-none"]) == .array([.bytes(Array("41".utf8)), .null]))
        let nested = "return {1, {'a', redis.status_reply('OK')}, redis.error_reply('ODD word')}"
        let answer = RedisReply.array([.integer(1), .array([.bytes(Array("a".utf8)), .status("OK")]), .error(code: "ODD")])
        #expect(try await redis.command(["EVAL", nested, "0"]) == answer)
    }

    @Test func `an answer's text is a status or UTF-8, and nothing else`() {
        #expect(RedisReply.status("OK").text == "OK")
        #expect(RedisReply.bytes(Array("été".utf8)).text == "été")
        #expect(RedisReply.bytes([0xff]).text == nil)
        #expect(RedisReply.integer(1).text == nil)
        #expect(RedisReply.null.text == nil)
    }

    @Test func `an error of Redis keeps its code, drops its words and leaves the connection usable`() async throws {
        let redis = try sharedConnection()
        let failure = await error { () throws(RedisError) in _ = try await redis.command(["NONSENSE", "someone@example.org"]) }
        #expect(failure == .server(code: "ERR"))
        #expect(failure?.description.contains("example") == false)
        try await redis.ping()
    }

    @Test func `commands of many tasks share one connection`() async throws {
        let redis = try sharedConnection()
        let key = uniqueName()
        try await withThrowingTaskGroup(of: RedisReply.self) { group in
            for number in 1...200 { group.addTask { try await redis.command(["ECHO", "\(key)-\(number)"]) } }
            var answers: Set<String> = []
            for try await answer in group { answers.insert(answer.text ?? "") }
            #expect(answers == Set((1...200).map { "\(key)-\($0)" }))
        }
    }

    @Test func `a database of the URL is selected`() async throws {
        let url = try TestServers.redisURL.replacing("db=0", with: "db=5")
        let redis = RedisConnection(try RedisConfiguration(url: url))
        let info = try await redis.command(["CLIENT", "INFO"]).text ?? ""
        #expect(info.contains(" db=5 "))
    }

    @Test func `nothing connects before the first command`() async throws {
        let nowhere = RedisConnection(try RedisConfiguration(url: "redis+unix:///nonexistent/redis.sock"))
        await nowhere.close()
        let failure = await error { () throws(RedisError) in try await nowhere.ping() }
        #expect(failure == .unreachable(.path("/nonexistent/redis.sock"), reason: "No such file or directory"))
    }

    @Test func `a closed connection opens again when used`() async throws {
        let redis = try sharedConnection()
        try await redis.ping()
        await redis.close()
        try await redis.ping()
    }

    @Test func `a connection's thread ends with it`() async throws {
        // Threads of other tests come and go: many connections make the difference plain.
        func threads() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count }
        let before = try threads()
        var connections: [RedisConnection] = []
        for _ in 1...100 {
            let redis = try sharedConnection()
            try await redis.ping()
            connections.append(redis)
        }
        #expect(try threads() >= before + 50)
        connections = []
        try await eventually("the end of the threads") { try threads() < before + 50 }
    }
}
