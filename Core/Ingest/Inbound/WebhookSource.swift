internal import Primitives
internal import Webhooks

/// A route that a provider posts to: whose it is, how large its bodies are, how they are read.
enum WebhookSource: String, CaseIterable, Sendable {
    case stripe = "/webhooks/stripe"
    case twilioInbound = "/webhooks/twilio/inbound"
    case twilioStatus = "/webhooks/twilio/status"
    case greenAPI = "/webhooks/green-api"
    case resend = "/webhooks/resend"
    case sendGridEvents = "/webhooks/sendgrid/events"
    case sendGridInbound = "/webhooks/sendgrid/inbound"
    case liveKit = "/webhooks/livekit"

    /// Where it is served.
    var path: String { rawValue }

    /// The provider, in the ledger's word where the ledger has one.
    var provider: String {
        switch self {
        case .stripe: "stripe"
        case .twilioInbound, .twilioStatus: "twilio"
        case .greenAPI: "green_api"
        case .resend: "resend"
        case .sendGridEvents, .sendGridInbound: "sendgrid"
        case .liveKit: "livekit"
        }
    }

    /// Longest body in bytes, some times what the provider is known to send. SendGrid's mails may be larger (30 MB): bodies are
    /// read before their signature can be looked at, so a mail with such attachments is refused (413).
    var limit: Int {
        switch self {
        case .stripe: 1 << 20
        case .twilioInbound, .twilioStatus, .liveKit: 64 << 10
        case .greenAPI, .resend: 512 << 10
        case .sendGridEvents: 4 << 20
        case .sendGridInbound: 8 << 20
        }
    }

    /// Content types, for the documentation.
    var types: [String] {
        switch self {
        case .stripe, .greenAPI, .resend, .sendGridEvents: ["application/json"]
        case .twilioInbound, .twilioStatus: ["application/x-www-form-urlencoded"]
        case .sendGridInbound: ["multipart/form-data"]
        case .liveKit: ["application/webhook+json"]
        }
    }

    /// The events of a request that has been verified, each with the bytes that are its own.
    ///
    /// - Throws: `unreadable`.
    func read(_ request: WebhookRequest, at instant: Timestamp) throws(WebhookError) -> [(event: WebhookEvent, body: [UInt8])] {
        switch self {
        case .stripe: return [(try StripeWebhook.event(request, receivedAt: instant), request.body)]
        case .twilioInbound: return [(try TwilioWebhook.inbound(request, receivedAt: instant), request.body)]
        case .twilioStatus: return [(try TwilioWebhook.status(request, receivedAt: instant), request.body)]
        case .greenAPI: return [(try GreenAPIWebhook.event(request, receivedAt: instant), request.body)]
        case .resend: return [(try ResendWebhook.event(request, receivedAt: instant), request.body)]
        case .sendGridInbound: return [(try SendGridInbound.message(request, receivedAt: instant), request.body)]
        case .liveKit: return [(try LiveKitWebhook.event(request, receivedAt: instant), request.body)]
        case .sendGridEvents:
            let events = try SendGridWebhook.events(request, receivedAt: instant)
            let bodies = JSONElements.objects(in: request.body)
            // They are passed over alike; were they not, each event would keep the whole array.
            guard events.count == bodies.count else { return events.map { ($0, request.body) } }
            return Array(zip(events, bodies))
        }
    }
}
