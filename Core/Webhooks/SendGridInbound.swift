private import Crypto
public import Primitives
internal import Providers

/// Reads SendGrid's inbound mail (Inbound Parse, not its raw mode).
public enum SendGridInbound {
    /// One mail. It has no id: it is known again by its Message-ID and envelope.
    ///
    /// - Throws: `unreadable`.
    public static func message(_ request: WebhookRequest, receivedAt: Timestamp) throws(WebhookError) -> WebhookEvent {
        guard let form = MultipartForm(request) else { throw .unreadable }
        let envelope = form["envelope"].flatMap { try? JSONValue(Array($0.utf8)) } ?? .nothing
        let headers = MailHeaders(form["headers"] ?? "")
        let recipients = envelope["to"].elements.compactMap { address($0.text) }
        let text = form["text"] ?? ""
        let messageID = Bounded.line(headers["message-id"], 1000)
        let identity = [messageID ?? "\(form["subject"] ?? "")\n\(text)", envelope["from"].text ?? ""] + recipients.sorted()
        let key = "sha256:\(SHA256.hex(identity.joined(separator: "\n")))"
        // Without an envelope's sender it is a bounce or another machine's word, and an answer would come back.
        guard let sender = address(envelope["from"].text) else { return WebhookEvent(key: key, type: "inbound", content: .other) }
        var message = InboundMessage(
            .sendgrid, .email, providerID: messageID, sender: sender, recipient: recipients.first, text: text,
            occurredAt: receivedAt.secondsSinceEpoch)
        message.subject = Bounded.line(form["subject"], 1000)
        message.mediaCount = form["attachments"].flatMap { Int($0) }.map { min(max(0, $0), 100) } ?? 0
        message.profileName = displayName(form["from"])
        message.isAutomatic = headers.areAutomatic
        // A mail program's unsubscribe button sends the word as a subject.
        if message.optOut == nil, text.allSatisfy(\.isWhitespace), let subject = message.subject {
            message.optOut = OptOutWord.classify(subject)
        }
        return WebhookEvent(key: key, type: "inbound", content: .inbound(message))
    }

    /// A mail address in lower case; nil for what is none.
    private static func address(_ text: String?) -> String? {
        guard let text = Bounded.line(text), let at = text.lastIndex(of: "@"), at > text.startIndex,
            text.index(after: at) < text.endIndex, !text.contains(where: \.isWhitespace)
        else { return nil }
        return text.lowercased()
    }

    /// `Ana Lima` out of `"Ana Lima" <ana@example.test>`.
    private static func displayName(_ from: String?) -> String? {
        guard let from, let angle = from.lastIndex(of: "<") else { return nil }
        return Bounded.line(from[..<angle].filter { $0 != "\"" && $0 != "\\" }, 200).flatMap { name in
            Bounded.line(String(name.reversed().drop(while: \.isWhitespace).reversed()))
        }
    }
}

/// The raw headers of a mail.
private struct MailHeaders {
    private static let most = 500

    private var fields: [(name: String, value: String)] = []

    init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline).prefix(Self.most) {
            // A line that begins with white space goes on with the one before it.
            if line.first?.isWhitespace == true {
                if !fields.isEmpty, fields[fields.count - 1].value.utf8.count < 4096 {
                    fields[fields.count - 1].value += line.drop(while: \.isWhitespace)
                }
            } else if let colon = line.firstIndex(of: ":") {
                fields.append(
                    (line[..<colon].lowercased(), String(line[line.index(after: colon)...].drop(while: \.isWhitespace))))
            }
        }
    }

    subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    /// Whether a machine wrote it (RFC 3834, and what came before that).
    var areAutomatic: Bool {
        if let submitted = self["auto-submitted"], !submitted.lowercased().hasPrefix("no") { return true }
        if let precedence = self["precedence"], ["bulk", "junk", "list", "auto_reply"].contains(precedence.lowercased()) {
            return true
        }
        return self["x-autoreply"] != nil || self["x-autorespond"] != nil || self["list-id"] != nil
    }
}
