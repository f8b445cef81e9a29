public import Primitives
internal import Providers

/// Reads Green API's notifications.
public enum GreenAPIWebhook {
    /// One notification.
    ///
    /// - Parameter receivedAt: stands in for a time that is missing.
    /// - Throws: `unreadable`.
    public static func event(_ request: WebhookRequest, receivedAt: Timestamp) throws(WebhookError) -> WebhookEvent {
        let body = try JSONValue(request.body)
        guard case .object = body else { throw .unreadable }
        let instance = Bounded.word(body["instanceData"]["idInstance"].text, 64)
        let type = Bounded.word(body["typeWebhook"].text, 64)
        let id = Bounded.id(body["idMessage"].text)
        let time = Bounded.seconds(body["timestamp"].integer, otherwise: receivedAt)
        switch type {
        case "outgoingMessageStatus":
            let name = Bounded.word(body["status"].text, 32)
            return WebhookEvent(
                key: EventKey.of(instance, type, id, name, else: request.body), type: "outgoingMessageStatus",
                content: report(name, id, body["description"].text, time).map { .status($0) } ?? .other)
        case "incomingMessageReceived":
            return WebhookEvent(
                key: EventKey.of(instance, type, id, else: request.body), type: "incomingMessageReceived",
                content: message(body, instance: instance, id: id, time).map { .inbound($0) } ?? .other)
        default:
            return WebhookEvent(
                key: EventKey.of(instance, type, id, else: request.body), type: type ?? "unknown", content: .other)
        }
    }

    private static func report(_ name: String?, _ id: String?, _ description: String?, _ time: Double) -> StatusReport? {
        guard let name, let id, let status = status(name) else { return nil }
        var report = StatusReport(provider: .greenAPI, providerID: id, status: status, occurredAt: time)
        if status == .failed || status == .deferred { report.code = errorCode(description) ?? Bounded.code(name) }
        return report
    }

    private static func status(_ name: String) -> StatusReport.Status? {
        switch name {
        case "pending": .accepted
        case "sent": .sent
        case "delivered": .delivered
        case "read": .read
        // The instance is suspended for spam; the message waits for up to a day.
        case "yellowCard": .deferred
        case "failed", "fail", "noAccount", "notInGroup", "noActiveSession": .failed
        default: nil
        }
    }

    /// `SWE004` out of its sentence.
    private static func errorCode(_ text: String?) -> String? {
        guard let text, text.hasPrefix("SWE") else { return nil }
        let digits = text.dropFirst(3).prefix(3)
        return digits.utf8.count == 3 && digits.utf8.allSatisfy { (0x30...0x39).contains($0) } ? "SWE\(digits)" : nil
    }

    private static func message(_ body: JSONValue, instance: String?, id: String?, _ time: Double) -> InboundMessage? {
        let (sender, data) = (body["senderData"], body["messageData"])
        let chat = Bounded.line(sender["chatId"].text)
        guard id != nil, let from = Bounded.line(sender["sender"].text) ?? chat, let (text, mediaCount) = content(data) else {
            return nil
        }
        let phone = PhoneAddress.e164(from)
        var message = InboundMessage(
            .greenAPI, .whatsapp, providerID: id, account: instance, sender: phone ?? from, senderPhone: phone,
            recipient: Bounded.line(body["instanceData"]["wid"].text).map { PhoneAddress.e164($0) ?? $0 }, text: text,
            occurredAt: time)
        message.mediaCount = mediaCount
        message.conversation = chat == from && phone != nil ? nil : chat
        message.profileName = Bounded.line(sender["senderContactName"].text, 200) ?? Bounded.line(sender["senderName"].text, 200)
        message.buttonPayload = Bounded.line(data["buttonsResponseMessage"]["selectedButtonId"].text, 500)
        // What is said to a group is not said to us.
        if chat?.hasSuffix("@g.us") == true { message.optOut = nil }
        return message
    }

    /// Text and number of files; nil for what changes an older message.
    private static func content(_ data: JSONValue) -> (String, Int)? {
        let file = data["fileMessageData"]
        switch data["typeMessage"].text {
        case "editedMessage", "deletedMessage", "pollUpdateMessage": return nil
        case "textMessage":
            let text = data["textMessageData"]["textMessage"].text ?? ""
            return (isPlaceholder(text) ? "" : text, 0)
        case _ where !file.isNothing: return (file["caption"].text ?? "", 1)
        default:
            let text =
                data["extendedTextMessageData"]["text"].text ?? data["buttonsResponseMessage"]["selectedButtonText"].text
                ?? data["templateButtonReplyMessage"]["selectedDisplayText"].text ?? data["listResponseMessage"]["title"].text
            return (text ?? "", 0)
        }
    }

    /// `{{SWE001}}`: what Green API could not read.
    private static func isPlaceholder(_ text: String) -> Bool {
        text.utf8.count == 10 && text.hasPrefix("{{SWE") && text.hasSuffix("}}")
    }
}
