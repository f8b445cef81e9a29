internal import HTTPServer

/// LiveKit's room service over Twirp: the rooms that `PUT /_simulator/settings` names (providers page, §2).
struct LiveKitSimulator {
    private struct Question: Decodable {
        let room: String?
        let names: [String]?
    }

    private struct Participants: Encodable {
        struct Item: Encodable {
            let sid: String
            let identity: String
            let state = "ACTIVE"
            let joinedAt = "1763640000"
        }
        let participants: [Item]
    }

    private struct Rooms: Encodable {
        struct Item: Encodable {
            let sid: String
            let name: String
            let numParticipants: Int
            let creationTime = "1763640000"
        }
        let rooms: [Item]
    }

    private struct Claims: Decodable {
        struct Video: Decodable {
            let room: String?
            let roomAdmin: Bool?
            let roomList: Bool?
        }
        let iss: String?
        let exp: Int?
        let video: Video?
    }

    private struct Failure: Encodable {
        let code: String
        let msg: String
    }

    /// Grants are looked at, the signature is not: the secret is the tests' affair.
    static func answer(_ request: HTTPServerRequest, path: Substring, ledger: Ledger) -> HTTPServerResponse {
        guard let video = claims(request)?.video else { return failure(401, "unauthenticated", "invalid token") }
        guard request.method == "POST", request.header("Content-Type")?.hasPrefix("application/json") == true,
            let question = JSONText.read(Question.self, request.body)
        else { return failure(400, "malformed", "the json request could not be decoded") }
        switch path {
        case "/twirp/livekit.RoomService/ListParticipants":
            guard video.roomAdmin == true, video.room == question.room else {
                return failure(403, "permission_denied", "permissions denied")
            }
            guard let identities = ledger.rooms[question.room ?? ""] else {
                return failure(404, "not_found", "requested room does not exist")
            }
            return .json(200, Participants(participants: identities.map { .init(sid: "PA_\($0)", identity: $0) }))
        case "/twirp/livekit.RoomService/ListRooms":
            guard video.roomList == true else { return failure(403, "permission_denied", "permissions denied") }
            let rooms = ledger.rooms.filter { question.names?.contains($0.key) ?? true }.sorted { $0.key < $1.key }
            return .json(
                200, Rooms(rooms: rooms.map { .init(sid: "RM_\($0.key)", name: $0.key, numParticipants: $0.value.count) }))
        default: return failure(404, "bad_route", "no handler for path \(path)")
        }
    }

    private static func claims(_ request: HTTPServerRequest) -> Claims? {
        guard let header = request.header("Authorization"), header.hasPrefix("Bearer ") else { return nil }
        let parts = header.dropFirst(7).split(separator: ".")
        guard parts.count == 3 else { return nil }
        let padding = String(repeating: "=", count: (4 - parts[1].utf8.count % 4) % 4)
        let text = parts[1].replacing("-", with: "+").replacing("_", with: "/") + padding
        let claims = JSONText.decodeBase64(String(text)).flatMap { JSONText.read(Claims.self, Array($0.utf8)) }
        guard let claims, claims.iss?.contains("invalid") == false, let exp = claims.exp, exp * 1000 > WireDate.now() else {
            return nil
        }
        return claims
    }

    static func failure(_ status: Int, _ code: String, _ message: String) -> HTTPServerResponse {
        .json(status, Failure(code: code, msg: message))
    }
}
