internal import Postgres
private import Primitives
internal import Webhooks

/// Who was in a call, as LiveKit tells (K-23): what the no-show detector decides by (D-20), and undoes by (D-21).
///
/// Identities are those of the links that reminders carry: `lead:ID` and `user:ID`. Whoever came in under another one, and
/// whatever is no person, is no evidence.
enum CallEvidence {
    /// The statements for a batch; none where it tells of no room.
    static func statements(for events: [(event: ReceivedEvent, circumstances: Circumstances)]) -> [(
        SQLStatement, [PostgresValue]
    )] {
        let seen = events.compactMap { Seen($0.event, $0.circumstances) }
        let openings = seen.filter { $0.opensCall }
        let entries = seen.compactMap(\.entry)
        let ends = seen.filter { $0.ends }
        var statements: [(SQLStatement, [PostgresValue])] = []
        if !openings.isEmpty {
            statements.append(
                (
                    .openCalls,
                    [
                        .texts(openings.map(\.tenantID)), .texts(openings.map(\.appointmentID)),
                        .timestamps(openings.map { $0.entry?.joinedAt ?? $0.at }),
                    ]
                ))
        }
        if !entries.isEmpty {
            statements.append(
                (
                    .noteParticipants,
                    [
                        .texts(entries.map(\.tenantID)), .texts(entries.map(\.appointmentID)), .texts(entries.map(\.identity)),
                        .texts(entries.map(\.role)), .timestamps(entries.map(\.joinedAt)), .timestamps(entries.map(\.leftAt)),
                    ]
                ))
        }
        if !ends.isEmpty {
            statements.append(
                (
                    .closeCalls,
                    [
                        .texts(ends.map(\.tenantID)), .texts(ends.map(\.appointmentID)), .texts(ends.map(\.identity)),
                        .timestamps(ends.map(\.at)),
                    ]
                ))
        }
        return statements
    }

    /// Somebody's coming, and perhaps leaving.
    private struct Entry {
        let tenantID: String
        let appointmentID: String
        let identity: String
        let role: String
        let joinedAt: Timestamp
        let leftAt: Timestamp?
    }

    /// An event of a room that is an appointment's.
    private struct Seen {
        let tenantID: String
        let appointmentID: String
        let at: Timestamp
        /// Nil for the room itself.
        let identity: String?
        let entry: Entry?
        let opensCall: Bool
        let ends: Bool

        init?(_ event: ReceivedEvent, _ circumstances: Circumstances) {
            guard let room = event.room, let tenant = circumstances.tenantID, let appointment = circumstances.appointmentID else {
                return nil
            }
            let at = Self.instant(room.occurredAt)
            (tenantID, appointmentID, self.at) = (tenant, appointment, at)
            let role = room.participant.flatMap(Self.role)
            if room.participant != nil, role == nil || !room.isPerson { return nil }
            identity = room.participant
            let joinedAt = room.joinedAt.map(Self.instant)
            switch room.kind {
            case .started: (entry, opensCall, ends) = (nil, true, false)
            case .finished: (entry, opensCall, ends) = (nil, false, true)
            case .joined, .left:
                let hasLeft = room.kind == .left
                // A leaving that does not tell of its coming closes what stands open.
                guard let identity, let role, let joinedAt = joinedAt ?? (hasLeft ? nil : at) else {
                    (entry, opensCall, ends) = (nil, false, true)
                    return
                }
                entry = Entry(
                    tenantID: tenant, appointmentID: appointment, identity: identity, role: role, joinedAt: joinedAt,
                    leftAt: hasLeft ? max(at, joinedAt) : nil)
                (opensCall, ends) = (true, false)
            // Never got through: no evidence of having been there.
            case .aborted: (entry, opensCall, ends) = (nil, false, identity != nil)
            }
        }

        private static func role(_ identity: String) -> String? {
            if identity.hasPrefix("lead:") { return "lead" }
            return identity.hasPrefix("user:") ? "closer" : nil
        }

        private static func instant(_ seconds: Double) -> Timestamp { Timestamp(microseconds: Int64(seconds * 1_000_000)) }
    }
}

extension SQLStatement {
    fileprivate static let openCalls = SQLStatement(embedded: PackageResources.open_calls_sql)
    fileprivate static let noteParticipants = SQLStatement(embedded: PackageResources.note_participants_sql)
    fileprivate static let closeCalls = SQLStatement(embedded: PackageResources.close_calls_sql)
}
