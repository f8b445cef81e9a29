public import Primitives

/// An object of Stripe's has changed. The order of these is not to be trusted: whoever reads one fetches the object again (D-60).
public struct BillingEvent: Sendable, Equatable {
    /// `evt_…`.
    public var id: String
    /// As `invoice.paid`.
    public var type: String
    /// Seconds since 1970.
    public var createdAt: Double
    /// False for a rehearsal.
    public var isLive: Bool
    /// The connected account; nil for our own.
    public var account: String?
    /// The object's id, as `in_…`.
    public var objectID: String?
    /// The object's type, as `invoice`.
    public var objectType: String?
    /// Under which version of their API it was rendered, once for ever.
    public var apiVersion: String?
}

/// Reads Stripe's events.
public enum StripeWebhook {
    /// One event; thin ones (`v2.core.event`) are none that concern us.
    ///
    /// - Parameter receivedAt: stands in for a time that is missing.
    /// - Throws: `unreadable`.
    public static func event(_ request: WebhookRequest, receivedAt: Timestamp) throws(WebhookError) -> WebhookEvent {
        let body = try JSONValue(request.body)
        guard case .object = body else { throw .unreadable }
        let id = Bounded.id(body["id"].text)
        let key = EventKey.of(id, else: request.body)
        let type = Bounded.word(body["type"].text, 64)
        // A livemode that is not told must not pass for money.
        guard let id, id.hasPrefix("evt_"), let type, body["object"].text == "event", let isLive = body["livemode"].bool else {
            return WebhookEvent(key: key, type: type ?? "unknown", content: .other)
        }
        let object = body["data"]["object"]
        return WebhookEvent(
            key: key, type: type,
            content: .billing(
                BillingEvent(
                    id: id, type: type, createdAt: Bounded.seconds(body["created"].integer, otherwise: receivedAt),
                    isLive: isLive,
                    account: Bounded.id(body["account"].text), objectID: Bounded.id(object["id"].text, 255),
                    objectType: Bounded.word(object["object"].text, 64), apiVersion: Bounded.word(body["api_version"].text, 64))))
    }
}
