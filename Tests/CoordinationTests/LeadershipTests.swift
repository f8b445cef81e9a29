import Coordination
import Postgres
import Primitives
import Redis
import Runtime
import Schema
import TestSupport
import Testing

@Suite struct LeadershipTests {
    /// One contender: a process of its own in all but name.
    private struct Contender: Sendable {
        let leadership: Leadership
        let connection: PostgresConnection
    }

    private static let shared = Task { try await TestDatabase.create() }

    private func contender(
        _ name: String, identity: ProcessIdentity = ProcessIdentity(), ttl: Duration = .seconds(60), redis: String? = "shared",
        in database: TestDatabase? = nil
    ) async throws -> Contender {
        let database = if let database { database } else { try await Self.shared.value }
        let connection = PostgresConnection(PostgresConfiguration(url: database.url, applicationName: "tests"))
        let instance = try await connection.run { session throws in
            try Instance(try session.batch([Instance.statement])[0].single())
        }
        let url = redis == "shared" ? try TestServers.redisURL : redis
        let own = try url.map {
            RedisConnection(
                try RedisConfiguration(url: $0, connectTimeout: .milliseconds(500), commandTimeout: .milliseconds(500)))
        }
        return Contender(
            leadership: Leadership(
                of: name, on: instance, identity: identity, ttl: ttl, redis: own, connection: connection, log: Log(sink: { _ in })
            ),
            connection: connection)
    }

    private func epoch(_ standing: Leadership.Standing) -> Int64? { if case .leader(let epoch) = standing { epoch } else { nil } }

    /// Gives back lease and lock, as the end of a run does.
    private func release(_ contender: Contender) async throws {
        if let (statement, values) = await contender.leadership.release {
            try await contender.connection.execute(statement, values)
        }
        try await contender.leadership.releaseLock()
    }

    private func expire(_ name: String, in database: TestDatabase? = nil) async throws {
        let database = if let database { database } else { try await Self.shared.value }
        try await database.execute(
            "update relance.leases set expires_at = clock_timestamp() - interval '1 second' where name = $1", [.text(name)])
    }

    private func uniqueName() -> String { "program\(UInt64.random(in: .min ... .max))" }

    // MARK: One at a time

    @Test func `the first leads under epoch 1, and each lead after it under a higher one`() async throws {
        let name = uniqueName()
        for expected in 1...3 {
            let contender = try await contender(name)
            #expect(try await contender.leadership.acquire() == .leader(epoch: Int64(expected)))
            #expect(await contender.leadership.currentEpoch == Int64(expected))
            try await release(contender)
            #expect(await contender.leadership.currentEpoch == nil)
        }
    }

    @Test(arguments: ["shared", nil])
    func `while one leads the other follows, and a release lets it in at once`(redis: String?) async throws {
        let name = uniqueName()
        let (one, other) = (try await contender(name, redis: redis), try await contender(name, redis: redis))
        #expect(try await one.leadership.acquire() == .leader(epoch: 1))
        #expect(try await other.leadership.acquire() == .follower)
        #expect(try await other.leadership.keep() == .follower)
        #expect(try await one.leadership.keep() == .leader(epoch: 1))
        try await release(one)
        #expect(try await other.leadership.acquire() == .leader(epoch: 2))
    }

    @Test(arguments: ["shared", nil])
    func `twenty contenders make one leader`(redis: String?) async throws {
        let name = uniqueName()
        let epochs = try await withThrowingTaskGroup(of: Int64?.self) { group in
            for _ in 1...20 { group.addTask { epoch(try await contender(name, redis: redis).leadership.acquire()) } }
            return try await group.reduce(into: [Int64]()) { if let epoch = $1 { $0.append(epoch) } }
        }
        #expect(epochs == [1])
    }

    @Test func `programs do not stand in each other's way`() async throws {
        #expect(try await contender(uniqueName()).leadership.acquire() == .leader(epoch: 1))
        #expect(try await contender(uniqueName()).leadership.acquire() == .leader(epoch: 1))
    }

    @Test func `databases that share a Redis do not stand in each other's way`() async throws {
        let name = uniqueName()
        let (one, other) = (try await TestDatabase.create(), try await TestDatabase.create())
        #expect(try await contender(name, in: one).leadership.acquire() == .leader(epoch: 1))
        #expect(try await contender(name, in: other).leadership.acquire() == .leader(epoch: 1))
    }

    // MARK: Fences

