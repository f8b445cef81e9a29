import Postgres
import Primitives
import TestSupport
import Testing

/// In review mode a mark waits for somebody's word (D-20).
@Suite(.serialized)
struct ReviewTests {
    private static let start: Timestamp = "2026-06-10T12:00:00Z"

    private func proposed(_ role: String = "closer") async throws -> Clinic {
        let clinic = try await Clinic()
        try await clinic.write(at: Self.start.minutes(-90), "update organization_settings set no_show_mode = 'review'")
        try await clinic.book(at: Self.start.minutes(-60), start: Self.start)
        try await clinic.join(at: Self.start, as: role)
        try await clinic.tick(at: Self.start.minutes(15))
        return clinic
    }

    private func decide(_ clinic: Clinic, at instant: Timestamp, confirms: Bool) async throws -> String {
        try await clinic.write(
            at: instant, "select relance.decide_no_show(tenant_id, id, $1, 'ada', 'called them') from no_show_marks",
            [.bool(confirms)])[0][0]
    }

    @Test func `nothing happens until somebody says so`() async throws {
        let clinic = try await proposed()
        for hour in [1, 24, 43, 70] { try await clinic.tick(at: Self.start.minutes(hour * 60)) }
        #expect(try await clinic.story() == "SCHEDULED lead proposed")
        #expect(try await clinic.ledger().isEmpty)
    }

    @Test func `a confirmed one is a no-show from then on, J+0 half an hour later`() async throws {
        let clinic = try await proposed()
        #expect(try await decide(clinic, at: Self.start.minutes(60), confirms: true) == "confirmed")
        #expect(try await clinic.story() == "NO_SHOW lead active")
        try await clinic.tick(at: Self.start.minutes(89))
        #expect(try await clinic.ledger().isEmpty)
        try await clinic.tick(at: Self.start.minutes(90))
        #expect(try await clinic.ledger() == ["J+0 email l1 pending"])
        #expect(try await decide(clinic, at: Self.start.minutes(91), confirms: false) == "decided")
    }

    @Test func `one that is confirmed days later is written about no more`() async throws {
        let clinic = try await proposed()
        #expect(try await decide(clinic, at: Self.start.minutes(3 * 1440), confirms: true) == "confirmed")
        try await clinic.tick(at: Self.start.minutes(3 * 1440))
        try await clinic.tick(at: Self.start.minutes(3 * 1440 + 30))
        #expect(try await clinic.ledger() == ["J+2 email l1 skipped marked_late", "J+0 email l1 skipped too_late"])
        #expect(try await clinic.database.count("select count(*) from relance.system_alerts") == 0)
    }

    @Test func `a dismissed one is over, and not found again`() async throws {
        let clinic = try await proposed()
        #expect(try await decide(clinic, at: Self.start.minutes(60), confirms: false) == "dismissed")
        try await clinic.tick(at: Self.start.minutes(75))
        #expect(try await clinic.story() == "SCHEDULED lead reverted")
        #expect(
            try await clinic.database.value("select revert_cause || ' ' || reverted_by from no_show_marks") == "dismissed ada")
    }

    @Test func `a late join or a completion settles it without anybody`() async throws {
        let clinic = try await proposed()
        try await clinic.join(at: Self.start.minutes(20), as: "lead")
        #expect(try await clinic.story() == "SCHEDULED lead reverted")
        #expect(try await decide(clinic, at: Self.start.minutes(60), confirms: true) == "decided")
    }

    @Test func `a proposal of a day that was moved away from can still be decided`() async throws {
        let clinic = try await proposed()
        try await clinic.move(at: Self.start.minutes(30), to: Self.start.minutes(2880))
        #expect(try await decide(clinic, at: Self.start.minutes(60), confirms: true) == "confirmed")
        #expect(try await clinic.story() == "SCHEDULED lead active")
    }

    @Test func `an absent host is no no-show: those in charge are told at once`() async throws {
        let clinic = try await proposed("lead")
        #expect(try await clinic.story() == "SCHEDULED host active")
        #expect(try await clinic.ledger() == ["host email boss pending", "host in_app boss pending"])
    }
}
