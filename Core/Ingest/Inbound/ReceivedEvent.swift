internal import Primitives
internal import Providers
internal import Webhooks

/// One event, verified and read: what is looked up about it, committed, and never evaluated again.
struct ReceivedEvent: Sendable {
    let source: WebhookSource
    let account: WebhookAccount
    let event: WebhookEvent
    /// The bytes that are its own; of an array, its element.
    let body: [UInt8]
    let contentType: String?
    /// The raw request target, which may name the attempt.
    let target: String
    let receivedAt: Timestamp
    /// The row of an event that was stored before and is evaluated anew.
    var storedID: Int64?

    /// What makes it the same event when it comes again (D-40).
    var key: Key { Key(provider: source.provider, account: account.name, event: event.key) }

    struct Key: Hashable, Sendable {
        let provider: String
        let account: String
        let event: String
    }

    /// The word that is stored for what it says.
    var kind: String {
        switch event.content {
        case .status: "status"
        case .inbound: "message"
        case .room: "room"
        case .billing: "billing"
        case .other: "other"
        }
    }

    /// What somebody has written; nil where a group was written to, since that is not said to us.
    var message: InboundMessage? {
        guard case .inbound(let message) = event.content, message.conversation?.hasSuffix("@g.us") != true else { return nil }
        return message
    }

    /// What became of a message of ours.
    var report: StatusReport? { if case .status(let report) = event.content { report } else { nil } }

    /// Who came or went.
    var room: RoomEvent? { if case .room(let room) = event.content { room } else { nil } }

    /// What Stripe tells.
    var billing: BillingEvent? { if case .billing(let billing) = event.content { billing } else { nil } }
}
