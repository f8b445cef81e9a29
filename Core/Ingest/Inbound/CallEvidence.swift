internal import Postgres
private import Primitives
internal import Webhooks

/// Who was in a call, as LiveKit tells (K-23): what the no-show detector decides by (D-20), and undoes by (D-21).
///
/// Identities are those of the links that reminders carry: `lead:ID` and `user:ID`. Whoever came in under another one, and
/// whatever is no person, is no evidence.
enum CallEvidence {
    /// The statement for a batch; none where it tells of no room.
    static func statements(for events: [(event: ReceivedEvent, circumstances: Circumstances)]) -> [(
        SQLStatement, [PostgresValue]
    )] {
        let seen = events.compactMap { Seen($0.event, $0.circumstances) }
        if seen.isEmpty { return [] }
        return [
            (
                .noteRooms,
                [
                    .texts(seen.map(\.tenantID)), .texts(seen.map(\.appointmentID)), .texts(seen.map(\.kind.rawValue)),
                    .texts(seen.map(\.identity)), .texts(seen.map(\.role)), .timestamps(seen.map(\.joinedAt)),
                    .timestamps(seen.map(\.at)),
                ]
            )
        ]
    }

    /// An event of a room that is an appointment's.
    private struct Seen {
        let tenantID: String
        let appointmentID: String
        let kind: RoomEvent.Kind
        /// Nil for the room itself.
        let identity: String?
        let role: String?
        let joinedAt: Timestamp?
        let at: Timestamp

        init?(_ event: ReceivedEvent, _ circumstances: Circumstances) {
            guard let room = event.room, let tenant = circumstances.tenantID, let appointment = circumstances.appointmentID else {
                return nil
            }
            role = room.participant.flatMap(Self.role)
            if room.participant != nil, role == nil || !room.isPerson { return nil }
            (tenantID, appointmentID, kind, identity) = (tenant, appointment, room.kind, room.participant)
            at = Self.instant(room.occurredAt)
            joinedAt = room.joinedAt.map(Self.instant) ?? (room.kind == .joined ? at : nil)
        }

        private static func role(_ identity: String) -> String? {
            if identity.hasPrefix("lead:") { return "lead" }
            return identity.hasPrefix("user:") ? "closer" : nil
        }

        private static func instant(_ seconds: Double) -> Timestamp { Timestamp(microseconds: Int64(seconds * 1_000_000)) }
    }
}

extension SQLStatement {
    fileprivate static let noteRooms = SQLStatement(embedded: PackageResources.note_rooms_sql)
}