    @Test func `an old epoch neither renews nor releases, and its holder steps down`() async throws {
        let name = uniqueName()
        let (old, new) = (try await contender(name, ttl: .milliseconds(30), redis: nil), try await contender(name, redis: nil))
        #expect(try await old.leadership.acquire() == .leader(epoch: 1))
        let release = await old.leadership.release
        try await expire(name)
        #expect(try await new.leadership.acquire() == .leader(epoch: 2))
        try await eventually { try await old.leadership.keep() == .follower }
        #expect(await old.leadership.currentEpoch == nil)
        #expect(await old.leadership.release == nil)
        if let (statement, values) = release { #expect(try await old.connection.execute(statement, values) == 0) }
        #expect(try await old.leadership.acquire() == .follower)
        #expect(try await new.leadership.keep() == .leader(epoch: 2))
    }

    @Test func `a lease that ran out is not renewed, though nobody took it: another epoch begins`() async throws {
        let name = uniqueName()
        let contender = try await contender(name, ttl: .milliseconds(30), redis: nil)
        #expect(try await contender.leadership.acquire() == .leader(epoch: 1))
        try await expire(name)
        try await eventually { try await contender.leadership.keep() == .follower }
        #expect(try await contender.leadership.acquire() == .leader(epoch: 2))
    }

    @Test func `a lease that is kept is not lost, however long it is held`() async throws {
        let name = uniqueName()
        let holder = try await contender(name, ttl: .seconds(3), redis: nil)
        let rival = try await contender(name, redis: nil)
        #expect(try await holder.leadership.acquire() == .leader(epoch: 1))
        let first = try await Self.shared.value.value("select expires_at from relance.leases where name = $1", [.text(name)])
        try await eventually {
            #expect(try await holder.leadership.keep() == .leader(epoch: 1))
            return try await Self.shared.value.value("select expires_at from relance.leases where name = $1", [.text(name)])
                != first
        }
        #expect(try await rival.leadership.acquire() == .follower)
    }

    @Test func `a process is not shut out by what it holds itself`() async throws {
        let (name, identity) = (uniqueName(), ProcessIdentity())
        let contender = try await contender(name, identity: identity)
        #expect(try await contender.leadership.acquire() == .leader(epoch: 1))
        // The end of the run could not be written: lease and lock stand.
        await contender.leadership.lost()
        #expect(try await contender.leadership.acquire() == .leader(epoch: 2))
        let next = try await self.contender(name, identity: identity)
        #expect(try await next.leadership.acquire() == .leader(epoch: 3))
        #expect(try await self.contender(name).leadership.acquire() == .follower)
    }

    // MARK: Redis

    @Test func `whoever has the lock and not the lease does not sit on it`() async throws {
        let name = uniqueName()
        let (holder, other) = (try await contender(name, redis: nil), try await contender(name))
        #expect(try await holder.leadership.acquire() == .leader(epoch: 1))
        #expect(try await other.leadership.acquire() == .follower)
        try await release(holder)
        // The lock is free for a third.
        #expect(try await contender(name).leadership.acquire() == .leader(epoch: 2))
    }

    @Test func `whoever has the lock and cannot ask for the lease does not sit on it`() async throws {
        let (name, database) = (uniqueName(), try await TestDatabase.create())
        let contender = try await contender(name, in: database)
        try await database.execute("alter table relance.leases rename to gone")
        await #expect(throws: PostgresError.self) { try await contender.leadership.acquire() }
        try await database.execute("alter table relance.gone rename to leases")
        #expect(try await self.contender(name, in: database).leadership.acquire() == .leader(epoch: 1))
    }

    @Test func `without Redis the lease decides alone, and the lead is marked as degraded`() async throws {
        let name = uniqueName()
        let away = "redis+unix:///nowhere/at/all.sock"
        let (one, other) = (try await contender(name, redis: away), try await contender(name, redis: away))
        #expect(try await one.leadership.acquire() == .leader(epoch: 1))
        #expect(await one.leadership.isDegraded)
        #expect(try await other.leadership.acquire() == .follower)
        try await release(one)
        #expect(try await other.leadership.acquire() == .leader(epoch: 2))
    }

    @Test func `Redis may crash, forget everything and come back under a leader`() async throws {
        try await PrivateServers.with([.redis]) { servers in
            let name = uniqueName()
            let leader = try await contender(name, ttl: .milliseconds(900), redis: servers.redisURL)
            let rival = try await contender(name, ttl: .seconds(60), redis: servers.redisURL)
            #expect(try await leader.leadership.acquire() == .leader(epoch: 1))
            #expect(try await rival.leadership.acquire() == .follower)
            try await servers.crash(.redis)
            // Renewed meanwhile or run out: with Redis away there is one leader at most, by the lease alone.
            let standing = try await leader.leadership.keep()
            let attempt = try await rival.leadership.acquire()
            #expect((epoch(standing) != nil) != (epoch(attempt) != nil) || epoch(standing) == nil)
            try await servers.start(.redis)
            let redis = RedisConnection(try RedisConfiguration(url: servers.redisURL))
            _ = try await redis.command(["FLUSHALL"])

            // Both again from the start: the lock is free, the lease is not.
            try await expire(name)
            let (first, second) = (
                try await contender(name, redis: servers.redisURL), try await contender(name, redis: servers.redisURL)
            )
            let led = epoch(try await first.leadership.acquire())
            #expect(led != nil)
            _ = try await redis.command(["FLUSHALL"])
            #expect(try await second.leadership.acquire() == .follower)
            #expect(epoch(try await first.leadership.keep()) == led)
        }
    }

    @Test func `a frozen Redis holds nobody up beyond its time-out`() async throws {
        try await PrivateServers.with([.redis]) { servers in
            let contender = try await contender(uniqueName(), redis: servers.redisURL)
            try await servers.freeze(.redis)
            #expect(try await contender.leadership.acquire() == .leader(epoch: 1))
            #expect(await contender.leadership.isDegraded)
            try await servers.thaw(.redis)
        }
    }
}
