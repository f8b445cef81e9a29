internal import HTTPServer

/// So many requests in each second of the clock, as Resend counts them and tells.
struct RateWindow: Sendable {
    let limit: Int
    let remaining: Int
    /// Whether this request is one too many.
    let isExceeded: Bool

    /// What each answer says of it.
    var headers: [HTTPServerField] {
        [
            HTTPServerField("ratelimit-limit", "\(limit)"), HTTPServerField("ratelimit-remaining", "\(remaining)"),
            HTTPServerField("ratelimit-reset", "1"), HTTPServerField("ratelimit-policy", "\(limit);w=1"),
        ]
    }
}
