import Testing

@testable import Redis

@Suite struct RedisBackoffTests {
    private let now = ContinuousClock.now

    @Test func `a failure holds the next attempt for 50 ms, then twice as long, up to 2 s`() {
        var backoff = RedisBackoff()
        let delays = (1...8).map { _ in backoff.fail(at: now, chance: 0) }
        #expect(delays == [50, 100, 200, 400, 800, 1600, 2000, 2000].map { .milliseconds($0) })
    }

    @Test func `chance takes off a quarter at most`() {
        var backoff = RedisBackoff()
        #expect(backoff.fail(at: now, chance: 1) == .milliseconds(37.5))
    }

    @Test func `an attempt is held until its time and not beyond`() {
        var backoff = RedisBackoff()
        #expect(!backoff.holds(at: now))
        backoff.fail(at: now, chance: 0)
        #expect(backoff.holds(at: now + .milliseconds(49)))
        #expect(!backoff.holds(at: now + .milliseconds(50)))
    }

    @Test func `an answer forgets all failures`() {
        var backoff = RedisBackoff()
        for _ in 1...5 { backoff.fail(at: now, chance: 0) }
        backoff.succeed()
        #expect(!backoff.holds(at: now))
        #expect(backoff.fail(at: now, chance: 0) == .milliseconds(50))
    }

    @Test func `milliseconds round up, so that no wait is cut short`() {
        #expect(Duration.nanoseconds(1).milliseconds == 1)
        #expect(Duration.milliseconds(5).milliseconds == 5)
        #expect(Duration.seconds(2).milliseconds == 2000)
        #expect(Duration.zero.milliseconds == 0)
        #expect(Duration.seconds(Int64.max).milliseconds == .max)
        #expect(Duration.milliseconds(-3).milliseconds == -3)
    }
}
