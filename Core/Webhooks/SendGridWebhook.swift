public import Primitives
internal import Providers

/// Reads SendGrid's arrays of events.
public enum SendGridWebhook {
    /// The events in order. What is no event among them is passed over.
    ///
    /// - Parameters:
    ///   - attemptArgument: the custom argument under which the attempt comes back, as a key of each event.
    ///   - receivedAt: stands in for a time that is missing.
    /// - Throws: `unreadable`.
    public static func events(
        _ request: WebhookRequest, attemptArgument: String = "relance_attempt", receivedAt: Timestamp
    ) throws(WebhookError) -> [WebhookEvent] {
        let body = try JSONValue(request.body)
        guard case .array(let elements) = body else { throw .unreadable }
        var events: [WebhookEvent] = []
        events.reserveCapacity(elements.count)
        // Once for all elements that name no id: a large body may hold many.
        var hash: String?
        for (index, element) in elements.enumerated() {
            guard case .object = element else { continue }
            let id = element["sg_event_id"].text
            if id?.isEmpty ?? true, hash == nil { hash = EventKey.hash(of: request.body) }
            let key = EventKey.of([id], else: "\(hash ?? ""):\(index)")
            let type = Bounded.word(element["event"].text, 64) ?? "unknown"
            events.append(
                WebhookEvent(
                    key: key, type: type,
                    content: report(type, element, attemptArgument, receivedAt).map { .status($0) } ?? .other))
        }
        return events
    }

    private static func report(
        _ type: String, _ event: JSONValue, _ attemptArgument: String, _ receivedAt: Timestamp
    ) -> StatusReport? {
        let attempt = Bounded.attempt(event[attemptArgument].text)
        let id = messageID(event["sg_message_id"].text)
        // An event that names neither cannot be anybody's.
        guard attempt != nil || id != nil, let (status, code) = meaning(type, event) else { return nil }
        let words = event["reason"].text ?? event["response"].text
        return StatusReport(
            provider: .sendgrid, providerID: id, attemptID: attempt, status: status, code: code,
            message: code == nil ? nil : Bounded.replyCodes(words),
            occurredAt: Bounded.seconds(event["timestamp"].integer, otherwise: receivedAt))
    }

    private static func meaning(_ type: String, _ event: JSONValue) -> (StatusReport.Status, String?)? {
        switch type {
        case "processed": (.accepted, nil)
        case "deferred": (.deferred, "deferred")
        case "delivered": (.delivered, nil)
        case "bounce": bounce(event)
        case "dropped": dropped(event["reason"].text)
        // Apple's and others' servers load every picture.
        case "open": event["sg_machine_open"].bool == true ? nil : (.opened, nil)
        case "click": (.clicked, nil)
        case "spamreport": (.complained, nil)
        case "unsubscribe", "group_unsubscribe": (.unsubscribed, nil)
        default: nil
        }
    }

    /// `blocked` is the receiving side's no to this message, not to the mailbox.
    private static func bounce(_ event: JSONValue) -> (StatusReport.Status, String?) {
        let cause = Bounded.code(event["bounce_classification"].text)
        return event["type"].text == "blocked" ? (.failed, cause ?? "blocked") : (.bounced, cause ?? "bounce")
    }

    /// Never left SendGrid, for what it knows of the address or thinks of the mail. Only the dead mailbox is news about it.
    private static func dropped(_ reason: String?) -> (StatusReport.Status, String?) {
        let code = Bounded.code(reason).map { "dropped_\($0)" } ?? "dropped"
        return (code == "dropped_bounced_address" || code == "dropped_invalid" ? .bounced : .failed, code)
    }

    /// What had stood in `X-Message-Id`: the part before the name of the server that took the mail.
    private static func messageID(_ text: String?) -> String? {
        guard let text = Bounded.id(text.map { String($0.drop(while: \.isWhitespace)) }, 300) else { return nil }
        let end = [".filter", ".recvd"].compactMap { text.firstRange(of: $0)?.lowerBound }.min() ?? text.firstIndex(of: ".")
        let id = text[..<(end ?? text.endIndex)]
        return id.isEmpty ? nil : String(id)
    }
}
