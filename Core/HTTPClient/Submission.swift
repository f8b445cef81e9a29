/// A request and where its outcome goes.
struct Submission: Sendable {
    let id: UInt64
    let request: HTTPRequest
    /// Scheme, host and port: what connections are counted by.
    let origin: String
    /// When the request's time-out is over.
    let deadline: ContinuousClock.Instant
    private let continuation: CheckedContinuation<Result<HTTPResponse, HTTPClientError>, Never>

    init(_ id: UInt64, _ request: HTTPRequest, _ continuation: CheckedContinuation<Result<HTTPResponse, HTTPClientError>, Never>)
    {
        self.id = id
        self.request = request
        self.continuation = continuation
        deadline = ContinuousClock.now + request.timeout
        var slashes = 0
        origin = String(
            request.url.prefix { character in
                if character == "/" { slashes += 1 }
                return slashes < 3 && character != "?" && character != "#"
            })
    }

    /// Gives the outcome back; once.
    func finish(_ outcome: Result<HTTPResponse, HTTPClientError>) {
        continuation.resume(returning: outcome)
    }
}
