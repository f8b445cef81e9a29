/// A sort of work, owned by exactly one program (I10).
///
/// A kind that no program of a build declares is parked: nobody claims, rescues or discards it until a program that
/// owns it comes along (D-83).
public struct JobKind: Sendable, Hashable {
    /// Name stored with each job, such as `message.email`.
    public let name: String
    /// Queue it stands in: what an operator pauses.
    public let queue: String
    /// Attempts before a job is dead.
    public let maxAttempts: Int
    /// Wait before the next attempt.
    public let backoff: Backoff

    /// A kind.
    public init(name: String, queue: String, maxAttempts: Int = 8, backoff: Backoff = Backoff()) {
        self.name = name
        self.queue = queue
        self.maxAttempts = maxAttempts
        self.backoff = backoff
    }
}

/// Exponential wait with full jitter above a floor, so that jobs that failed together do not come back together.
public struct Backoff: Sendable, Hashable {
    /// Wait before the second attempt, doubled for each one after.
    public let base: Duration
    /// Longest wait.
    public let cap: Duration

    /// A backoff.
    public init(base: Duration = .seconds(5), cap: Duration = .seconds(1800)) {
        self.base = base
        self.cap = cap
    }

    /// Wait after a failed attempt.
    ///
    /// - Parameters:
    ///   - attempts: attempts made so far, from 1.
    ///   - retryAfter: what the other side asked for; never undercut.
    ///   - random: number in 0..<1.
    public func delay(afterAttempts attempts: Int, retryAfter: Duration? = nil, random: Double) -> Duration {
        let doubled = base * (1 << min(max(attempts, 1) - 1, 20))
        let ceiling = min(doubled, cap)
        let jittered = ceiling / 2 + ceiling / 2 * random
        return max(jittered, retryAfter ?? .zero)
    }
}
