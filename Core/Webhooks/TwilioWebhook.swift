public import Primitives
internal import Providers

/// Reads what Twilio sends: parameters of a form, or of the query of a GET.
public enum TwilioWebhook {
    /// A status callback. The attempt stands in the query of the URL that we had given with the message.
    ///
    /// - Parameter receivedAt: Twilio tells no time of its own.
    /// - Throws: `unreadable`.
    public static func status(_ request: WebhookRequest, receivedAt: Timestamp) throws(WebhookError) -> WebhookEvent {
        let form = try form(request)
        let id = Bounded.id(form["MessageSid"] ?? form["SmsSid"])
        let name = Bounded.word(form["MessageStatus"] ?? form["SmsStatus"], 64)?.lowercased()
        let key = EventKey.of(id, name, else: request.body)
        guard let name, let status = status(name), id != nil else {
            return WebhookEvent(key: key, type: name ?? "unknown", content: .other)
        }
        let code = form["ErrorCode"].flatMap { Int($0) }.flatMap { (1...999_999).contains($0) ? $0 : nil }
        var report = StatusReport(
            provider: .twilio, providerID: id,
            attemptID: FormBody(Array(request.query.utf8)).flatMap { Bounded.attempt($0["attempt"]) },
            status: status, occurredAt: receivedAt.secondsSinceEpoch)
        if status == .failed {
            report.code = code.map { String($0) } ?? name
            if let code, TwilioErrorCode.meaning(of: code) == .refused(.optedOut) { report.status = .optedOut }
        }
        return WebhookEvent(key: key, type: name, content: .status(report))
    }

    /// A message that somebody has sent to a number of ours.
    ///
    /// - Throws: `unreadable`.
    public static func inbound(_ request: WebhookRequest, receivedAt: Timestamp) throws(WebhookError) -> WebhookEvent {
        let form = try form(request)
        let id = Bounded.id(form["MessageSid"] ?? form["SmsMessageSid"] ?? form["SmsSid"])
        let key = EventKey.of(id, else: request.body)
        let type = Bounded.word(form["MessageType"], 64) ?? "message"
        guard id != nil, let from = Bounded.line(form["From"]) else { return WebhookEvent(key: key, type: type, content: .other) }
        let phone = PhoneAddress.e164(from)
        let to = Bounded.line(form["To"])
        var message = InboundMessage(
            .twilio, from.hasPrefix("whatsapp:") ? .whatsapp : .sms, providerID: id, account: Bounded.id(form["AccountSid"]),
            sender: phone ?? from, senderPhone: phone, recipient: to.map { PhoneAddress.e164($0) ?? $0 },
            text: form["Body"] ?? "", occurredAt: receivedAt.secondsSinceEpoch)
        message.mediaCount = form["NumMedia"].flatMap { Int($0) }.map { min(max(0, $0), 100) } ?? 0
        message.profileName = Bounded.line(form["ProfileName"], 200)
        message.buttonPayload = Bounded.line(form["ButtonPayload"], 500)
        // Advanced Opt-Out has its own words, in the account's languages, and has answered.
        switch form["OptOutType"]?.uppercased() {
        case "STOP": (message.optOut, message.isAnswered) = (.optOut, true)
        case "START": (message.optOut, message.isAnswered) = (.optIn, true)
        case "HELP": (message.optOut, message.isAnswered) = (nil, true)
        default: break
        }
        return WebhookEvent(key: key, type: type, content: .inbound(message))
    }

    /// The account that a request says it is of, by which its key is chosen: to be believed when the signature has proved it.
    public static func account(of request: WebhookRequest) -> String? {
        (try? form(request)).flatMap { Bounded.id($0["AccountSid"], 64) }
    }

    private static func form(_ request: WebhookRequest) throws(WebhookError) -> FormBody {
        let text = request.method == "GET" ? Array(request.query.utf8) : request.body
        guard let form = FormBody(text) else { throw .unreadable }
        return form
    }

    private static func status(_ name: String) -> StatusReport.Status? {
        switch name {
        case "queued", "accepted", "scheduled", "sending": .accepted
        case "sent", "partially_delivered": .sent
        case "delivered": .delivered
        case "read": .read
        case "failed", "undelivered", "canceled": .failed
        default: nil
        }
    }
}
