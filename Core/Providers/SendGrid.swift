public import Primitives
public import HTTPClient

/// Mail through SendGrid, which knows no idempotency keys: a lost answer is settled by its event webhook.
public struct SendGrid: EmailProvider {
    private let endpoint: ProviderEndpoint
    private let authorization: Secret
    private let attemptArgument: String

    /// An account.
    ///
    /// - Parameter attemptArgument: The custom argument under which the attempt's id comes back, as a top-level key of each event;
    ///   it must not be a name that events use themselves (`attempt` is one).
    public init(
        apiKey: Secret, endpoint: ProviderEndpoint = ProviderEndpoint("https://api.sendgrid.com"),
        attemptArgument: String = "relance_attempt"
    ) {
        self.endpoint = endpoint
        authorization = Secret("Bearer \(apiKey.reveal())")
        self.attemptArgument = attemptArgument
    }

    /// SendGrid.
    public var provider: Provider { .sendgrid }

    /// Renders `POST /v3/mail/send`. Tracking is off: it would rewrite signed links and count machines as readers.
    public func prepare(_ email: OutgoingEmail) -> PreparedRequest {
        var json = JSONWriter(reserving: email.expectedBodySize)
        json.object { json in
            json.key("personalizations")
            json.array { $0.object { writePersonalization(email, &$0) } }
            json.address("from", email.from)
            if let replyTo = email.replyTo { json.address("reply_to", replyTo) }
            json.member("subject", email.subject)
            json.key("content")
            json.array { json in
                // The order is theirs: plain first. An empty value is refused.
                if let text = email.text, !text.isEmpty { json.content("text/plain", text) }
                if let html = email.html, !html.isEmpty { json.content("text/html", html) }
            }
            writeAttachments(email, &json)
            let headers = email.headers.filter { !SendGrid.reservedHeaders.contains($0.name.lowercased()) }
            if !headers.isEmpty {
                json.key("headers")
                json.object { json in headers.forEach { json.member($0.name, $0.value) } }
            }
            if !email.categories.isEmpty {
                json.key("categories")
                json.array { json in email.categories.prefix(10).forEach { json.string($0) } }
            }
            SendGrid.writeTracking(&json)
        }
        return PreparedRequest(provider: .sendgrid, endpoint: "/v3/mail/send", contentType: "application/json", body: json.text)
    }

    /// Adds the key.
    public func httpRequest(for prepared: PreparedRequest) -> HTTPRequest {
        endpoint.post(prepared, authorization: authorization)
    }

    /// Reads `X-RateLimit-Limit`, `-Remaining` and `-Reset` (Unix time).
    public func rateHint(in response: HTTPResponse) -> RateHint? {
        RateHint(response, prefix: "X-RateLimit-")
    }

    private func writePersonalization(_ email: OutgoingEmail, _ json: inout JSONWriter) {
        json.key("to")
        json.array { $0.address(email.to) }
        json.key("custom_args")
        json.object { json in
            email.tags.forEach { json.member($0.name, $0.value) }
            json.member(attemptArgument, email.attemptID)
        }
    }

    private func writeAttachments(_ email: OutgoingEmail, _ json: inout JSONWriter) {
        guard !email.attachments.isEmpty else { return }
        json.key("attachments")
        json.array { json in
            for file in email.attachments {
                json.object { json in
                    json.member("content", base64(file.content))
                    json.member("type", file.contentType)
                    json.member("filename", file.filename)
                    json.member("disposition", "attachment")
                }
            }
        }
    }

    private static func writeTracking(_ json: inout JSONWriter) {
        json.key("tracking_settings")
        json.object { json in
            json.key("click_tracking")
            json.object { json in
                json.key("enable")
                json.bool(false)
                json.key("enable_text")
                json.bool(false)
            }
            json.key("open_tracking")
            json.object { json in
                json.key("enable")
                json.bool(false)
            }
        }
    }

    /// What `headers` may not name (SendGrid's mail/send page); each has a field of its own or is theirs.
    private static let reservedHeaders: Set<String> = [
        "x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding", "to", "from", "subject",
        "reply-to", "cc", "bcc",
    ]
}

extension JSONWriter {
    fileprivate mutating func address(_ name: String, _ address: OutgoingEmail.Address) {
        key(name)
        self.address(address)
    }

    fileprivate mutating func address(_ address: OutgoingEmail.Address) {
        object { json in
            json.member("email", address.email)
            if let name = address.name, !name.isEmpty { json.member("name", name) }
        }
    }

    fileprivate mutating func content(_ type: String, _ value: String) {
        object { json in
            json.member("type", type)
            json.member("value", value)
        }
    }
}
