public import Primitives
public import HTTPClient

/// WhatsApp through Green API: an instance that stands for a telephone. It knows no idempotency keys and no templates.
///
/// An accepted message is queued at the provider, for up to 24 hours while the telephone is away.
public struct GreenAPI: TextProvider {
    private let endpoint: ProviderEndpoint
    private let instanceID: String
    let token: Secret

    /// An instance.
    ///
    /// - Parameters:
    ///   - instanceID: `idInstance`; digits.
    ///   - token: `apiTokenInstance`. It becomes part of each URL, so no URL of this provider may be logged or stored.
    public init(
        instanceID: String, token: Secret, endpoint: ProviderEndpoint = ProviderEndpoint("https://api.green-api.com")
    ) {
        self.endpoint = endpoint
        self.instanceID = instanceID
        self.token = token
    }

    /// Green API.
    public var provider: Provider { .greenAPI }

    /// Renders `sendMessage`. Of a template only Twilio knows the words: it comes out empty, which Green API refuses.
    public func prepare(_ text: OutgoingText) -> PreparedRequest {
        let message = if case .text(let body) = text.content { body } else { "" }
        var json = JSONWriter(reserving: 2048)
        json.object { json in
            json.member("chatId", Self.chatID(text.to))
            json.member("message", message)
            json.key("linkPreview")
            json.bool(false)
        }
        return PreparedRequest(
            provider: .greenAPI, endpoint: "/waInstance\(instanceID)/sendMessage", contentType: "application/json",
            body: json.text)
    }

    /// Adds the token to the path. There is no header for it.
    public func httpRequest(for prepared: PreparedRequest) -> HTTPRequest {
        HTTPRequest(
            .post, url: url(prepared.endpoint), headers: ["Accept": "application/json", "Content-Type": prepared.contentType],
            body: Array(prepared.body.utf8), timeout: endpoint.timeout)
    }

    /// Green API says nothing about its rates (50 sends a second, one look-up).
    public func rateHint(in response: HTTPResponse) -> RateHint? { nil }

    /// Asks one of the instance's lists, as `/showMessagesQueue`.
    func list(_ method: String, query: String = "") -> HTTPRequest {
        HTTPRequest(
            url: url("/waInstance\(instanceID)/\(method)") + query, headers: ["Accept": "application/json"],
            timeout: endpoint.timeout, maxResponseBytes: 4 << 20)
    }

    /// A person's chat: the number's digits.
    static func chatID(_ number: String) -> String {
        String(decoding: number.utf8.filter { (0x30...0x39).contains($0) }, as: UTF8.self) + "@c.us"
    }

    private func url(_ path: String) -> String { endpoint.url("\(path)/\(token.reveal())") }
}
