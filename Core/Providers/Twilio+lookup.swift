internal import Primitives
internal import HTTPClient

extension Twilio {
    /// Twilio lists a message at once, but the request that makes it may still be under way.
    public var lookUpDelay: Duration { .seconds(5) }

    /// Asks for the messages to the number, newest first, and compares the text.
    ///
    /// Without a date: Twilio filters on when a message was sent, which is null while it is queued. A template is listed as what it
    /// became, so only its status callback, which names the attempt, can find it.
    public func lookUp(_ lost: LostRequest) -> any LookUp {
        TwilioLookUp(self, lost)
    }

    func list(_ target: String) -> HTTPRequest {
        HTTPRequest(
            url: endpoint.url(target), headers: ["Authorization": authorization.reveal(), "Accept": "application/json"],
            timeout: endpoint.timeout, maxResponseBytes: 4 << 20)
    }
}

private struct TwilioLookUp: LookUp {
    private struct Page: Decodable {
        struct Message: Decodable {
            let sid: LooseText?
            let body: LooseText?
            let direction: LooseText?
            let status: LooseText?
            let date_created: LooseText?
            let error_code: LooseText?

            var createdAt: Int? { date_created?.text.flatMap { RFC2822Date.unixTime($0) } }
            /// A number, or the status itself where Twilio gives none; nil while it may still arrive.
            var failureCode: String? {
                guard let status = status?.text, ["failed", "undelivered", "canceled"].contains(status) else { return nil }
                return error_code?.text.flatMap { Int($0) }.map { String($0) } ?? status
            }
        }
        let messages: [Lossy<Message>]
        let next_page_uri: LooseText?
    }

    /// Two hundred texts: more than one number gets in the hours in which a message is looked for.
    private static let pageLimit = 4

    private let twilio: Twilio
    private let lost: LostRequest
    private let form: [String: String]
    private var pagesRead = 0

    init(_ twilio: Twilio, _ lost: LostRequest) {
        self.twilio = twilio
        self.lost = lost
        form = FormDecoder.fields(lost.prepared.body)
    }

    mutating func next(_ answer: Result<HTTPResponse, HTTPClientError>?) -> LookUpStep {
        guard let to = form["To"], form["Body"] != nil, form["ContentSid"] == nil else { return .know(.notFound) }
        guard let answer else {
            // A messaging service picks the sender, which is not known beforehand.
            var query = FormEncoder()
            query.add("To", to)
            query.add("From", form["MessagingServiceSid"] == nil ? form["From"] : nil)
            query.add("PageSize", "50")
            return .ask(twilio.list("\(lost.prepared.endpoint)?\(query.text)"))
        }
        guard case .success(let response) = answer, response.status == 200, let page = response.json(Page.self) else {
            return .know(.unavailable(answer))
        }
        pagesRead += 1
        let matches = page.messages.compactMap(\.value).filter { isLost($0) }
        if let match = matches.min(by: { ($0.createdAt ?? 0) < ($1.createdAt ?? 0) }) {
            return .know(.found(providerID: match.sid?.text ?? "", failureCode: match.failureCode))
        }
        guard pagesRead < Self.pageLimit, let next = page.next_page_uri?.text else { return .know(.notFound) }
        // Our credentials go with the request, so the page must be one of the same list.
        guard next.hasPrefix(lost.prepared.endpoint + "?") else { return .know(.unavailable(reason: "foreign_page")) }
        return .ask(twilio.list(next))
    }

    private func isLost(_ message: Page.Message) -> Bool {
        guard let sid = message.sid?.text, Twilio.isMessageSID(sid), !lost.knownIDs.contains(sid) else { return false }
        return message.body?.text == form["Body"] && message.direction?.text == "outbound-api"
            && message.createdAt.map { lost.mayBeMade(at: $0) } == true
    }
}

/// Twilio's dates: as HTTP's, but with `+0000` for GMT.
private enum RFC2822Date {
    static func unixTime(_ text: String) -> Int? {
        text.hasSuffix(" +0000") ? HTTPDate.unixTime(text.dropLast(5) + "GMT") : nil
    }
}
