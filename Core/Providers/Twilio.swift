public import Primitives
public import HTTPClient

/// SMS and WhatsApp through Twilio, which knows no idempotency keys: a lost answer is settled by the status callback, which names
/// the attempt, or by looking the message up.
public struct Twilio: TextProvider {
    let endpoint: ProviderEndpoint
    let authorization: Secret
    let accountSID: String

    /// An account.
    ///
    /// - Parameters:
    ///   - accountSID: `AC…`; part of each path.
    ///   - apiKeySID: `SK…` where `secret` is an API key's; nil where it is the account's token.
    public init(
        accountSID: String, secret: Secret, apiKeySID: String? = nil,
        endpoint: ProviderEndpoint = ProviderEndpoint("https://api.twilio.com")
    ) {
        self.endpoint = endpoint
        self.accountSID = accountSID
        authorization = Secret("Basic " + base64(Array("\(apiKeySID ?? accountSID):\(secret.reveal())".utf8)))
    }

    /// Twilio.
    public var provider: Provider { .twilio }

    /// Renders `POST …/Messages.json`.
    public func prepare(_ text: OutgoingText) -> PreparedRequest {
        let prefix = text.channel == .whatsapp ? "whatsapp:" : ""
        let isService = text.from.hasPrefix("MG")
        var form = FormEncoder()
        form.add("To", prefix + text.to)
        form.add("From", isService ? nil : prefix + text.from)
        if case .text(let body) = text.content { form.add("Body", body) }
        form.add("ValidityPeriod", text.validFor.map { String(min(max(1, $0.components.seconds), 36_000)) })
        form.add("SmartEncoded", text.mayReplaceCharacters ? "true" : nil)
        form.add("StatusCallback", text.callbackURL)
        if case .template(_, let variables) = text.content, !variables.isEmpty {
            form.add("ContentVariables", Twilio.json(variables))
        }
        form.add("MessagingServiceSid", isService ? text.from : nil)
        if case .template(let sid, _) = text.content { form.add("ContentSid", sid) }
        return PreparedRequest(
            provider: .twilio, endpoint: messagesPath, contentType: "application/x-www-form-urlencoded", body: form.text)
    }

    /// Adds the credentials.
    public func httpRequest(for prepared: PreparedRequest) -> HTTPRequest {
        endpoint.post(prepared, authorization: authorization)
    }

    /// Twilio says nothing about its rates; it queues per sender, and 429 is the only sign.
    public func rateHint(in response: HTTPResponse) -> RateHint? { nil }

    var messagesPath: String { "/2010-04-01/Accounts/\(accountSID)/Messages.json" }

    /// The variables as an object in the order of their numbers, so that the same text gives the same bytes.
    private static func json(_ variables: [String: String]) -> String {
        var json = JSONWriter(reserving: 256)
        json.object { json in
            for (name, value) in variables.sorted(by: { ($0.key.utf8.count, $0.key) < ($1.key.utf8.count, $1.key) }) {
                json.member(name, value)
            }
        }
        return json.text
    }
}

extension OutgoingText {
    /// The callback with the attempt in its query, which Twilio echoes and signs.
    fileprivate var callbackURL: String? {
        statusCallback.map { url in
            "\(url)\(url.contains("?") ? "&" : "?")attempt=\(FormEncoder.encode(attemptID))"
        }
    }
}
