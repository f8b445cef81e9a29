internal import HTTPClient

/// Until when Sentry wants nothing of a category; nothing is kept for later.
struct SentryLimits: Sendable {
    /// Our categories; the empty one stands for all.
    private static let known: Set<Substring> = ["", "error", "monitor"]
    /// A mistyped limit must not silence a process for good.
    private static let longest = 86_400.0

    private var until: [Substring: ContinuousClock.Instant] = [:]

    /// Whether a category may be sent now.
    func allows(_ category: String, at now: ContinuousClock.Instant) -> Bool {
        [until[Substring(category)], until[""]].allSatisfy { $0.map { $0 <= now } ?? true }
    }

    /// Takes note of an answer: `X-Sentry-Rate-Limits` with any status, else a 429's `Retry-After`, else 60 s.
    mutating func learn(from response: HTTPResponse, at now: ContinuousClock.Instant) {
        if let header = response.headers["X-Sentry-Rate-Limits"] {
            for limit in header.split(separator: ",").prefix(64) { learn(limit, at: now) }
        } else if response.status == 429 {
            // A date would need the server's clock; 60 s is what its absence means, too.
            let seconds = response.headers["Retry-After"].flatMap { Double($0) }
            extend("", by: seconds.flatMap { $0 >= 0 ? $0 : nil } ?? 60, at: now)
        }
    }

    /// `seconds:category;category:scope:…`; what stands further right is for others.
    private mutating func learn(_ limit: Substring, at now: ContinuousClock.Instant) {
        let parts = limit.filter { $0 != " " }.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 2, let seconds = Double(parts[0]), seconds >= 0 else { return }
        for category in parts[1].split(separator: ";", omittingEmptySubsequences: parts[1].isEmpty ? false : true)
        where Self.known.contains(category) {
            extend(category, by: seconds, at: now)
        }
    }

    private mutating func extend(_ category: Substring, by seconds: Double, at now: ContinuousClock.Instant) {
        let end = now + .seconds(min(seconds, Self.longest))
        until[category] = max(until[category] ?? end, end)
    }
}
