internal import API

/// What somebody sends who has filled in a form (K-30).
struct FormSubmission: Sendable {
    let id: String
    /// The lead's id if it has to be made.
    let newLeadID: String
    let name: String?
    let email: String?
    /// E.164.
    let phone: String?
    let locale: String?
    let timezone: String?
    let sessionID: String?
    /// The abandon whose resume link brought them, where its token is genuine.
    let abandonID: String?
    /// JSON text.
    let answers: String
    let consent: Consent
    /// Whether the sender is one of the organisation's own: what anybody may send changes no lead that is known already, or
    /// whoever knows an address could have its reminders sent to a number of theirs.
    let isTrusted: Bool

    /// What the body says.
    struct Content: Sendable {
        let contact: FormContact
        let sessionID: String?
        let answers: JSON?
        let resumeToken: String?
    }

    static let shape: Shape<Content> = Shape.object(
        .optional("name", .text(0...200), "the visitor's name; the address stands in for it"),
        .optional("email", .mailAddress, "this or phone is needed"),
        .optional("phone", .text(0...64), "with a country code, or as it is written in the organisation's region"),
        .optional("locale", .text(0...35), "such as fr-FR"),
        .optional("timezone", .text(0...64), "IANA; unknown ones are dropped"),
        .optional("marketingConsent", .bool, "whether marketing messages are wanted; missing says nothing"),
        .optional("sessionId", .text(1...100), "of the visit; relates the abandon of the same visit"),
        .optional("answers", .freeObject(bytes: 48 << 10), "by field"),
        .optional(
            "resumeToken", .text(1...2048),
            "out of the link that brought the visitor back; one that is not valid counts for nothing")
    ).map {
        Content(
            contact: FormContact(
                name: $0.0, email: $0.1 ?? nil, phone: $0.2, locale: $0.3, timezone: $0.4, consent: Consent($0.5)),
            sessionID: $0.6, answers: $0.7, resumeToken: $0.8)
    }

    /// What the answer looks like; `lead` is told to servers only, since it says who is known.
    static let answerSchema: JSON = [
        "type": "object",
        "properties": [
            "success": ["type": "boolean"],
            "submission": [
                "type": "object",
                "properties": [
                    "id": ["type": "string", "format": "uuid"], "form_id": ["type": "string"],
                    "created_at": ["type": "string", "format": "date-time"],
                ],
                "required": ["id", "form_id", "created_at"],
            ],
            "lead": [
                "type": "object",
                "properties": [
                    "id": ["type": "string"], "created": ["type": "boolean"], "recovered": ["type": "boolean"],
                ],
                "required": ["id", "created", "recovered"],
            ],
        ],
        "required": ["success", "submission"],
    ]
}

/// How somebody can be reached, and whether they want to be.
struct FormContact: Sendable {
    let name: String?
    let email: String?
    /// As it was typed.
    let phone: String?
    let locale: String?
    let timezone: String?
    let consent: Consent
}

/// Whether marketing messages are wanted, as far as it was said.
enum Consent: String, Sendable {
    case unknown, granted, denied

    init(_ answer: Bool?) {
        self = answer.map { $0 ? .granted : .denied } ?? .unknown
    }
}
