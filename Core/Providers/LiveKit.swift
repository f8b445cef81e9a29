public import Crypto
public import FoundationEssentials
internal import HTTPClient
public import Primitives

/// LiveKit's rooms: who may enter, by tokens that we sign, and who is in them, by its room service.
public struct LiveKit: Sendable {
    /// What a token lets its holder do: enter one room under one name.
    public struct Grant: Sendable, Equatable {
        /// The room.
        public var room: String
        /// Who the holder is to the room, unique in it; a second one with the same identity throws the first out.
        public var identity: String
        /// The name shown.
        public var name: String
        /// Whether the holder may be seen and heard; everybody may see and hear.
        public var canPublish: Bool

        /// A grant.
        public init(room: String, identity: String, name: String = "", canPublish: Bool = true) {
            self.room = room
            self.identity = identity
            self.name = name
            self.canPublish = canPublish
        }
    }

    let endpoint: ProviderEndpoint
    private let apiKey: String
    private let secret: Secret

    /// A project.
    ///
    /// - Parameter endpoint: LIVEKIT_URL; `wss` and `ws` stand for `https` and `http`, as clients of the rooms write it.
    public init(apiKey: String, secret: Secret, endpoint: ProviderEndpoint) {
        self.apiKey = apiKey
        self.secret = secret
        let isSocket = endpoint.baseURL.hasPrefix("wss://") || endpoint.baseURL.hasPrefix("ws://")
        self.endpoint =
            isSocket ? ProviderEndpoint("http" + endpoint.baseURL.dropFirst(2), timeout: endpoint.timeout) : endpoint
    }

    /// The token with which somebody enters a room.
    ///
    /// - Parameters:
    ///   - notBefore: when it begins to hold. LiveKit allows clocks to differ by a minute.
    ///   - expires: until when one may enter with it; whoever is in the room then stays.
    /// - Throws: never in fact: the claims can always be encoded.
    public func token(for grant: Grant, notBefore: Date, expires: Date) throws(JWTError) -> String {
        try sign(
            Claims(
                iss: apiKey, sub: grant.identity, nbf: Self.seconds(notBefore), exp: Self.seconds(expires),
                name: grant.name.isEmpty ? nil : grant.name,
                video: .init(
                    room: grant.room, roomJoin: true, canPublish: grant.canPublish, canSubscribe: true,
                    canPublishData: grant.canPublish)))
    }

    /// What a token of ours grants; nil where it is not ours, or not in force at `now`.
    public func grant(in token: String, now: Date) -> Grant? {
        let claims = try? JWT.verify(
            token, as: Claims.self, keys: [Array(secret.reveal().utf8)], issuer: apiKey, now: now)
        guard let claims, claims.video.roomJoin == true, let room = claims.video.room else { return nil }
        return Grant(
            room: room, identity: claims.sub ?? "", name: claims.name ?? "", canPublish: claims.video.canPublish ?? true)
    }

    /// A question to the room service, with a token that is good for this one only.
    func question(_ method: String, body: String, video: Claims.Video, now: Date) throws(JWTError) -> HTTPRequest {
        let token = try sign(
            Claims(iss: apiKey, sub: nil, nbf: nil, exp: Self.seconds(now + 60), name: nil, video: video))
        return HTTPRequest(
            .post, url: endpoint.url("/twirp/livekit.RoomService/\(method)"),
            headers: ["Authorization": "Bearer \(token)", "Accept": "application/json", "Content-Type": "application/json"],
            body: Array(body.utf8), timeout: endpoint.timeout)
    }

    private func sign(_ claims: Claims) throws(JWTError) -> String {
        try JWT.sign(claims, key: Array(secret.reveal().utf8))
    }

    private static func seconds(_ date: Date) -> Int { Int(date.timeIntervalSince1970.rounded(.down)) }

    /// As LiveKit names them.
    struct Claims: Codable {
        struct Video: Codable {
            var room: String?
            var roomJoin: Bool?
            var roomAdmin: Bool?
            var roomList: Bool?
            var canPublish: Bool?
            var canSubscribe: Bool?
            var canPublishData: Bool?
        }
        let iss: String
        let sub: String?
        let nbf: Int?
        let exp: Int
        let name: String?
        let video: Video
    }
}
