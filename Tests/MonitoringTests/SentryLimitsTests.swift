import HTTPClient
@testable import Monitoring
import Testing

struct SentryLimitsTests {
    private let now = ContinuousClock.now

    /// Which of our categories may still be sent so many seconds after an answer.
    private func allowed(_ headers: HTTPHeaders, status: Int = 200, after seconds: Int = 1) -> [String] {
        var limits = SentryLimits()
        limits.learn(from: HTTPResponse(status: status, headers: headers), at: now)
        return ["error", "monitor"].filter { limits.allows($0, at: now + .seconds(seconds)) }
    }

    @Test(arguments: [
        ("60:error:organization", ["monitor"]), ("60:error;monitor:organization:quota_exceeded", []),
        ("60::organization", []), ("60:transaction:key, 2700:default;error;security:organization", ["monitor"]),
        ("60:transaction;span:key", ["error", "monitor"]), ("2.5:monitor:key:x:y:z", ["error"]),
        (" 60 : error : key", ["monitor"]),
        ("", ["error", "monitor"]), ("nonsense", ["error", "monitor"]), ("-5:error:key", ["error", "monitor"]),
        ("nan:error:key", ["error", "monitor"]), (":::,,::;", ["error", "monitor"]), ("1e999:error:key", ["monitor"]),
    ]) func `limits count for their categories, whatever the status`(header: String, expected: [String]) {
        #expect(allowed(["X-Sentry-Rate-Limits": header]) == expected)
    }

    @Test func `a limit ends with its time, and the longer one counts`() {
        #expect(allowed(["X-Sentry-Rate-Limits": "60:error:key"], after: 61) == ["error", "monitor"])
        #expect(allowed(["X-Sentry-Rate-Limits": "60:error:key, 5:error:org"], after: 30) == ["monitor"])
        #expect(allowed(["X-Sentry-Rate-Limits": "1e999:error:key"], after: 86_401) == ["error", "monitor"])
    }

    @Test func `a 429 without limits of its own stops everything`() {
        #expect(allowed(["Retry-After": "10"], status: 429, after: 9) == [])
        #expect(allowed(["Retry-After": "10"], status: 429, after: 11) == ["error", "monitor"])
        #expect(allowed([:], status: 429, after: 59) == [])
        #expect(allowed(["Retry-After": "soon"], status: 429, after: 61) == ["error", "monitor"])
        #expect(allowed(["Retry-After": "10"], status: 503) == ["error", "monitor"])
    }
}
