internal import API

/// What providers post (issue 4 §2). Each is believed by its signature alone, stored, evaluated and answered fast; what came
/// before is answered as such and not evaluated again.
enum WebhookRoutes {
    static func all(_ intake: WebhookIntake) -> [Route] {
        WebhookSource.allCases.map { source in
            Route(
                .post, source.path, summary(of: source), access: .provider, parameters: .nothing, query: .anything,
                body: .raw(source.types, upTo: source.limit),
                answers: [
                    answer(of: source), .problem(401, "the signature is missing, wrong or too old"),
                    .problem(403, "signed by an account that is not known here"),
                    .problem(404, "no secret of this provider is configured"),
                ]
            ) { call in
                let receipt = try await intake.take(call.request, from: source)
                switch source {
                // Twilio wants TwiML, and an empty one sends nothing back.
                case .twilioInbound:
                    return Answer(
                        contentType: "text/xml",
                        body: Array(#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#.utf8))
                // The document's own words (Q-11).
                case .stripe:
                    return .json(receipt.isDuplicate ? ["status": "success", "duplicate": true] : ["status": "success"])
                default:
                    return .json([
                        "success": true, "duplicate": .bool(receipt.isDuplicate), "events": .int(receipt.events),
                        "duplicates": .int(receipt.duplicates),
                    ])
                }
            }
        }
    }

    private static func summary(of source: WebhookSource) -> String {
        switch source {
        case .stripe: "Takes an event of Stripe's and queues it for the reconciler"
        case .twilioInbound: "Takes a message that somebody sent to a number at Twilio"
        case .twilioStatus: "Takes what became of a message that Twilio carried"
        case .greenAPI: "Takes a notification of Green API's: a message, or what became of one"
        case .resend: "Takes an event of Resend's about a mail"
        case .sendGridEvents: "Takes an array of SendGrid's events about mails"
        case .sendGridInbound: "Takes a mail from SendGrid's signed Inbound Parse"
        case .liveKit: "Takes who came into a room or left it"
        }
    }

    private static func answer(of source: WebhookSource) -> AnswerDescription {
        switch source {
        case .twilioInbound: return .other(200, "stored, now or before", contentType: "text/xml")
        case .stripe:
            return .json(
                200, "stored, now or before",
                [
                    "type": "object",
                    "properties": ["status": ["type": "string", "const": "success"], "duplicate": ["type": "boolean"]],
                    "required": ["status"],
                ])
        default:
            return .json(
                200, "stored, now or before",
                [
                    "type": "object",
                    "properties": [
                        "success": ["type": "boolean"], "duplicate": ["type": "boolean"], "events": ["type": "integer"],
                        "duplicates": ["type": "integer"],
                    ],
                    "required": ["success", "duplicate", "events", "duplicates"],
                ])
        }
    }
}
