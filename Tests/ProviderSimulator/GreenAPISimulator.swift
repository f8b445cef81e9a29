internal import HTTPServer

/// `sendMessage`, the queue, the outgoing list and the state as Green API has them (providers page, §2).
struct GreenAPISimulator {
    private struct Message: Codable {
        let chatId: String?
        let message: String?
        let linkPreview: Bool?
    }

    private struct Queued: Encodable {
        let messageID: String
        let type = "sendMessage"
        let body: Message
    }

    private struct Outgoing: Encodable {
        let type = "outgoing"
        let idMessage: String
        let timestamp: Int
        let typeMessage: String
        let chatId: String
        let textMessage: String?
        let extendedTextMessage: [String: String]?
        let statusMessage = "sent"
        let sendByApi = true
    }

    private struct Failure: Encodable {
        let statusCode: Int
        let message: String
    }

    private struct Quota: Encodable {
        struct Status: Encodable {
            let method: String
            let used = 100
            let total = 100
            let status = "QUOTE_EXCEEDED"
            let description: String
        }
        let invokeStatus: Status
    }

    private let ledger: Ledger
    private let instance: String
    private let request: HTTPServerRequest

    static func rule(_ request: HTTPServerRequest, path: Substring, ledger: Ledger) -> Ruling {
        let parts = path.split(separator: "/")
        guard parts.count == 3, parts[0].hasPrefix("waInstance"), let instance = Int(parts[0].dropFirst(10)) else {
            return .answer(HTTPServerResponse(status: 404, contentType: "text/html", text: "<html>"))
        }
        if parts[2].contains("invalid") { return .answer(HTTPServerResponse(status: 401)) }
        let simulator = GreenAPISimulator(ledger: ledger, instance: "\(instance)", request: request)
        switch (request.method, parts[1]) {
        case ("POST", "sendMessage"): return simulator.send()
        case ("GET", "showMessagesQueue"): return .answer(simulator.queue())
        case ("GET", "lastOutgoingMessages"): return .answer(simulator.outgoing())
        case ("GET", "getStateInstance"): return .answer(.json(200, ["stateInstance": ledger.greenState]))
        default: return .answer(failure(404, "no such method"))
        }
    }

    private func send() -> Ruling {
        guard request.header("Content-Type")?.hasPrefix("application/json") == true,
            let body = JSONText.read(Message.self, request.body)
        else { return .answer(Self.failure(400, "bad request data")) }
        guard let chat = body.chatId, let at = chat.firstIndex(of: "@"), chat[at...] == "@c.us",
            (7...15).contains(chat[..<at].utf8.count), chat[..<at].utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return .answer(Self.failure(400, "Validation failed. Details: 'chatId' must be a valid chat")) }
        guard let message = body.message, !message.isEmpty else {
            return .answer(Self.failure(400, "Validation failed. Details: 'message' is not allowed to be empty"))
        }
        guard message.count <= 20_000 else {
            return .answer(
                Self.failure(
                    400,
                    "Validation failed. Details: 'message' length must be less than or equal to 20000 characters long"))
        }
        if let status = Self.magic(chat) { return .answer(Self.failure(status, "As asked for")) }
        let effect = Effect(provider: .greenAPI, to: chat, from: instance, body: message)
        return .accept(Acceptance(effects: [effect], answer: { .json(200, ["idMessage": $0.first?.id ?? ""]) }))
    }

    /// While the telephone is away, everything waits here.
    private func queue() -> HTTPServerResponse {
        guard ledger.greenState != "authorized" else { return .json(200, [Queued]()) }
        return .json(
            200,
            messages.map {
                Queued(messageID: $0.id, body: Message(chatId: $0.to, message: $0.body, linkPreview: false))
            })
    }

    private func outgoing() -> HTTPServerResponse {
        let minutes = FormDecoding.pairs(request.query.utf8)?.first { $0.name == "minutes" }.flatMap { Int($0.value) } ?? 1440
        let oldest = WireDate.now() - minutes * 60_000
        let list = ledger.greenState != "authorized" ? [] : messages.filter { $0.acceptedAt >= oldest }
        return .json(
            200,
            list.map { effect in
                let text = effect.body ?? ""
                let hasLink = text.contains("https://")
                return Outgoing(
                    idMessage: effect.id, timestamp: effect.acceptedAt / 1000,
                    typeMessage: hasLink ? "extendedTextMessage" : "textMessage", chatId: effect.to,
                    textMessage: hasLink ? nil : text, extendedTextMessage: hasLink ? ["text": text] : nil)
            })
    }

    private var messages: [Effect] {
        ledger.messages(.greenAPI).filter { $0.from == instance }
    }

    static func failure(_ status: Int, _ message: String, retryAfter: Int? = nil) -> HTTPServerResponse {
        let wait = retryAfter.map { [HTTPServerField("Retry-After", "\($0)")] } ?? []
        if status == 466 {
            return .json(
                466, Quota(invokeStatus: .init(method: "sendMessage", description: "Monthly quota has been exceeded.")),
                headers: wait)
        }
        return .json(status, Failure(statusCode: status, message: message), headers: wait)
    }

    /// `1000000466@c.us` asks for that status.
    private static func magic(_ chat: String) -> Int? {
        chat.hasPrefix("1000000") && chat.utf8.count == 15 ? Int(chat.dropFirst(7).prefix(3)) : nil
    }
}
