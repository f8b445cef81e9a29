internal import HTTPServer

/// Those that are simulated, under the first part of their path.
enum SimulatedProvider: String, Codable, Sendable, CaseIterable {
    case resend, sendgrid, twilio, livekit, smtp
    case greenAPI = "green_api"
}

/// A message that would be sent for real.
struct Effect: Sendable {
    /// The provider's id, made when it is accepted.
    var id = ""
    var provider: SimulatedProvider
    var to: String
    var from: String
    /// The text of a message, or the whole of a mail that came by SMTP.
    var body: String?
    /// The idempotency key (Resend) or the `attempt` of the callback (Twilio).
    var key: String?
    /// The tags (Resend) or custom arguments (SendGrid).
    var arguments: [String: String] = [:]
    var acceptedAt = 0
}

/// What a provider makes of a request, before anything is done about it.
enum Ruling: Sendable {
    /// An answer without an effect: a refusal, or something that was asked for.
    case answer(HTTPServerResponse)
    /// Messages to accept.
    case accept(Acceptance)
}

/// Messages to accept, and how to say so.
struct Acceptance: Sendable {
    var effects: [Effect]
    /// The answer, out of the effects with their ids.
    var answer: @Sendable ([Effect]) -> HTTPServerResponse
    /// Where the provider sends each key once: the key.
    var onceUnder: String?
    /// The answer when other bytes hold that key.
    var conflict: HTTPServerResponse?

    var recipient: String? { effects.first?.to }
}

extension HTTPServerResponse {
    /// An answer in JSON.
    static func json(_ status: Int, _ value: some Encodable, headers: [HTTPServerField] = []) -> HTTPServerResponse {
        HTTPServerResponse(
            status: status, headers: [HTTPServerField("Content-Type", "application/json")] + headers, body: JSONText.bytes(value))
    }
}
