import Primitives

/// A room of our own of which nobody has told anything, and what LiveKit says of it.
struct SilentRoom: Sendable, Equatable {
    let tenantID: String
    let appointmentID: String

    /// As in the links' tokens: an appointment's id is unique within its organisation only.
    var name: String { "\(tenantID):\(appointmentID)" }

    /// What LiveKit said.
    enum Answer: Sendable, Equatable {
        /// Nobody is there.
        case empty
        /// These are there; nobody by name where LiveKit would not say who.
        case occupied([Occupant])
        /// It did not say: never to be taken for an empty room.
        case unavailable
    }

    /// Somebody in a room.
    struct Occupant: Sendable, Equatable {
        let identity: String
        let role: String
        let joinedAt: Timestamp

        /// Nil for whoever is neither lead nor staff, as a recorder.
        init?(identity: String, joinedAt: Timestamp) {
            if identity.hasPrefix("lead:") {
                role = "lead"
            } else if identity.hasPrefix("user:") {
                role = "closer"
            } else {
                return nil
            }
            self.identity = identity
            self.joinedAt = joinedAt
        }

        fileprivate var json: String {
            "{\"identity\":\(JSONText.quoted(identity)),\"role\":\"\(role)\",\"joined_at\":\"\(joinedAt)\"}"
        }
    }

    /// The answers as `relance.detect_no_shows` reads them.
    static func json(_ answers: [(SilentRoom, Answer)]) -> String {
        let members = answers.map { room, answer in
            let (word, people) =
                switch answer {
                case .empty: ("empty", "")
                case .unavailable: ("unavailable", "")
                case .occupied(let people): ("occupied", people.map(\.json).joined(separator: ","))
                }
            return "{\"tenant\":\(JSONText.quoted(room.tenantID)),\"appointment\":\(JSONText.quoted(room.appointmentID)),"
                + "\"answer\":\"\(word)\",\"people\":[\(people)]}"
        }
        return "[" + members.joined(separator: ",") + "]"
    }
}
