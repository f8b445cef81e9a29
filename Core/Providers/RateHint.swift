internal import HTTPClient

/// How fast a provider lets us go on, as it says with each answer.
public struct RateHint: Sendable, Equatable {
    /// Requests per window.
    public var limit: Int?
    /// Requests left in this window.
    public var remaining: Int?
    /// Until the next window.
    public var resetsAfter: Duration?

    /// A hint.
    public init(limit: Int? = nil, remaining: Int? = nil, resetsAfter: Duration? = nil) {
        self.limit = limit
        self.remaining = remaining
        self.resetsAfter = resetsAfter
    }

    /// Reads `<prefix>limit`, `<prefix>remaining` and `<prefix>reset`, the last in seconds (Resend) or as Unix time (SendGrid).
    init?(_ response: HTTPResponse, prefix: String) {
        limit = response.headers[prefix + "limit"].flatMap { Int($0) }
        remaining = response.headers[prefix + "remaining"].flatMap { Int($0) }
        resetsAfter = response.headers[prefix + "reset"].flatMap { Int($0) }.flatMap { value in
            // A window is never years long, so a large number is a point in time.
            value < 100_000_000 ? .boundedSeconds(value) : response.seconds(until: value)
        }
        if limit == nil, remaining == nil, resetsAfter == nil { return nil }
    }
}

extension HTTPResponse {
    /// How long `Retry-After` asks to wait, given in seconds or as a date; at most a day.
    ///
    /// A date is held against the answer's own `Date`, so that the two clocks need not agree; without one it is passed over.
    var retryAfter: Duration? {
        guard let text = headers["Retry-After"] else { return nil }
        if let seconds = Int(text) { return seconds >= 0 ? .boundedSeconds(seconds) : nil }
        return HTTPDate.unixTime(text).flatMap { seconds(until: $0) }
    }

    /// The time from this answer to a point in Unix time, by the server's clock.
    func seconds(until unixTime: Int) -> Duration? {
        headers["Date"].flatMap { HTTPDate.unixTime($0) }.map { .boundedSeconds(unixTime - $0) }
    }
}

extension Duration {
    /// Seconds within a day: a typing error at the provider must not stop a channel for good.
    static func boundedSeconds(_ seconds: Int) -> Duration {
        .seconds(min(max(0, seconds), 86_400))
    }
}
