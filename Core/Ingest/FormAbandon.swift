internal import API
private import FoundationEssentials
internal import Primitives

/// A visit that broke off (K-13): the page tells of it after a minute without a keystroke, and when it is left.
struct FormAbandon: Sendable {
    /// Its id, if it is the visit's first.
    let id: String
    let sessionID: String
    let name: String?
    let email: String?
    /// E.164.
    let phone: String?
    let locale: String?
    let timezone: String?
    let consent: Consent
    /// JSON text.
    let answers: String
    /// Nil for now. A page's clock may be ahead: nothing is later than our own.
    let activeAt: Timestamp?

    /// What the body says.
    struct Content: Sendable {
        let sessionID: String
        let contact: FormContact
        let answers: JSON?
        let activeAt: Timestamp?
    }

    /// Half-typed addresses and numbers are no fault, but nobody's either.
    static let shape: Shape<Content> = Shape.object(
        .required("sessionId", .text(1...100), "of the visit: the newest of its activities stands"),
        .optional("name", .text(0...200), "the visitor's name, as far as it was typed"),
        .optional("email", .text(0...254), "dropped where it is no mail address"),
        .optional("phone", .text(0...64), "dropped where it is no number"), .optional("locale", .text(0...35), "such as fr-FR"),
        .optional("timezone", .text(0...64), "IANA; unknown ones are dropped"),
        .optional("marketingConsent", .bool, "whether marketing messages are wanted; missing says nothing"),
        .optional("answers", .freeObject(bytes: 48 << 10), "what was typed so far, by field"),
        .optional(
            "lastActivityAt", Shape.rfc3339.converted("is no RFC 3339 instant") { Timestamp($0) },
            "when something was last typed; now where it is missing")
    ).map {
        Content(
            sessionID: $0.0,
            contact: FormContact(
                name: $0.1, email: $0.2.flatMap(Self.address), phone: $0.3, locale: $0.4, timezone: $0.5, consent: Consent($0.6)),
            answers: $0.7, activeAt: $0.8)
    }

    private static func address(_ text: String) -> String? {
        (try? Shape.mailAddress.read(.string(text)).get()) ?? nil
    }

    static let answerSchema: JSON = [
        "type": "object", "properties": ["success": ["type": "boolean"], "captured": ["type": "boolean"]],
        "required": ["success", "captured"],
    ]
}
