public import Primitives

/// Somebody came into a room or left it. Not every one of these arrives: what they say is checked against LiveKit's own lists.
public struct RoomEvent: Sendable, Equatable {
    /// What happened.
    public enum Kind: String, Sendable, CaseIterable {
        /// The room was opened.
        case started
        /// The room was closed.
        case finished
        /// A participant came in.
        case joined
        /// A participant left.
        case left
        /// A participant never got through.
        case aborted
    }

    /// What happened.
    public var kind: Kind
    /// The room's name, which is ours.
    public var room: String
    /// LiveKit's id of this opening of the room.
    public var roomID: String?
    /// Who, by the identity that we had given out; nil for the room itself.
    public var participant: String?
    /// Whether that is a person, not a recorder or an agent.
    public var isPerson: Bool
    /// Seconds since 1970 of the coming in; nil where it is not told.
    public var joinedAt: Double?
    /// Seconds since 1970 of the event.
    public var occurredAt: Double
}

/// Reads LiveKit's events.
public enum LiveKitWebhook {
    /// One event.
    ///
    /// - Parameter receivedAt: stands in for a time that is missing.
    /// - Throws: `unreadable`.
    public static func event(_ request: WebhookRequest, receivedAt: Timestamp) throws(WebhookError) -> WebhookEvent {
        let body = try JSONValue(request.body)
        guard case .object = body else { throw .unreadable }
        let key = EventKey.of(Bounded.word(body["id"].text), else: request.body)
        let type = Bounded.word(body["event"].text, 64) ?? "unknown"
        guard let kind = kind(type), let room = Bounded.line(body["room"]["name"].text, 200) else {
            return WebhookEvent(key: key, type: type, content: .other)
        }
        let participant = body["participant"]
        let identity = Bounded.line(participant["identity"].text, 200)
        let concernsSomebody = kind == .joined || kind == .left || kind == .aborted
        if concernsSomebody, identity == nil { return WebhookEvent(key: key, type: type, content: .other) }
        let joinedAt = participant["joinedAt"].integer ?? participant["joined_at"].integer
        let createdAt = body["createdAt"].integer ?? body["created_at"].integer
        return WebhookEvent(
            key: key, type: type,
            content: .room(
                RoomEvent(
                    kind: kind, room: room, roomID: Bounded.id(body["room"]["sid"].text), participant: identity,
                    isPerson: isPerson(participant["kind"]),
                    joinedAt: joinedAt.flatMap { (1...253_402_300_799).contains($0) ? Double($0) : nil },
                    occurredAt: Bounded.seconds(createdAt, otherwise: receivedAt))))
    }

    private static func kind(_ type: String) -> RoomEvent.Kind? {
        switch type {
        case "room_started": .started
        case "room_finished": .finished
        case "participant_joined": .joined
        case "participant_left": .left
        case "participant_connection_aborted": .aborted
        default: nil
        }
    }

    /// `STANDARD` and `SIP` (a telephone) are people; it is left out where it is `STANDARD`, and may be a number.
    private static func isPerson(_ kind: JSONValue) -> Bool {
        kind.isNothing || ["STANDARD", "SIP", "0", "3"].contains(kind.text ?? "")
    }
}
