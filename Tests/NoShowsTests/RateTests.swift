import Postgres
import Primitives
import TestSupport
import Testing

/// The weekly rate: Monday at nine of the organisation's clock, once for each local week (K-09, D-08, D-24).
@Suite(.serialized)
struct RateTests {
    /// Monday 2026-06-15, 09:00 in Paris.
    private static let monday: Timestamp = "2026-06-15T07:00:00Z"

    private func clinic(zone: String = "Europe/Paris", appointments: [(Timestamp, String)]) async throws -> Clinic {
        // After the Monday before.
        let clinic = try await Clinic(installed: "2026-06-09T12:00:00Z", zone: zone)
        try await clinic.database.execute("update no_show_steps set is_enabled = false where step <> 'weekly'")
        for (index, (start, status)) in appointments.enumerated() {
            try await clinic.write(
                at: "2026-06-01T00:00:00Z",
                """
                insert into appointments (tenant_id, id, lead_id, closer_id, starts_at, created_at, status)
                values ('acme', $1, 'l1', $2, $3, relance.now(), $4)
                """,
                [.text("w\(index)"), .optional(index % 3 == 2 ? nil : "c\(index % 3 + 1)"), .timestamp(start), .text(status)])
        }
        return clinic
    }

    private static let week: [(Timestamp, String)] = [
        ("2026-06-08T08:00:00Z", "NO_SHOW"), ("2026-06-09T08:00:00Z", "COMPLETED"), ("2026-06-14T21:30:00Z", "CONFIRMED"),
        ("2026-06-10T08:00:00Z", "COMPLETED"), ("2026-06-10T08:00:00Z", "CANCELLED"), ("2026-06-11T08:00:00Z", "SCHEDULED"),
        // The week before, and Monday already.
        ("2026-06-05T08:00:00Z", "NO_SHOW"), ("2026-06-14T22:30:00Z", "NO_SHOW"),
    ]

    @Test func `at nine on Monday, once, to whoever is in charge`() async throws {
        let clinic = try await clinic(appointments: Self.week)
        try await clinic.tick(at: Self.monday.minutes(-1))
        #expect(try await clinic.ledger(kind: "no_show_rate").isEmpty)
        for minute in [0, 1, 60, 3 * 1440, 6 * 1440] { try await clinic.tick(at: Self.monday.minutes(minute)) }
        #expect(try await clinic.ledger(kind: "no_show_rate") == ["weekly email boss pending", "weekly in_app boss pending"])
        let row = try await clinic.database.rows(
            "select distinct kind, subject, message_class, due_at = $1, expires_at = $2 from relance.deliveries",
            [.timestamp(Self.monday), .timestamp(Self.monday.minutes(2880))])
        #expect(row == [["no_show_rate", "2026-06-15", "transactional", "t", "t"]])
        try await clinic.tick(at: Self.monday.minutes(7 * 1440))
        // The week of the 15th had its one appointment on Monday.
        #expect(try await clinic.ledger(kind: "no_show_rate").count == 4)
        try await clinic.tick(at: Self.monday.minutes(14 * 1440))
        #expect(try await clinic.ledger(kind: "no_show_rate").count == 4)
        #expect(
            try await clinic.database.count("select count(*) from relance.schedule_ticks where schedule = 'no-show-rate'") >= 3)
    }

    @Test func `what is counted is missed, completed, and confirmed and past, by closer`() async throws {
        let clinic = try await clinic(appointments: Self.week)
        let rows = try await clinic.write(
            at: Self.monday,
            """
            select closer_id, missed, counted from relance.no_show_counts('acme', '2026-06-07T22:00:00Z', '2026-06-14T22:00:00Z')
            order by 1 nulls last
            """)
        #expect(rows == [["c1", "1", "2"], ["c2", "0", "1"], ["", "0", "1"]])
    }

    @Test(arguments: ["America/Toronto", "Indian/Reunion", "Pacific/Auckland"])
    func `the clock and the week are the organisation's`(zone: String) async throws {
        let clinic = try await clinic(zone: zone, appointments: Self.week)
        for hour in -20..<30 { try await clinic.tick(at: Self.monday.minutes(hour * 60)) }
        let local = try await clinic.database.rows(
            "select distinct to_char(due_at at time zone $1, 'FMDay HH24:MI'), subject from relance.deliveries", [.text(zone)])
        #expect(local == [["Monday 09:00", "2026-06-15"]])
    }

    @Test func `a week without appointments says nothing`() async throws {
        let clinic = try await clinic(appointments: [("2026-06-10T08:00:00Z", "CANCELLED")])
        try await clinic.tick(at: Self.monday)
        #expect(try await clinic.ledger(kind: "no_show_rate").isEmpty)
        #expect(try await clinic.database.count("select count(*) from relance.schedule_ticks where scope = 'acme'") == 1)
    }

    @Test func `after Wednesday's nine it is missed, with an alert`() async throws {
        let clinic = try await clinic(appointments: Self.week)
        try await clinic.tick(at: Self.monday.minutes(2880))
        #expect(
            try await clinic.ledger(kind: "no_show_rate") == [
                "weekly email boss missed no_tick_before_expiry", "weekly in_app boss missed no_tick_before_expiry",
            ])
        #expect(try await clinic.database.count("select count(*) from relance.system_alerts where kind = 'steps_missed'") == 1)
    }

    @Test func `an organisation that came after Monday hears of the next one`() async throws {
        let clinic = try await Clinic(installed: Self.monday.minutes(60))
        try await clinic.tick(at: Self.monday.minutes(61))
        #expect(try await clinic.ledger(kind: "no_show_rate").isEmpty)
        #expect(
            try await clinic.database.value(
                "select next_due_at = $1 from relance.no_show_rate_due", [.timestamp(Self.monday.minutes(7 * 1440))])
                == "t")
    }

    @Test func `a move to another zone sends no week twice`() async throws {
        let clinic = try await clinic(appointments: Self.week)
        try await clinic.tick(at: Self.monday)
        try await clinic.write(at: Self.monday.minutes(1), "update organizations set timezone = 'America/Toronto'")
        for hour in 0..<20 { try await clinic.tick(at: Self.monday.minutes(hour * 60 + 2)) }
        #expect(try await clinic.ledger(kind: "no_show_rate") == ["weekly email boss pending", "weekly in_app boss pending"])
    }
}
