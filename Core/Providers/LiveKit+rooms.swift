internal import Crypto
public import FoundationEssentials
public import HTTPClient

extension LiveKit {
    /// Somebody in a room.
    public struct Participant: Sendable, Equatable {
        /// Who, as the token said.
        public var identity: String
        /// LiveKit's own id, as `PA_…`.
        public var sid: String
        /// When they came, in Unix time; nil while they are coming.
        public var joinedAt: Int?
        /// Whether they are there: connected, not on their way in or out.
        public var isPresent: Bool

        /// A participant.
        public init(identity: String, sid: String, joinedAt: Int?, isPresent: Bool) {
            self.identity = identity
            self.sid = sid
            self.joinedAt = joinedAt
            self.isPresent = isPresent
        }
    }

    /// A room that exists: one does from its first participant until a while after its last.
    public struct Room: Sendable, Equatable {
        /// Its name, as in tokens.
        public var name: String
        /// LiveKit's own id, as `RM_…`; another one each time the room comes into being.
        public var sid: String
        /// How many are in it.
        public var participantCount: Int

        /// A room.
        public init(name: String, sid: String, participantCount: Int) {
            self.name = name
            self.sid = sid
            self.participantCount = participantCount
        }
    }

    /// What the room service says.
    public enum Answer<Value: Sendable & Equatable>: Sendable, Equatable {
        /// What was asked for.
        case known(Value)
        /// There is no such room now. It may have been before.
        case roomNotFound
        /// It did not say; the reason is safe to log. Never to be taken for an empty room.
        case unavailable(reason: String)
    }

    /// Asks who is in a room.
    public func participants(in room: String, now: Date, over client: HTTPClient) async -> Answer<[Participant]> {
        var body = JSONWriter(reserving: 128)
        body.object { $0.member("room", room) }
        return await ask("ListParticipants", body.text, .init(room: room, roomAdmin: true), now, client) {
            Self.participants(in: $0)
        }
    }

    /// Asks which rooms there are, all or those among `names`.
    public func rooms(_ names: [String] = [], now: Date, over client: HTTPClient) async -> Answer<[Room]> {
        var body = JSONWriter(reserving: 128)
        body.object { body in
            if names.isEmpty { return }
            body.key("names")
            body.array { body in names.forEach { body.string($0) } }
        }
        return await ask("ListRooms", body.text, .init(roomList: true), now, client) { Self.rooms(in: $0) }
    }

    private func ask<Value>(
        _ method: String, _ body: String, _ video: Claims.Video, _ now: Date, _ client: HTTPClient,
        read: (HTTPResponse) -> Value?
    ) async -> Answer<Value> {
        let response: HTTPResponse
        do {
            response = try await client.send(question(method, body: body, video: video, now: now))
        } catch {
            return .unavailable(reason: (error as? HTTPClientError)?.label ?? "unsigned")
        }
        switch response.status {
        case 200: return read(response).map { .known($0) } ?? .unavailable(reason: "unreadable_answer")
        // A proxy that knows no such path says 404 too, though not in Twirp's words.
        case 404 where response.json(Failure.self)?.code?.text == "not_found": return .roomNotFound
        default: return .unavailable(reason: response.statusCode)
        }
    }

    private struct Failure: Decodable {
        let code: LooseText?
    }

    /// Protobuf's JSON: what is zero, empty or false is left out, and 64-bit numbers are strings.
    private struct ParticipantList: Decodable {
        struct Item: Decodable {
            let identity: LooseText?
            let sid: LooseText?
            let state: LooseText?
            let joinedAt: LooseText?
        }
        let participants: [Lossy<Item>]?
    }

    private static func participants(in response: HTTPResponse) -> [Participant]? {
        response.json(ParticipantList.self).map { list in
            (list.participants ?? []).compactMap { item in
                guard let item = item.value, let identity = item.identity?.text, !identity.isEmpty else { return nil }
                return Participant(
                    identity: identity, sid: item.sid?.text ?? "",
                    joinedAt: item.joinedAt?.text.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil },
                    isPresent: ["ACTIVE", "JOINED", "1", "2"].contains(item.state?.text))
            }
        }
    }

    private struct RoomList: Decodable {
        struct Item: Decodable {
            let name: LooseText?
            let sid: LooseText?
            let numParticipants: LooseText?
        }
        let rooms: [Lossy<Item>]?
    }

    private static func rooms(in response: HTTPResponse) -> [Room]? {
        response.json(RoomList.self).map { list in
            (list.rooms ?? []).compactMap { item in
                guard let item = item.value, let name = item.name?.text else { return nil }
                return Room(
                    name: name, sid: item.sid?.text ?? "", participantCount: item.numParticipants?.text.flatMap { Int($0) } ?? 0)
            }
        }
    }
}
