/// When a broken connection may be tried again: after 50 ms, doubling up to 2 s, with up to a quarter taken off at random,
/// so that a fleet that lost its Redis does not come back in step. A value; the clock and the dice are the caller's.
struct RedisBackoff {
    static let first = Duration.milliseconds(50)
    static let longest = Duration.seconds(2)

    private var next = first
    private(set) var notBefore: ContinuousClock.Instant?

    /// Whether an attempt at `now` would come too early.
    func holds(at now: ContinuousClock.Instant) -> Bool { notBefore.map { now < $0 } ?? false }

    /// Notes a failed attempt.
    /// - Parameters:
    ///   - now: When it failed.
    ///   - chance: A number from 0 to 1 that decides how much is taken off.
    /// - Returns: How long to wait.
    @discardableResult
    mutating func fail(at now: ContinuousClock.Instant, chance: Double) -> Duration {
        let delay = next * (1 - chance / 4)
        notBefore = now + delay
        next = min(next * 2, Self.longest)
        return delay
    }

    /// Notes that the server answers.
    mutating func succeed() { self = RedisBackoff() }
}
