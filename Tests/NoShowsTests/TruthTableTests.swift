import Foundation
import Postgres
import Primitives
import TestSupport
import Testing

/// Who was missed, by what is known of the call, and what becomes of it by what happens around it (D-20..22).
@Suite(.serialized)
struct TruthTableTests {
    private static let booked: Timestamp = "2026-06-01T12:00:00Z"
    /// A Wednesday, 14:00 in Paris.
    private static let start: Timestamp = "2026-06-10T12:00:00Z"

    /// What is known of the call.
    enum Presence: String, CaseIterable {
        case closerOnly, leadOnly, both, none, externalLink, telemetryLost

        var cause: String? {
            switch self {
            case .closerOnly: "lead"
            case .leadOnly: "host"
            case .both: nil
            case .none: "none"
            case .externalLink, .telemetryLost: "unknown"
            }
        }
        var roles: [String] {
            switch self {
            case .closerOnly: ["closer"]
            case .leadOnly: ["lead"]
            case .both: ["closer", "lead"]
            case .none, .externalLink, .telemetryLost: []
            }
        }
        var isHost: Bool { self == .leadOnly }
    }

    /// What happens around it.
    enum Turn: String, CaseIterable {
        case nothing, lateJoin, completed, movedBefore, movedAfter, cancelledBefore, cancelledAfter
    }

    private struct Case: CustomStringConvertible {
        let presence: Presence
        let turn: Turn
        var organization: String { "\(presence.rawValue)-\(turn.rawValue)" }
        var description: String { organization }

        /// Status, cause and state of marks.
        var story: String {
            let missed = presence.cause.map { presence.isHost ? "SCHEDULED host active" : "NO_SHOW \($0) active" } ?? "SCHEDULED"
            let cause = presence.cause.map { " \($0)" } ?? ""
            switch turn {
            case .nothing, .movedBefore: return missed
            // The call's end tells that both were in it.
            case .lateJoin where !presence.roles.isEmpty: return "COMPLETED" + (cause.isEmpty ? "" : "\(cause) reverted")
            case .lateJoin: return "SCHEDULED\(cause) reverted"
            case .completed: return "COMPLETED" + (cause.isEmpty ? "" : "\(cause) reverted")
            case .movedAfter: return "SCHEDULED" + (cause.isEmpty ? "" : "\(cause) active")
            case .cancelledBefore: return "CANCELLED"
            case .cancelledAfter: return "CANCELLED" + (cause.isEmpty ? "" : "\(cause) active")
            }
        }

        var ledger: [String] {
            if presence == .both || turn == .cancelledBefore { return [] }
            if presence.isHost {
                let end = turn == .lateJoin || turn == .completed ? "cancelled no_show_reverted" : "pending"
                return ["host email boss \(end)", "host in_app boss \(end)"]
            }
            switch turn {
            case .nothing, .movedBefore: return ["J+0 email l1 pending", "J+2 email l1 pending"]
            case .lateJoin, .cancelledBefore: return []
            case .completed: return ["J+0 email l1 cancelled no_show_reverted"]
            case .movedAfter: return ["J+0 email l1 pending", "J+2 email l1 skipped appointment_moved"]
            case .cancelledAfter: return ["J+0 email l1 pending", "J+2 email l1 skipped appointment_cancelled"]
            }
        }
    }

    /// LiveKit says of every room that nobody is in it, or says nothing at all.
    @Test(arguments: [
        (true, [Presence.closerOnly, .leadOnly, .both, .none, .externalLink]), (false, [.telemetryLost, .leadOnly]),
    ])
    func `the cause follows from the calls, and what comes after from the cause`(
        isLiveKitUp: Bool, presences: [Presence]
    ) async throws {
        let simulator = try await SimulatorProcess()
        let cases = presences.flatMap { presence in Turn.allCases.map { Case(presence: presence, turn: $0) } }
        let clinic = try await Clinic(
            cases.map(\.organization),
            liveKit: isLiveKitUp ? simulator.url + "/livekit" : "http://127.0.0.1:\(try freePort())")
        for item in cases {
            try await clinic.book(
                at: Self.booked, start: Self.start, video: item.presence == .externalLink ? "external" : "livekit",
                organization: item.organization)
        }
        for minute in stride(from: -120, through: 4 * 1440, by: 15) {
            let now = Self.start.minutes(minute)
            for item in cases { try await happen(item, minute, clinic) }
            // Between the ticks of a night nothing comes due; a room is asked soon after the start, or it tells nothing.
            if minute < 300 || (1440..<1500).contains(minute) || minute % 180 == 0 { try await clinic.tick(at: now) }
        }
        for item in cases {
            #expect(try await clinic.story(organization: item.organization) == item.story, "\(item)")
            #expect(try await clinic.ledger(item.organization) == item.ledger, "\(item)")
        }
        #expect(try await clinic.forgotten(at: Self.start.minutes(4 * 1440)) == 0)
        // But for those that were moved beyond the end.
        #expect(
            try await clinic.database.count("select count(*) from relance.no_show_due where next_due_at < '2026-06-19Z'") == 0)
        #expect(try await clinic.database.count("select count(*) from relance.system_alerts") == 0)
        // Whoever had no chance to come is never on a blacklist, and one absence puts nobody there.
        #expect(try await clinic.database.count("select count(*) from blacklist_entries") == 0)
    }

    private func happen(_ item: Case, _ minute: Int, _ clinic: Clinic) async throws {
        let (now, organization) = (Self.start.minutes(minute), item.organization)
        // Moved by a day: they come to the new hour only.
        let first = item.turn == .movedBefore ? 1440 : 0
        if minute == first, item.turn != .cancelledBefore {
            for role in item.presence.roles { try await clinic.join(at: now, as: role, organization: organization) }
        }
        switch (item.turn, minute) {
        case (.lateJoin, 30):
            let missed = item.presence.isHost ? "closer" : "lead"
            try await clinic.join(at: now, as: missed, organization: organization)
        case (.lateJoin, 45): try await clinic.end(at: now, organization: organization)
        case (.completed, 60): try await clinic.set(at: now, status: "COMPLETED", organization: organization)
        case (.movedBefore, -60):
            try await clinic.move(at: now, to: Self.start.minutes(1440), organization: organization)
        // Too far ahead for its own detection to come.
        case (.movedAfter, 60): try await clinic.move(at: now, to: Self.start.minutes(9 * 1440), organization: organization)
        case (.cancelledBefore, -60), (.cancelledAfter, 60):
            try await clinic.set(at: now, status: "CANCELLED", organization: organization)
        default: break
        }
    }
}
