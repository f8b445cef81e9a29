import Foundation
import Redis
import TestSupport
import Testing

@Suite struct RedisSubscriptionTests {
    @Test func `messages arrive in order, from every channel, byte for byte`() async throws {
        let redis = try sharedConnection()
        let (one, two) = (uniqueName(), uniqueName())
        var events = try listen(to: [one, two])
        #expect(await events.next() == .subscribed)
        #expect(try await redis.publish("first", to: one) == 1)
        #expect(try await redis.publish("été", to: two) == 1)
        let odd: [UInt8] = [0, 0xff, 0x0d, 0x0a]
        #expect(try await redis.command([Array("PUBLISH".utf8), Array(one.utf8), odd]) == .integer(1))
        #expect(await events.next() == .message(channel: one, payload: Array("first".utf8)))
        #expect(await events.next() == .message(channel: two, payload: Array("été".utf8)))
        #expect(await events.next() == .message(channel: one, payload: odd))
    }

    @Test func `a message to nobody is no error`() async throws {
        #expect(try await sharedConnection().publish("anyone?", to: uniqueName()) == 0)
    }

    @Test func `a subscription lives through quiet times`() async throws {
        let redis = try sharedConnection()
        let channel = uniqueName()
        let configuration = try RedisConfiguration(url: TestServers.redisURL, commandTimeout: .seconds(10))
        let subscription = RedisSubscription(to: [channel], on: configuration, pingInterval: .milliseconds(20))
        var events = subscription.events().makeAsyncIterator()
        #expect(await events.next() == .subscribed)
        // Long enough for several signs of life.
        try await Task.sleep(for: .milliseconds(200))
        try await redis.publish("still there", to: channel)
        #expect(await events.next() == .message(channel: channel, payload: Array("still there".utf8)))
    }

    @Test func `a restart is reported and survived`() async throws {
        try await PrivateServers.with([.redis]) { servers in
            let configuration = try RedisConfiguration(url: servers.redisURL)
            var events = RedisSubscription(to: ["hints"], on: configuration).events().makeAsyncIterator()
            #expect(await events.next() == .subscribed)
            try await servers.restart(.redis)
            var seen: [String] = []
            while let event = await events.next(), event != .subscribed {
                if case .interrupted(let error) = event { seen.append(error.label) }
            }
            #expect(seen.first == "disconnected")
            try await RedisConnection(configuration).publish("again", to: "hints")
            #expect(await events.next() == .message(channel: "hints", payload: Array("again".utf8)))
        }
    }

    @Test func `a server that froze is noticed by its silence`() async throws {
        try await PrivateServers.with([.redis]) { servers in
            let configuration = try RedisConfiguration(url: servers.redisURL, commandTimeout: .milliseconds(200))
            let subscription = RedisSubscription(to: ["hints"], on: configuration, pingInterval: .milliseconds(50))
            var events = subscription.events().makeAsyncIterator()
            #expect(await events.next() == .subscribed)
            try await servers.freeze(.redis)
            #expect(await events.next() == .interrupted(.timeout(.ping)))
            try await servers.thaw(.redis)
            while let event = await events.next(), event != .subscribed {}
        }
    }

    @Test func `a denied subscription says so`() async throws {
        try await PrivateServers.with([.redis]) { servers in
            let configuration = try RedisConfiguration(url: servers.redisURL)
            _ = try await RedisConnection(configuration).command(["CONFIG", "SET", "requirepass", "s3cret"])
            var events = RedisSubscription(to: ["hints"], on: configuration).events().makeAsyncIterator()
            #expect(await events.next() == .interrupted(.server(code: "NOAUTH")))
        }
    }

    @Test func `cancelling the reader closes the connection at once`() async throws {
        let redis = try sharedConnection()
        let channel = uniqueName()
        let subscription = RedisSubscription(to: [channel], on: try RedisConfiguration(url: TestServers.redisURL))
        let reader = Task { for await _ in subscription.events() {} }
        try await eventually { try await subscribers(of: channel, redis) == 1 }
        let start = ContinuousClock.now
        reader.cancel()
        await reader.value
        try await eventually { try await subscribers(of: channel, redis) == 0 }
        #expect(start.duration(to: .now) < .seconds(10))
    }

    @Test func `dropping the stream closes the connection`() async throws {
        let redis = try sharedConnection()
        let channel = uniqueName()
        do {
            var events = try listen(to: [channel])
            #expect(await events.next() == .subscribed)
        }
        try await eventually { try await subscribers(of: channel, redis) == 0 }
    }

    private func subscribers(of channel: String, _ redis: RedisConnection) async throws -> Int {
        let answer = try await redis.command(["PUBSUB", "NUMSUB", channel])
        guard case .array(let parts) = answer, case .integer(let count) = parts[1] else { return -1 }
        return Int(count)
    }

    private func listen(to channels: [String]) throws -> AsyncStream<RedisEvent>.Iterator {
        RedisSubscription(to: channels, on: try RedisConfiguration(url: TestServers.redisURL)).events().makeAsyncIterator()
    }
}
