internal import HTTPServer

/// Something that goes wrong on request.
struct Fault: Codable, Sendable {
    enum Kind: String, Codable, Sendable, CaseIterable {
        /// The answer comes late; the message is accepted at once.
        case delay
        /// A status instead of an answer; nothing is accepted.
        case status
        /// The message is accepted, and the answer is a status all the same.
        case statusAfterAccept = "status_after_accept"
        /// The message is accepted and no answer comes for `delay_ms`, else a minute; then the connection ends.
        case hangAfterAccept = "hang_after_accept"
        /// The connection is reset; nothing is accepted.
        case resetBeforeAccept = "reset_before_accept"
        /// The message is accepted and the connection is reset.
        case resetAfterAccept = "reset_after_accept"
        /// The message is accepted and the answer breaks off.
        case truncate
        /// The message is accepted and the answer makes no sense.
        case garbage
        /// The message is accepted and the answer comes a byte at a time, each after `delay_ms`, else 100 ms.
        case drip
    }

    /// What it befalls: messages, or how far a mail by SMTP gets.
    enum Stage: String, Codable, Sendable, CaseIterable {
        case greeting, sender, recipient, message
        /// Questions: the lists of Twilio and Green API, LiveKit's rooms.
        case lookup
    }

    /// Whom it befalls; everyone without it.
    let provider: SimulatedProvider?
    /// Which recipient's messages; everyone's without it.
    let to: String?
    /// Which account's: Twilio's SID, Green API's instance, the key of Resend or SendGrid; everyone's without it.
    let account: String?
    let kind: Kind
    /// What it befalls; messages, with SMTP at their end, without it.
    let stage: Stage?
    /// How long to wait first.
    let delay_ms: Int?
    /// The status of `status`; 500 without it.
    let status: Int?
    /// The provider's code or name for it.
    let code: String?
    let retry_after: Int?
    /// How often; forever without it.
    var count: Int?
    /// How likely, from 0 to 1; always without it.
    let probability: Double?

    var accepts: Bool { kind != .status && kind != .resetBeforeAccept }

    /// How long the connection sleeps before the answer.
    var delay: Duration {
        kind == .drip ? .zero : .milliseconds(max(0, delay_ms ?? (kind == .hangAfterAccept ? 60_000 : 0)))
    }

    /// How long each byte of a drip takes.
    var dripInterval: Duration { .milliseconds(max(1, delay_ms ?? 100)) }

    func befalls(_ provider: SimulatedProvider, _ recipient: String?, _ account: String?, _ stage: Stage) -> Bool {
        (self.provider ?? provider) == provider && (to == nil || to == recipient)
            && (self.account == nil || self.account == account) && (self.stage ?? .message) == stage && count != 0
    }

    /// What is answered instead.
    func replace(_ answer: HTTPServerResponse, of provider: SimulatedProvider) -> HTTPServerResponse {
        switch kind {
        case .delay: return answer
        case .status, .statusAfterAccept: return statusAnswer(provider)
        case .hangAfterAccept: return .dropped
        case .resetBeforeAccept, .resetAfterAccept: return .reset
        case .truncate:
            var answer = answer
            answer.delivery = .truncated(after: answer.body.count / 2)
            return answer
        case .drip:
            var answer = answer
            answer.delivery = .dripped(every: dripInterval)
            return answer
        case .garbage: return HTTPServerResponse(status: answer.status, contentType: "text/html", text: "<html>\u{FFFD} it works")
        }
    }

    private func statusAnswer(_ provider: SimulatedProvider) -> HTTPServerResponse {
        let status = status ?? 500
        switch provider {
        case .resend: return ResendSimulator.failure(status, code ?? "application_error", "As asked for", retryAfter: retry_after)
        case .sendgrid: return SendGridSimulator.failure(status, code ?? "as asked for", nil, retryAfter: retry_after)
        case .greenAPI: return GreenAPISimulator.failure(status, code ?? "As asked for", retryAfter: retry_after)
        case .livekit, .smtp: return HTTPServerResponse(status: status)
        case .twilio:
            return TwilioSimulator.failure(
                code.flatMap { Int($0) } ?? 20500, "As asked for", status: status, retryAfter: retry_after)
        }
    }
}

/// The faults to come, in order; a value behind the ledger's lock.
struct FaultPlan {
    private var faults: [Fault] = []

    init(_ faults: [Fault] = []) {
        self.faults = faults
    }

    /// The first fault that befalls a request, and one time less of it.
    mutating func next(_ provider: SimulatedProvider, _ recipient: String?, _ account: String?, _ stage: Fault.Stage) -> Fault? {
        guard !faults.isEmpty else { return nil }
        for index in faults.indices where faults[index].befalls(provider, recipient, account, stage) {
            if let probability = faults[index].probability, Double.random(in: 0..<1) >= probability { continue }
            if let count = faults[index].count { faults[index].count = count - 1 }
            return faults[index]
        }
        return nil
    }
}
