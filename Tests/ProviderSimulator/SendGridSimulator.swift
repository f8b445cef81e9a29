internal import HTTPServer

/// `POST /v3/mail/send` as SendGrid takes it (providers page, §4.1).
enum SendGridSimulator {
    private struct Mail: Decodable {
        struct Address: Decodable {
            let email: String?
        }
        struct Personalization: Decodable {
            let to: [Address]?
            let subject: String?
            let custom_args: [String: String]?
        }
        struct Content: Decodable {
            let type: String?
            let value: String?
        }
        struct Attachment: Decodable {
            let content: String?
            let filename: String?
        }
        struct Settings: Decodable {
            struct Mode: Decodable {
                let enable: Bool?
            }
            let sandbox_mode: Mode?
        }
        let personalizations: [Personalization]?
        let from: Address?
        let reply_to: Address?
        let subject: String?
        let content: [Content]?
        let attachments: [Attachment]?
        let headers: [String: String]?
        let categories: [String]?
        let mail_settings: Settings?
    }

    private struct Failures: Encodable {
        struct Failure: Encodable {
            let message: String
            let field: String?
            /// There is always a null for what is not known.
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: Key.self)
                try container.encode(message, forKey: .message)
                try container.encode(field, forKey: .field)
                try container.encode(String?.none, forKey: .help)
            }
            enum Key: CodingKey { case message, field, help }
        }
        let errors: [Failure]
    }

    static func rule(_ request: HTTPServerRequest, path: Substring) -> Ruling {
        guard path == "/v3/mail/send" else { return refuse(404, "not found", nil) }
        guard request.method == "POST" else { return refuse(405, "method not allowed", nil) }
        guard let authorization = request.header("Authorization"), authorization.hasPrefix("Bearer SG."),
            !authorization.contains("invalid")
        else {
            return refuse(401, "The provided authorization grant is invalid, expired, or revoked", nil)
        }
        guard request.header("Content-Type")?.hasPrefix("application/json") == true else {
            return refuse(415, "Content-Type should be application/json.", nil)
        }
        // The proxy before it refuses what is too large, in its own words.
        guard request.body.count <= 30 << 20 else {
            return .answer(
                HTTPServerResponse(
                    status: 413, contentType: "text/html", text: "<html><h1>413 Request Entity Too Large</h1></html>"))
        }
        guard let mail = JSONDigest.shorten(request.body).flatMap({ JSONText.read(Mail.self, $0) }) else {
            return refuse(400, "Bad Request", nil)
        }
        return rule(mail)
    }

    private static func rule(_ mail: Mail) -> Ruling {
        guard let personalizations = mail.personalizations, (1...1000).contains(personalizations.count) else {
            return refuse(
                400, "The personalizations field is required and must have at least one personalization.", "personalizations")
        }
        guard let from = mail.from?.email.flatMap(MailAddress.bare) else {
            return refuse(400, "The from object must be provided with a valid email.", "from.email")
        }
        guard !from.hasSuffix("@unverified.test") else {
            return refuse(403, "The from address does not match a verified Sender Identity.", "from")
        }
        if let replyTo = mail.reply_to, replyTo.email.flatMap(MailAddress.bare) == nil {
            return refuse(400, "Does not contain a valid address.", "reply_to.email")
        }
        if let failure = contentFailure(mail.content ?? []) ?? extrasFailure(mail) { return .answer(failure) }
        var effects: [Effect] = []
        for personalization in personalizations {
            guard let to = personalization.to, !to.isEmpty else {
                return refuse(400, "The to array is required for all personalization objects.", "personalizations.0.to")
            }
            guard mail.subject?.isEmpty == false || personalization.subject?.isEmpty == false else {
                return refuse(400, "The subject is required.", "subject")
            }
            for address in to {
                guard let bare = address.email.flatMap(MailAddress.bare) else {
                    return refuse(400, "Does not contain a valid address.", "personalizations.0.to.0.email")
                }
                if let (status, name) = MailAddress.magic(bare) { return refuse(status, name, nil) }
                effects.append(Effect(provider: .sendgrid, to: bare, from: from, arguments: personalization.custom_args ?? [:]))
            }
        }
        if mail.mail_settings?.sandbox_mode?.enable == true { return .answer(HTTPServerResponse(status: 200)) }
        return .accept(
            Acceptance(
                effects: effects,
                answer: { HTTPServerResponse(status: 202, headers: [HTTPServerField("X-Message-Id", $0.first?.id ?? "")]) }))
    }

    private static func contentFailure(_ content: [Mail.Content]) -> HTTPServerResponse? {
        guard !content.isEmpty, content.allSatisfy({ $0.type?.isEmpty == false && $0.value?.isEmpty == false }) else {
            return failure(400, "The content value must be a string at least one character in length.", "content.0.value")
        }
        let types = content.compactMap(\.type)
        let ranks = types.map { $0 == "text/plain" ? 0 : $0 == "text/html" ? 1 : 2 }
        guard ranks == ranks.sorted() else {
            return failure(400, "If present, text/plain and text/html must be first, in that order.", "content")
        }
        return nil
    }

    private static func extrasFailure(_ mail: Mail) -> HTTPServerResponse? {
        let categories = mail.categories ?? []
        guard categories.count <= 10, Set(categories).count == categories.count, categories.allSatisfy({ $0.count <= 255 }) else {
            return failure(400, "There can be at most 10 unique categories of 255 characters.", "categories")
        }
        let reserved: Set<String> = [
            "x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding", "to", "from",
            "subject",
            "reply-to", "cc", "bcc",
        ]
        guard (mail.headers ?? [:]).keys.allSatisfy({ !reserved.contains($0.lowercased()) }) else {
            return failure(400, "The headers may not contain a reserved header.", "headers")
        }
        let filesAreFine = (mail.attachments ?? []).allSatisfy {
            $0.content.map { !$0.isEmpty && JSONText.isBase64($0) } ?? false && $0.filename?.isEmpty == false
        }
        return filesAreFine ? nil : failure(400, "The attachment content must be base64 encoded.", "attachments.0.content")
    }

    static func failure(_ status: Int, _ message: String, _ field: String?, retryAfter: Int? = nil) -> HTTPServerResponse {
        let wait = retryAfter.map { [HTTPServerField("Retry-After", "\($0)")] } ?? []
        return .json(status, Failures(errors: [.init(message: message, field: field)]), headers: wait)
    }

    private static func refuse(_ status: Int, _ message: String, _ field: String?) -> Ruling {
        .answer(failure(status, message, field))
    }
}
