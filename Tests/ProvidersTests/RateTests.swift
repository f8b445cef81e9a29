private import Primitives
internal import HTTPClient
internal import Providers
internal import Testing

/// `Retry-After` and the rate headers.
struct RateTests {
    private static let resend = Resend(apiKey: Secret("k"))
    private static let sendGrid = SendGrid(apiKey: Secret("k"))
    private static let date = "Sun, 06 Nov 1994 08:49:37 GMT"

    @Test(arguments: [
        ("7", date, Duration.seconds(7)), ("0", nil, .zero), ("-1", date, nil), ("soon", date, nil),
        ("999999999", nil, .seconds(86_400)),
        ("Sun, 06 Nov 1994 08:50:07 GMT", date, .seconds(30)), ("Sunday, 06-Nov-94 08:50:07 GMT", date, .seconds(86_400)),
        ("Sun Nov  6 08:50:07 1994", date, .seconds(30)), ("Sun, 06 Nov 1994 08:49:00 GMT", date, .zero),
        ("Sun, 06 Nov 1994 08:50:07 GMT", nil, nil), ("Mon, 07 Nov 1994 08:49:36 GMT", date, .seconds(86_399)),
        ("Thu, 29 Feb 2024 00:00:01 GMT", "Wed, 28 Feb 2024 23:59:59 GMT", .seconds(2)),
        ("Fri, 01 Mar 2024 00:00:00 GMT", "Thu, 29 Feb 2024 23:59:59 GMT", .seconds(1)),
        ("Thu, 01 Jan 2026 00:00:00 GMT", "Wed, 31 Dec 2025 23:59:50 GMT", .seconds(10)),
        ("Sun, 06 Nov 1994 24:50:07 GMT", date, nil), ("Sun, 06 Nov 1994 08:50:07 PST", date, nil),
    ])
    func `Retry-After is read as seconds or as a date`(text: String, date: String?, expected: Duration?) {
        var response = HTTPResponse(status: 429, headers: ["Retry-After": text])
        response.headers["Date"] = date
        for answer in [Self.resend.answer(to: .success(response)), Self.sendGrid.answer(to: .success(response))] {
            guard case .refused(let refusal) = answer else { return #expect(Bool(false)) }
            #expect(refusal.kind == .retry(after: expected))
        }
    }

    @Test func `Resend's rate headers count in seconds`() {
        let response = HTTPResponse(
            status: 200,
            headers: ["RateLimit-Limit": "2", "ratelimit-remaining": "1", "ratelimit-reset": "1", "ratelimit-policy": "2;w=1"])
        #expect(Self.resend.rateHint(in: response) == RateHint(limit: 2, remaining: 1, resetsAfter: .seconds(1)))
        #expect(Self.resend.rateHint(in: HTTPResponse(status: 200)) == nil)
    }

    @Test func `SendGrid's reset is a point in time`() {
        let headers: HTTPHeaders = [
            "X-RateLimit-Limit": "500", "X-RateLimit-Remaining": "499", "X-RateLimit-Reset": "1768478460",
        ]
        var response = HTTPResponse(status: 202, headers: headers)
        #expect(Self.sendGrid.rateHint(in: response) == RateHint(limit: 500, remaining: 499, resetsAfter: nil))
        response.headers["Date"] = "Thu, 15 Jan 2026 12:00:00 GMT"
        #expect(Self.sendGrid.rateHint(in: response)?.resetsAfter == .seconds(60))
    }
}
