public import Primitives
public import HTTPClient

/// Mail through Resend: one message per call, each key sent once within 24 hours.
public struct Resend: EmailProvider {
    private let endpoint: ProviderEndpoint
    private let authorization: Secret
    private let attemptTag: String

    /// An account.
    ///
    /// - Parameter attemptTag: The tag under which the attempt's id comes back in events.
    public init(
        apiKey: Secret, endpoint: ProviderEndpoint = ProviderEndpoint("https://api.resend.com"), attemptTag: String = "attempt"
    ) {
        self.endpoint = endpoint
        authorization = Secret("Bearer \(apiKey.reveal())")
        self.attemptTag = attemptTag
    }

    /// Resend.
    public var provider: Provider { .resend }

    /// Renders `POST /emails`.
    public func prepare(_ email: OutgoingEmail) -> PreparedRequest {
        var json = JSONWriter(reserving: email.expectedBodySize)
        json.object { json in
            json.member("from", email.from.mailbox)
            json.key("to")
            json.array { $0.string(email.to.mailbox) }
            json.member("subject", email.subject)
            if let html = email.html { json.member("html", html) }
            if let text = email.text { json.member("text", text) }
            if let replyTo = email.replyTo {
                json.key("reply_to")
                json.array { $0.string(replyTo.mailbox) }
            }
            if !email.headers.isEmpty {
                json.key("headers")
                json.object { json in email.headers.forEach { json.member($0.name, $0.value) } }
            }
            writeTags(email, &json)
            writeAttachments(email, &json)
        }
        return PreparedRequest(
            provider: .resend, endpoint: "/emails", contentType: "application/json", body: json.text,
            idempotencyKey: email.idempotencyKey)
    }

    /// Adds the key and the idempotency key.
    public func httpRequest(for prepared: PreparedRequest) -> HTTPRequest {
        var request = endpoint.post(prepared, authorization: authorization)
        if let key = prepared.idempotencyKey { request.headers["Idempotency-Key"] = key }
        return request
    }

    /// Reads `ratelimit-limit`, `-remaining` and `-reset` (seconds).
    public func rateHint(in response: HTTPResponse) -> RateHint? {
        RateHint(response, prefix: "ratelimit-")
    }

    private func writeTags(_ email: OutgoingEmail, _ json: inout JSONWriter) {
        json.key("tags")
        json.array { json in
            for tag in email.tags + [OutgoingEmail.Pair(attemptTag, email.attemptID)] {
                json.object { json in
                    json.member("name", Resend.tagText(tag.name))
                    json.member("value", Resend.tagText(tag.value))
                }
            }
        }
    }

    private func writeAttachments(_ email: OutgoingEmail, _ json: inout JSONWriter) {
        guard !email.attachments.isEmpty else { return }
        json.key("attachments")
        json.array { json in
            for file in email.attachments {
                json.object { json in
                    json.member("filename", file.filename)
                    json.member("content", base64(file.content))
                    json.member("content_type", file.contentType)
                }
            }
        }
    }

    /// Tags take ASCII letters, digits, `_` and `-`, at most 256. A tag is our book-keeping and must not cost the mail.
    private static func tagText(_ text: String) -> String {
        let isPlain: (UInt8) -> Bool = {
            (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
        }
        if text.utf8.count <= 256, text.utf8.allSatisfy(isPlain) { return text }
        return String(decoding: text.utf8.prefix(256).map { isPlain($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
    }
}

extension OutgoingEmail.Address {
    /// `Name <address>`; a name with specials goes in quotes (RFC 5322 §3.2.4), and no line break survives.
    var mailbox: String {
        guard let name = name?.filter({ !$0.isNewline && $0 != "\0" }), !name.isEmpty else { return email }
        let specials = "()<>[]:;@\\,.\""
        guard name.contains(where: { specials.contains($0) }) else { return "\(name) <\(email)>" }
        let quoted = name.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
        return "\"\(quoted)\" <\(email)>"
    }
}
