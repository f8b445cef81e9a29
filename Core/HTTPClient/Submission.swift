/// A request, or a mail, and where its outcome goes.
struct Submission: Sendable {
    /// What is to be done.
    enum Work: Sendable {
        case request(HTTPRequest)
        case mail(MailTransfer)

        var url: String {
            switch self {
            case .request(let request): request.url
            case .mail(let mail): mail.url
            }
        }

        var timeout: Duration {
            switch self {
            case .request(let request): request.timeout
            case .mail(let mail): mail.timeout
            }
        }
    }

    let id: UInt64
    let work: Work
    /// Scheme, host and port: what connections are counted by.
    let origin: String
    /// When the time-out is over.
    let deadline: ContinuousClock.Instant
    private let continuation: CheckedContinuation<Result<HTTPResponse, HTTPClientError>, Never>

    init(_ id: UInt64, _ work: Work, _ continuation: CheckedContinuation<Result<HTTPResponse, HTTPClientError>, Never>) {
        self.id = id
        self.work = work
        self.continuation = continuation
        deadline = ContinuousClock.now + work.timeout
        var slashes = 0
        origin = String(
            work.url.prefix { character in
                if character == "/" { slashes += 1 }
                return slashes < 3 && character != "?" && character != "#"
            })
    }

    /// Gives the outcome back; once.
    func finish(_ outcome: Result<HTTPResponse, HTTPClientError>) {
        continuation.resume(returning: outcome)
    }
}
