internal import Redis
internal import Synchronization

/// Token buckets in Redis, shared by all instances (D-44); in this process alone while Redis is away.
///
/// Tokens are fetched a tenth of a second's worth at a time and spent here, so that a busy caller does not cost a round trip for
/// each request; where limits are small that is one token, exactly.
final class RateLimiter: Sendable {
    /// Whose requests are counted, and how many a minute there may be.
    struct Bucket: Sendable, Hashable {
        let name: String
        let perMinute: Int
    }

    /// Whether a request may pass, and what its caller is told.
    struct Verdict: Sendable, Equatable {
        let isAllowed: Bool
        let remaining: Int
        /// Whole seconds until there is another token.
        let wait: Int
    }

    private struct Grant: Sendable {
        let tokens: Int
        let remaining: Int
        let wait: Duration
    }

    private struct Local {
        var tokens = 0
        var remaining = 0
        /// Tokens fetched long ago do not add up.
        var until: ContinuousClock.Instant
        var deniedUntil: ContinuousClock.Instant?
        var fallback: TokenBucket?
    }

    private static let capacity = 50_000

    private let buckets = Mutex<[String: Local]>([:])
    private let shared: Coalescer<Bucket, Grant>?
    private let degradedUntil = Mutex<ContinuousClock.Instant?>(nil)
    private let onOutage: @Sendable () -> Void

    /// - Parameters:
    ///   - redis: nil where there is none.
    ///   - prefix: of the keys; names the database whose callers are counted.
    init(_ redis: RedisConnection?, prefix: String, onOutage: @escaping @Sendable () -> Void) {
        self.onOutage = onOutage
        shared = redis.map { redis in Coalescer { try await Self.fetch($0, from: redis, prefix: prefix) } }
    }

    /// Takes one request's token.
    func take(_ bucket: Bucket) async -> Verdict {
        let now = ContinuousClock.now
        if let verdict = buckets.withLock({ Self.spend(bucket, &$0, at: now) }) { return verdict }
        guard let shared, !isDegraded(at: now) else { return local(bucket, at: now) }
        do {
            let grant = try await shared.ask(bucket)
            return buckets.withLock { Self.receive(grant, bucket, &$0, at: .now) }
        } catch {
            degradedUntil.withLock { $0 = .now + .seconds(2) }
            onOutage()
            return local(bucket, at: .now)
        }
    }

    private func isDegraded(at now: ContinuousClock.Instant) -> Bool { degradedUntil.withLock { $0.map { $0 > now } ?? false } }

    private static func spend(_ bucket: Bucket, _ all: inout [String: Local], at now: ContinuousClock.Instant) -> Verdict? {
        guard var local = all[bucket.name] else { return nil }
        if let denied = local.deniedUntil, denied > now { return refusal(now.duration(to: denied)) }
        guard local.tokens > 0, local.until > now else { return nil }
        local.tokens -= 1
        all[bucket.name] = local
        return Verdict(isAllowed: true, remaining: local.remaining + local.tokens, wait: 0)
    }

    private static func receive(
        _ grant: Grant, _ bucket: Bucket, _ all: inout [String: Local], at now: ContinuousClock.Instant
    ) -> Verdict {
        makeRoom(&all, at: now)
        var local = all[bucket.name] ?? Local(until: now)
        if local.until <= now { local.tokens = 0 }
        local.remaining = grant.remaining
        guard grant.tokens > 0 else {
            local.deniedUntil = now + min(grant.wait, .seconds(1))
            all[bucket.name] = local
            return refusal(grant.wait)
        }
        local.deniedUntil = nil
        local.tokens += grant.tokens - 1
        local.until = now + .seconds(2)
        all[bucket.name] = local
        return Verdict(isAllowed: true, remaining: local.remaining + local.tokens, wait: 0)
    }

    private func local(_ bucket: Bucket, at now: ContinuousClock.Instant) -> Verdict {
        buckets.withLock { all in
            Self.makeRoom(&all, at: now)
            var local = all[bucket.name] ?? Local(until: now)
            var tokens = local.fallback ?? TokenBucket(perMinute: bucket.perMinute, at: now)
            let (remaining, wait) = tokens.take(perMinute: bucket.perMinute, at: now)
            local.fallback = tokens
            all[bucket.name] = local
            return remaining.map { Verdict(isAllowed: true, remaining: $0, wait: 0) } ?? Self.refusal(wait)
        }
    }

    private static func refusal(_ wait: Duration) -> Verdict {
        Verdict(isAllowed: false, remaining: 0, wait: max(1, Int(wait.components.seconds) + 1))
    }

    /// Forgets those who have been quiet; whoever makes up addresses faster than that begins anew with everybody.
    private static func makeRoom(_ all: inout [String: Local], at now: ContinuousClock.Instant) {
        guard all.count >= capacity else { return }
        all = all.filter { $0.value.until > now || !($0.value.fallback?.isFull(at: now) ?? true) }
        if all.count >= capacity { all = [:] }
    }

    // MARK: Redis

    /// Fetches tokens for several buckets at once; of askers for one bucket each gets its share.
    private static func fetch(_ asked: [Bucket], from redis: RedisConnection, prefix: String) async throws -> [Grant] {
        var wants: [Bucket: Int] = [:]
        for bucket in asked { wants[bucket, default: 0] += 1 }
        let list = Array(wants)
        let amounts = list.map { max($0.value, $0.key.perMinute / 600) }
        let keys = list.map { prefix + $0.key.name }
        let values = zip(list, amounts).flatMap { [String($1), String($0.key.perMinute)] }
        guard case .array(let replies) = try await redis.command(["EVAL", script, String(keys.count)] + keys + values),
            replies.count == list.count
        else { throw RedisError.unexpectedReply }
        var grants: [Bucket: Grant] = [:]
        for ((bucket, _), reply) in zip(list, replies) {
            guard case .array(let numbers) = reply, case .integer(let tokens)? = numbers.first, numbers.count == 3,
                case .integer(let remaining) = numbers[1], case .integer(let wait) = numbers[2]
            else { throw RedisError.unexpectedReply }
            grants[bucket] = Grant(tokens: Int(tokens), remaining: Int(remaining), wait: .milliseconds(wait))
        }
        // The first asker takes the surplus home.
        return asked.map { bucket in
            guard let grant = grants[bucket], let left = wants[bucket] else { return Grant(tokens: 0, remaining: 0, wait: .zero) }
            wants[bucket] = left - 1
            let share = grant.tokens > left ? grant.tokens - left + 1 : min(1, grant.tokens)
            grants[bucket] = Grant(tokens: grant.tokens - share, remaining: grant.remaining, wait: grant.wait)
            return Grant(tokens: share, remaining: grant.remaining, wait: max(grant.wait, .milliseconds(1)))
        }
    }

    /// Tokens grow with Redis's own clock; a bucket that nobody uses is forgotten when it would be full.
    private static let script = """
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local replies = {}
        for i, key in ipairs(KEYS) do
            local want, limit = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
            local held = redis.call('HMGET', key, 'tokens', 'at')
            local tokens, at = tonumber(held[1]) or limit, tonumber(held[2]) or now
            tokens = math.min(limit, tokens + math.max(0, now - at) * limit / 60000)
            local taken = math.min(want, math.floor(tokens))
            tokens = tokens - taken
            redis.call('HSET', key, 'tokens', tostring(tokens), 'at', now)
            redis.call('PEXPIRE', key, 120000)
            replies[i] = {taken, math.floor(tokens), math.ceil((1 - math.min(1, tokens)) * 60000 / limit)}
        end
        return replies
        """
}
