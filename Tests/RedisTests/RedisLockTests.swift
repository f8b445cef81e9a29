import Redis
import TestSupport
import Testing

@Suite struct RedisLockTests {
    @Test func `a lock is held by one`() async throws {
        let (first, second) = (try sharedConnection(), try sharedConnection())
        let key = uniqueName()
        #expect(try await first.acquire(key, token: "a", ttl: .seconds(60)))
        #expect(try await !second.acquire(key, token: "b", ttl: .seconds(60)))
        #expect(try await !first.acquire(key, token: "a", ttl: .seconds(60)))
    }

    @Test func `a hundred contenders make one winner`() async throws {
        let redis = try sharedConnection()
        let key = uniqueName()
        let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 1...100 { group.addTask { try await redis.acquire(key, token: "\(number)", ttl: .seconds(60)) } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(winners == 1)
    }

    @Test func `only the holder renews, and then it holds for the new time`() async throws {
        let redis = try sharedConnection()
        let key = uniqueName()
        #expect(try await redis.acquire(key, token: "a", ttl: .seconds(10)))
        #expect(try await !redis.renew(key, token: "b", ttl: .seconds(60)))
        #expect(try await redis.renew(key, token: "a", ttl: .seconds(60)))
        guard case .integer(let left) = try await redis.command(["PTTL", key]) else {
            Issue.record("PTTL answers with a number")
            return
        }
        #expect(left > 10_000)
        #expect(left <= 60_000)
    }

    @Test func `only the holder releases`() async throws {
        let redis = try sharedConnection()
        let key = uniqueName()
        #expect(try await redis.acquire(key, token: "a", ttl: .seconds(60)))
        #expect(try await !redis.release(key, token: "b"))
        #expect(try await !redis.acquire(key, token: "b", ttl: .seconds(60)))
        #expect(try await redis.release(key, token: "a"))
        #expect(try await !redis.release(key, token: "a"))
        #expect(try await redis.acquire(key, token: "b", ttl: .seconds(60)))
    }

    @Test func `a lock that ran out is neither renewed nor released`() async throws {
        let redis = try sharedConnection()
        let key = uniqueName()
        #expect(try await redis.acquire(key, token: "a", ttl: .milliseconds(1)))
        try await eventually { try await redis.command(["EXISTS", key]) == .integer(0) }
        #expect(try await !redis.renew(key, token: "a", ttl: .seconds(60)))
        #expect(try await !redis.release(key, token: "a"))
    }

    @Test func `a fraction of a millisecond is a whole one`() async throws {
        let redis = try sharedConnection()
        #expect(try await redis.acquire(uniqueName(), token: "a", ttl: .microseconds(1)))
    }
}
