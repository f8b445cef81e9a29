internal import HTTPClient

extension GreenAPI {
    /// The list of outgoing messages lags by up to two minutes.
    public var lookUpDelay: Duration { .seconds(130) }

    /// Looks into the queue of messages to send, then into those that were sent.
    public func lookUp(_ lost: LostRequest) -> any LookUp {
        GreenAPILookUp(self, lost)
    }
}

private struct GreenAPILookUp: LookUp {
    /// What was asked last.
    private enum Stage { case nothing, queue, outgoing }

    private struct Sent: Decodable {
        let chatId: String
        let message: String
    }

    private struct Queued: Decodable {
        let messageID: LooseText?
        let body: Lossy<Sent>?
    }

    private struct Outgoing: Decodable {
        struct Extended: Decodable {
            let text: String
        }
        let idMessage: LooseText?
        let timestamp: LooseText?
        let chatId: LooseText?
        let textMessage: LooseText?
        let extendedTextMessage: Lossy<Extended>?
        let statusMessage: LooseText?

        /// A link makes an extended message out of a text.
        var text: String? { textMessage?.text ?? extendedTextMessage?.value?.text }
        var sentAt: Int? { timestamp?.text.flatMap { Int($0) } }
        /// Statuses after which nothing more comes; `yellowCard` is none, since the message stays queued.
        var failureCode: String? {
            switch statusMessage?.text {
            case "failed": "failed"
            case "noAccount": "no_account"
            case "notInGroup": "not_in_group"
            default: nil
            }
        }
    }

    private let green: GreenAPI
    private let lost: LostRequest
    private let sent: Sent?
    private var stage = Stage.nothing

    init(_ green: GreenAPI, _ lost: LostRequest) {
        self.green = green
        self.lost = lost
        sent = HTTPResponse(status: 200, body: Array(lost.prepared.body.utf8)).json(Sent.self)
    }

    mutating func next(_ answer: Result<HTTPResponse, HTTPClientError>?) -> LookUpStep {
        guard let sent else { return .know(.notFound) }
        guard let answer else {
            stage = .queue
            return .ask(green.list("showMessagesQueue"))
        }
        guard case .success(let response) = answer, response.status == 200 else { return .know(.unavailable(answer)) }
        if stage == .queue {
            guard let queue = response.jsonList(Queued.self) else { return .know(.unavailable(answer)) }
            let match = queue.first { entry in
                entry.body?.value?.chatId == sent.chatId && entry.body?.value?.message == sent.message && isNew(entry.messageID)
            }
            if let id = match?.messageID?.text { return .know(.found(providerID: id, failureCode: nil)) }
            stage = .outgoing
            return .ask(green.list("lastOutgoingMessages", query: "?minutes=\(minutes(response))"))
        }
        guard let list = response.jsonList(Outgoing.self) else { return .know(.unavailable(answer)) }
        let match =
            list
            .filter { $0.chatId?.text == sent.chatId && $0.text == sent.message && isNew($0.idMessage) }
            .filter { $0.sentAt.map { lost.mayBeMade(at: $0) } == true }
            .min { ($0.sentAt ?? 0) < ($1.sentAt ?? 0) }
        return .know(match.map { .found(providerID: $0.idMessage?.text ?? "", failureCode: $0.failureCode) } ?? .notFound)
    }

    private func isNew(_ id: LooseText?) -> Bool {
        id?.text.map { (1...256).contains($0.utf8.count) && !lost.knownIDs.contains($0) } ?? false
    }

    /// How far the list must go back: to the request and five minutes more, at most the two days that requests are kept.
    private func minutes(_ response: HTTPResponse) -> Int {
        let age = response.headers["Date"].flatMap { HTTPDate.unixTime($0) }.map { $0 - lost.sentAt } ?? 86_400
        return min(max(0, age) / 60 + 5, 2880)
    }
}
