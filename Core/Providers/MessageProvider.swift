internal import Primitives
public import HTTPClient

/// What every provider can do: turn a prepared request into HTTP, and read what comes back. Values without I/O.
public protocol MessageProvider: Sendable {
    /// Which one it is.
    var provider: Provider { get }
    /// The request with its credentials.
    func httpRequest(for prepared: PreparedRequest) -> HTTPRequest
    /// What the answer to a send says.
    func answer(to result: Result<HTTPResponse, HTTPClientError>) -> ProviderAnswer
    /// What the answer says about how fast to go on; nil where it says nothing.
    func rateHint(in response: HTTPResponse) -> RateHint?
}

/// A provider of mail.
public protocol EmailProvider: MessageProvider {
    /// Renders the request for a mail; the same mail gives the same bytes.
    func prepare(_ email: OutgoingEmail) -> PreparedRequest
}

/// A provider of texts.
public protocol TextProvider: MessageProvider {
    /// Renders the request for a text; the same text gives the same bytes.
    func prepare(_ text: OutgoingText) -> PreparedRequest
    /// How long after sending its records can be expected to show a message.
    var lookUpDelay: Duration { get }
    /// Begins to look a message up whose answer was lost.
    func lookUp(_ lost: LostRequest) -> any LookUp
}

extension MessageProvider {
    /// Sends a prepared request and reads the answer.
    public func send(_ prepared: PreparedRequest, over client: HTTPClient) async -> (answer: ProviderAnswer, rateHint: RateHint?)
    {
        do {
            let response = try await client.send(httpRequest(for: prepared))
            return (answer(to: .success(response)), rateHint(in: response))
        } catch {
            return (answer(to: .failure(error)), nil)
        }
    }
}

/// Where a provider is reached and how long is waited for it.
public struct ProviderEndpoint: Sendable, Equatable {
    /// The base URL without a slash at its end.
    let baseURL: String
    /// The longest that one exchange may take; a job's lease must outlive it (D-11).
    public let timeout: Duration

    /// A base URL, as `https://api.resend.com`, and the time-out.
    public init(_ baseURL: String, timeout: Duration = .seconds(15)) {
        var base = Substring(baseURL)
        while base.last == "/" { base.removeLast() }
        self.baseURL = String(base)
        self.timeout = timeout
    }

    /// The URL of a path. The slash is made sure of, since a stored `@host` after the base would change the host.
    func url(_ path: String) -> String {
        path.hasPrefix("/") ? baseURL + path : baseURL + "/" + path
    }

    /// A POST of a prepared request.
    func post(_ prepared: PreparedRequest, authorization: Secret) -> HTTPRequest {
        HTTPRequest(
            .post,
            url: url(prepared.endpoint),
            headers: [
                "Authorization": authorization.reveal(), "Accept": "application/json", "Content-Type": prepared.contentType,
            ],
            body: Array(prepared.body.utf8),
            timeout: timeout)
    }
}
