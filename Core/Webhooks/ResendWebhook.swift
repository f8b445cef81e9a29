public import Primitives
internal import Providers

/// Reads Resend's events.
public enum ResendWebhook {
    /// One event.
    ///
    /// - Parameters:
    ///   - attemptTag: the tag under which the attempt had been given away.
    ///   - receivedAt: stands in for a time that is missing.
    /// - Throws: `unreadable`.
    public static func event(
        _ request: WebhookRequest, attemptTag: String = "attempt", receivedAt: Timestamp
    ) throws(WebhookError) -> WebhookEvent {
        let body = try JSONValue(request.body)
        let key = EventKey.of(Bounded.word(request.standardHeader("id")), else: request.body)
        let type = Bounded.word(body["type"].text, 64)
        let data = body["data"]
        let id = Bounded.id(data["email_id"].text)
        guard let type, let (status, code, message) = meaning(type, data), id != nil else {
            return WebhookEvent(key: key, type: type ?? "unknown", content: .other)
        }
        let time = body["created_at"].text.flatMap { Timestamp($0) }.flatMap { $0.microseconds >= 0 ? $0 : nil } ?? receivedAt
        return WebhookEvent(
            key: key, type: type,
            content: .status(
                StatusReport(
                    provider: .resend, providerID: id, attemptID: Bounded.attempt(tag(attemptTag, in: data["tags"])),
                    status: status, code: code, message: message, occurredAt: time.secondsSinceEpoch)))
    }

    /// Tags come as an object, though they are sent as an array and the documentation shows both.
    private static func tag(_ name: String, in tags: JSONValue) -> String? {
        tags[name].text ?? tags.elements.first { $0["name"].text == name }?["value"].text
    }

    private static func meaning(_ type: String, _ data: JSONValue) -> (StatusReport.Status, String?, String?)? {
        switch type {
        case "email.sent", "email.scheduled": (.accepted, nil, nil)
        case "email.delivery_delayed": (.deferred, nil, nil)
        case "email.delivered": (.delivered, nil, nil)
        case "email.opened": (.opened, nil, nil)
        case "email.clicked": (.clicked, nil, nil)
        case "email.complained": (.complained, nil, nil)
        case "email.failed": (.failed, Bounded.code(data["failed"]["reason"].text) ?? "failed", nil)
        // The account's list holds complaints as well as bounces: it says nothing of the mailbox.
        case "email.suppressed": (.failed, "suppressed", nil)
        case "email.bounced": bounce(data["bounce"])
        default: nil
        }
    }

    private static func bounce(_ bounce: JSONValue) -> (StatusReport.Status, String?, String?) {
        let isPermanent = bounce["type"].text?.lowercased() == "permanent"
        let diagnosis = bounce["diagnosticCode"].elements.first?.text ?? bounce["diagnosticCode"].text
        let code = Bounded.code(bounce["subType"].text) ?? "bounce"
        return (isPermanent ? .bounced : .failed, code, Bounded.replyCodes(diagnosis))
    }
}
