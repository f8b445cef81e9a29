internal import Primitives

/// What one request to Sentry carries: a header line, then items, each with a header line that gives its length in bytes.
struct SentryEnvelope: Sendable {
    /// An item's type; its category is what rate limits speak of.
    enum Kind: String, Sendable {
        case event
        case checkIn = "check_in"

        var category: String {
            switch self {
            case .event: "error"
            case .checkIn: "monitor"
            }
        }
    }

    let kind: Kind
    let bytes: [UInt8]

    /// - Parameters:
    ///   - eventID: of an event's envelope; check-ins have none.
    ///   - payloads: JSON texts, all of one kind.
    init(_ kind: Kind, eventID: String? = nil, sentAt: Timestamp, payloads: [String]) {
        self.kind = kind
        let id = eventID.map { "\"event_id\":\(JSONText.quoted($0))," } ?? ""
        var text = "{\(id)\"sent_at\":\(JSONText.quoted(sentAt.description))}\n"
        for payload in payloads {
            text += "{\"type\":\"\(kind.rawValue)\",\"content_type\":\"application/json\",\"length\":\(payload.utf8.count)}\n"
            text += payload + "\n"
        }
        bytes = Array(text.utf8)
    }
}
