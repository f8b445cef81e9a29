internal import HTTPServer

/// `POST /emails` as Resend takes it (providers page, §3).
enum ResendSimulator {
    private struct Mail: Decodable {
        struct Tag: Decodable {
            let name: String
            let value: String
        }
        struct Attachment: Decodable {
            let filename: String?
            let content: String?
            let path: String?
        }
        let from: String?
        let to: OneOrMany?
        let subject: String?
        let html: String?
        let text: String?
        let reply_to: OneOrMany?
        let headers: [String: String]?
        let tags: [Tag]?
        let attachments: [Attachment]?
    }

    private struct Failure: Encodable {
        let statusCode: Int
        let message: String
        let name: String
    }

    static func rule(_ request: HTTPServerRequest, path: Substring) -> Ruling {
        // Their edge turns away whoever does not say who it is.
        guard request.header("User-Agent") != nil else {
            return .answer(HTTPServerResponse(status: 403, contentType: "text/html", text: "<html>"))
        }
        guard path == "/emails" else { return refuse(404, "not_found", "The requested endpoint does not exist") }
        guard request.method == "POST" else { return refuse(405, "method_not_allowed", "Method is not allowed") }
        guard let authorization = request.header("Authorization"), authorization.hasPrefix("Bearer ") else {
            return refuse(401, "missing_api_key", "Missing API key in the authorization header")
        }
        guard authorization.hasPrefix("Bearer re_"), !authorization.contains("invalid") else {
            return refuse(403, "invalid_api_key", "API key is invalid")
        }
        let key = request.header("Idempotency-Key")
        if let key, !(1...256).contains(key.count) {
            return refuse(400, "invalid_idempotency_key", "The idempotency key must be between 1 and 256 characters")
        }
        guard request.header("Content-Type")?.hasPrefix("application/json") == true,
            let mail = JSONDigest.shorten(request.body).flatMap({ JSONText.read(Mail.self, $0) })
        else {
            return refuse(400, "validation_error", "The body is not the JSON that is expected")
        }
        return rule(mail, key)
    }

    private static func rule(_ mail: Mail, _ key: String?) -> Ruling {
        guard let from = mail.from else { return missing("from") }
        guard let to = mail.to?.values else { return missing("to") }
        guard let subject = mail.subject, !subject.isEmpty else { return missing("subject") }
        guard mail.html != nil || mail.text != nil else { return missing("html` or `text") }
        guard let sender = MailAddress.bare(from) else { return invalid("from") }
        guard !sender.hasSuffix("@unverified.test") else {
            return refuse(403, "validation_error", "The unverified.test domain is not verified")
        }
        let recipients = to.compactMap { MailAddress.bare($0) }
        guard (1...50).contains(to.count), recipients.count == to.count else { return invalid("to") }
        guard (mail.reply_to?.values ?? []).allSatisfy({ MailAddress.bare($0) != nil }) else { return invalid("reply_to") }
        guard (mail.tags ?? []).allSatisfy({ isTagText($0.name) && isTagText($0.value) }) else {
            return refuse(422, "validation_error", "Tags should only contain ASCII letters, numbers, underscores, or dashes")
        }
        for file in mail.attachments ?? [] {
            guard file.filename?.isEmpty == false, file.content.map(JSONText.isBase64) ?? (file.path != nil) else {
                return refuse(422, "invalid_attachment", "Attachment must have either a `content` or `path`")
            }
        }
        if let (status, name) = recipients.lazy.compactMap(MailAddress.magic).first {
            return refuse(status, name, "As asked for")
        }
        let tags = Dictionary((mail.tags ?? []).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        let effect = Effect(provider: .resend, to: recipients.joined(separator: ","), from: sender, key: key, arguments: tags)
        return .accept(
            Acceptance(
                effects: [effect],
                answer: { effects in
                    HTTPServerResponse(
                        status: 200, headers: [HTTPServerField("Content-Type", "application/json")],
                        body: Array(#"{"id":"\#(effects.first?.id ?? "")"}"#.utf8))
                },
                onceUnder: key,
                conflict: failure(
                    409, "invalid_idempotent_request",
                    "This idempotency key has been used with a different request payload")))
    }

    static func failure(_ status: Int, _ name: String, _ message: String, retryAfter: Int? = nil) -> HTTPServerResponse {
        let seconds = retryAfter ?? (status == 429 ? 1 : nil)
        let wait = seconds.map { [HTTPServerField("retry-after", "\($0)")] } ?? []
        return .json(status, Failure(statusCode: status, message: message, name: name), headers: wait)
    }

    private static func refuse(_ status: Int, _ name: String, _ message: String) -> Ruling {
        .answer(failure(status, name, message))
    }

    private static func missing(_ field: String) -> Ruling {
        refuse(422, "missing_required_field", "Missing `\(field)` field.")
    }

    private static func invalid(_ field: String) -> Ruling {
        refuse(422, "validation_error", "Invalid `\(field)` field.")
    }

    private static func isTagText(_ text: String) -> Bool {
        (1...256).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || $0 == UInt8(ascii: "_")
                    || $0 == UInt8(ascii: "-")
            }
    }
}
