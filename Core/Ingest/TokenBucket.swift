/// So many requests a minute, and a minute's worth at once.
struct TokenBucket {
    private var tokens: Double
    private var filledAt: ContinuousClock.Instant

    init(perMinute: Int, at now: ContinuousClock.Instant) {
        tokens = Double(perMinute)
        filledAt = now
    }

    /// Takes one token.
    ///
    /// - Returns: how many whole ones are left, or nil and how long the next takes.
    mutating func take(perMinute: Int, at now: ContinuousClock.Instant) -> (remaining: Int?, wait: Duration) {
        let passed = filledAt.duration(to: now) / .seconds(60)
        tokens = min(Double(perMinute), tokens + passed * Double(perMinute))
        filledAt = now
        guard tokens >= 1 else { return (nil, .seconds((1 - tokens) * 60 / Double(perMinute))) }
        tokens -= 1
        return (Int(tokens), .zero)
    }

    /// Whether nobody has taken any for a while.
    func isFull(at now: ContinuousClock.Instant) -> Bool { filledAt.duration(to: now) > .seconds(60) }
}
