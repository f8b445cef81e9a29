import Postgres
import Primitives
import TestSupport
import Testing

/// Two missed appointments put a person on the blacklist, an undo takes them off again (K-10, D-21, D-23).
@Suite(.serialized)
struct BlacklistTests {
    private static let first: Timestamp = "2026-06-10T12:00:00Z"
    private static let second: Timestamp = "2026-06-11T12:00:00Z"

    /// Two appointments of one lead, both missed in the way told.
    private func missedTwice(
        _ ways: [String] = ["closer", "closer"], video: String = "livekit", settings: String? = nil
    ) async throws -> Clinic {
        let clinic = try await Clinic()
        if let settings { try await clinic.write(at: Self.first.minutes(-60), "update organization_settings set \(settings)") }
        for (index, (way, start)) in zip(ways, [Self.first, Self.second]).enumerated() {
            let id = "a\(index + 1)"
            try await clinic.book(id, at: start.minutes(-60), start: start, video: video)
            if !way.isEmpty { try await clinic.join(id, at: start, as: way) }
            try await clinic.tick(at: start.minutes(15))
        }
        return clinic
    }

    @Test func `the second no-show blacklists, and its lead is not written to any more`() async throws {
        let clinic = try await missedTwice()
        #expect(try await clinic.isBlacklisted(at: Self.second.minutes(15)))
        #expect(try await clinic.isBlacklisted("l2", at: Self.second.minutes(15)) == false)
        for day in 0...4 {
            for hour in [1, 19, 20, 21] { try await clinic.tick(at: Self.second.minutes(15 + day * 1440 + hour * 60)) }
        }
        #expect(
            try await clinic.ledger() == [
                "J+0 email l1 skipped newer_appointment", "J+0 email l1 skipped lead_blacklisted",
                "J+2 email l1 skipped newer_appointment", "J+2 email l1 skipped lead_blacklisted",
            ])
    }

    @Test(arguments: [("join", true), ("complete", true), ("nothing", false)])
    func `an undo of either lifts it, whenever it comes`(turn: String, isLifted: Bool) async throws {
        let clinic = try await missedTwice()
        let later = Self.second.minutes(40 * 1440)
        switch turn {
        case "join": try await clinic.join("a2", at: Self.second.minutes(50), as: "lead")
        case "complete": try await clinic.set("a1", at: later, status: "COMPLETED")
        default: break
        }
        #expect(try await clinic.isBlacklisted(at: later) != isLifted)
        let marks = try await clinic.database.rows("select state from no_show_marks order by detected_at")
        #expect(marks.filter { $0 == ["active"] }.count == (isLifted ? 1 : 2))
        // The next one counts anew from what is left.
        if isLifted {
            try await clinic.book("a3", at: later, start: later.minutes(60))
            try await clinic.join("a3", at: later.minutes(60), as: "closer")
            try await clinic.tick(at: later.minutes(75))
            #expect(try await clinic.isBlacklisted(at: later.minutes(75)))
        }
    }

    @Test(arguments: [(36_500, true), (36_501, false), (0, false)])
    func `a blacklisting ends after so many days, at most a hundred years`(days: Int, isTaken: Bool) async throws {
        guard isTaken else {
            await #expect(throws: PostgresError.self) { try await missedTwice(settings: "blacklist_days = \(days)") }
            return
        }
        let clinic = try await missedTwice(settings: "blacklist_days = \(days)")
        #expect(try await clinic.isBlacklisted(at: Self.second.minutes(15)))
    }

    @Test func `a blacklisting by hand stays through every undo`() async throws {
        let clinic = try await missedTwice()
        try await clinic.write(
            at: Self.second.minutes(20),
            "insert into blacklist_entries (tenant_id, lead_id, source, created_by) values ('acme', 'l1', 'manual', 'ada')")
        for id in ["a1", "a2"] { try await clinic.set(id, at: Self.second.minutes(30), status: "COMPLETED") }
        #expect(try await clinic.isBlacklisted(at: Self.second.minutes(30)))
        let open = try await clinic.database.rows("select source from blacklist_entries where ended_at is null")
        #expect(open == [["manual"]])
    }

    /// How they were missed, with what settings, and whether that counts.
    @Test(
        arguments: [
            (["lead", "lead"], "livekit", nil, false),
            (["closer", "lead"], "livekit", nil, false),
            (["", ""], "external", nil, false),
            (["", ""], "external", "blacklist_counts_unknown = true", true),
            (["closer", "closer"], "livekit", "blacklist_after = 3", false),
        ] as [([String], String, String?, Bool)])
    func `only what the lead is to blame for counts`(
        ways: [String], video: String, settings: String?, isBlacklisted: Bool
    ) async throws {
        let clinic = try await missedTwice(ways, video: video, settings: settings)
        #expect(try await clinic.isBlacklisted(at: Self.second.minutes(15)) == isBlacklisted)
    }
}
