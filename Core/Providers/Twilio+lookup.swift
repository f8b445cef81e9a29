internal import Primitives
public import HTTPClient

extension Twilio {
    /// A message that Twilio holds, as far as looking for a lost one needs it.
    public struct Message: Sendable, Equatable {
        /// `SM…` or `MM…`.
        public var sid: String
        /// The text; that of a template is what it became.
        public var body: String
        /// `outbound-api` for ours.
        public var direction: String
        /// As `queued` or `delivered`.
        public var status: String
        /// When it was made, in Unix time.
        public var createdAt: Int?
        /// Twilio's code, when it failed.
        public var errorCode: Int?
    }

    private struct List: Decodable {
        struct Item: Decodable {
            let sid: LooseText?
            let body: LooseText?
            let direction: LooseText?
            let status: LooseText?
            let date_created: LooseText?
            let error_code: LooseText?
        }
        let messages: [Item]
    }

    /// Asks for the messages to a number, newest first.
    ///
    /// Without a date: Twilio filters on when a message was sent, which is null while it is queued.
    ///
    /// - Parameters:
    ///   - to: The recipient's number in E.164.
    ///   - from: The sender's, or the messaging service that was used: its sender is not known beforehand, so only `to` is asked for.
    public func lookupRequest(channel: OutgoingText.Channel, to: String, from: String) -> HTTPRequest {
        let prefix = channel == .whatsapp ? "whatsapp:" : ""
        var query = FormEncoder()
        query.add("To", prefix + to)
        query.add("From", from.hasPrefix("MG") ? nil : prefix + from)
        query.add("PageSize", "50")
        return HTTPRequest(
            url: endpoint.url("\(messagesPath)?\(query.text)"),
            headers: ["Authorization": authorization.reveal(), "Accept": "application/json"],
            timeout: endpoint.timeout)
    }

    /// Reads that list; nil when it is none. An empty list is no proof that nothing was sent.
    public func lookedUp(in response: HTTPResponse) -> [Message]? {
        guard response.status == 200, let list = response.json(List.self) else { return nil }
        return list.messages.compactMap { item in
            item.sid?.text.map { sid in
                Message(
                    sid: sid, body: item.body?.text ?? "", direction: item.direction?.text ?? "", status: item.status?.text ?? "",
                    createdAt: item.date_created?.text.flatMap { RFC2822Date.unixTime($0) },
                    errorCode: item.error_code?.text.flatMap { Int($0) })
            }
        }
    }
}

/// Twilio's dates: as HTTP's, but with `+0000` for GMT.
private enum RFC2822Date {
    static func unixTime(_ text: String) -> Int? {
        text.hasSuffix(" +0000") ? HTTPDate.unixTime(text.dropLast(5) + "GMT") : nil
    }
}
