import Postgres
import Primitives
import TestSupport
import Testing

/// J+0 and J+2: when they are due, until when, and what stands against them (D-02, D-06, D-17, D-22).
@Suite(.serialized)
struct RecoveryTests {
    /// A Wednesday, 14:00 in Paris.
    private static let start: Timestamp = "2026-06-10T12:00:00Z"

    private func missed(start: Timestamp = Self.start, zone: String = "Europe/Paris") async throws -> Clinic {
        let clinic = try await Clinic(zone: zone)
        try await clinic.book(at: start.minutes(-60), start: start)
        try await clinic.join(at: start, as: "closer")
        try await clinic.tick(at: start.minutes(15))
        return clinic
    }

    private func times(_ clinic: Clinic) async throws -> [[String]] {
        let utc = #"to_char(%@ at time zone 'UTC', 'MM-DD HH24:MI')"#
        let columns = ["due_at", "expires_at", "hard_stop_at"].map { utc.replacing("%@", with: $0) }.joined(separator: ", ")
        return try await clinic.database.rows(
            "select step, message_class, \(columns) from relance.deliveries order by step")
    }

    /// Start, zone, and what is written of J+0 and J+2: due, expiry, hard stop.
    @Test(
        arguments: [
            (
                "2026-06-10T12:00:00Z", "Europe/Paris",
                ["06-10 12:45", "06-11 12:45", "06-12 07:00"], ["06-12 07:00", "06-13 22:00", "06-16 22:00"]
            ),
            // Late in the evening: the marks' day is the start's.
            (
                "2026-06-10T21:50:00Z", "Europe/Paris",
                ["06-10 22:35", "06-11 22:35", "06-12 07:00"], ["06-12 07:00", "06-13 22:00", "06-16 22:00"]
            ),
            // Over the end of daylight saving time on the 25th: nine o'clock is nine o'clock.
            (
                "2026-10-23T12:00:00Z", "Europe/Paris",
                ["10-23 12:45", "10-24 12:45", "10-25 08:00"], ["10-25 08:00", "10-26 23:00", "10-29 23:00"]
            ),
            (
                "2026-06-11T01:00:00Z", "America/Toronto",
                ["06-11 01:45", "06-12 01:45", "06-12 13:00"], ["06-12 13:00", "06-14 04:00", "06-17 04:00"]
            ),
        ] as [(Timestamp, String, [String], [String])])
    func `half an hour after detection, and at nine of the second local day`(
        start: Timestamp, zone: String, today: [String], later: [String]
    ) async throws {
        let clinic = try await missed(start: start, zone: zone)
        try await clinic.tick(at: start.minutes(44))
        #expect(try await clinic.ledger().isEmpty)
        try await clinic.tick(at: start.minutes(45))
        try await clinic.tick(at: start.minutes(2 * 1440 + 900))
        #expect(try await times(clinic) == [["J+0", "marketing"] + today, ["J+2", "marketing"] + later])
    }

    @Test func `never before its time, whatever the ticks`() async throws {
        let clinic = try await missed()
        for minute in stride(from: 15, to: 4 * 1440, by: 7) { try await clinic.tick(at: Self.start.minutes(minute)) }
        let early = try await clinic.database.count(
            "select count(*) from relance.deliveries d join relance.jobs j on j.dedupe_key = d.dedupe_key where j.run_at < d.due_at"
        )
        #expect(early == 0)
        #expect(try await clinic.ledger() == ["J+0 email l1 pending", "J+2 email l1 pending"])
        #expect(try await clinic.database.count("select count(*) from relance.no_show_due") == 0)
    }

    /// What happens within the half hour, and what becomes of J+0.
    @Test(arguments: [
        (
            "insert into appointments (tenant_id, id, lead_id, starts_at, created_at) values ('acme', 'n', 'l1', '2026-06-20T12:00Z', relance.now())",
            "skipped newer_appointment"
        ),
        (
            "insert into appointments (tenant_id, id, lead_id, starts_at, created_at) values ('acme', 'n', 'l2', '2026-06-20T12:00Z', relance.now())",
            "pending"
        ),
        (
            "insert into appointments (tenant_id, id, lead_id, starts_at, created_at, status) values ('acme', 'n', 'l1', '2026-06-20T12:00Z', relance.now(), 'CANCELLED')",
            "pending"
        ),
        (
            "insert into blacklist_entries (tenant_id, email, source, created_by) values ('acme', 'luc@example.com', 'manual', 'ada')",
            "skipped lead_blacklisted"
        ),
        ("update leads set erased_at = relance.now() where id = 'l1'", "skipped lead_erased"),
        ("update appointments set status = 'CANCELLED'", "skipped appointment_cancelled"),
    ])
    func `what stands against it is asked when it is due`(statement: String, end: String) async throws {
        let clinic = try await missed()
        try await clinic.write(at: Self.start.minutes(20), statement)
        try await clinic.tick(at: Self.start.minutes(45))
        #expect(try await clinic.ledger().filter { $0.hasPrefix("J+0") } == ["J+0 email l1 \(end)"])
    }

    @Test func `what no tick planned in time is missed, with one alert a step`() async throws {
        let clinic = try await missed()
        try await clinic.book("a2", at: Self.start, start: Self.start.minutes(5), lead: "l2")
        try await clinic.join("a2", at: Self.start.minutes(5), as: "closer")
        try await clinic.tick(at: Self.start.minutes(20))
        try await clinic.tick(at: Self.start.minutes(9 * 1440))
        #expect(
            try await clinic.ledger() == [
                "J+0 email l1 missed no_tick_before_expiry", "J+0 email l2 missed no_tick_before_expiry",
                "J+2 email l1 missed no_tick_before_expiry", "J+2 email l2 missed no_tick_before_expiry",
            ])
        let alerts = try await clinic.database.rows(
            "select kind, detail ->> 'step', detail ->> 'missed' from relance.system_alerts where detail ->> 'step' <> 'weekly' order by 2"
        )
        #expect(alerts == [["steps_missed", "J+0", "2"], ["steps_missed", "J+2", "2"]])
    }

    /// Whether J+0 had left before the undo; it leaves once.
    @Test(arguments: [false, true])
    func `what fell to an undo is written anew when somebody marks again`(hasLeft: Bool) async throws {
        let clinic = try await missed()
        try await clinic.tick(at: Self.start.minutes(45))
        if hasLeft {
            try await clinic.write(
                at: Self.start.minutes(46),
                """
                update relance.deliveries
                set state = 'sent', settled_at = relance.now(), sent_at = relance.now(), provider = 'outbox'
                """)
        }
        try await clinic.join(at: Self.start.minutes(50), as: "lead")
        #expect(try await clinic.story() == "SCHEDULED lead reverted")
        try await clinic.write(
            at: Self.start.minutes(60), "select relance.mark_no_show('acme', 'a1', 'lead', 'manual', 'ada', 'it was her brother')"
        )
        #expect(try await clinic.forgotten(at: Self.start.minutes(60)) == 0)
        for minute in [60, 90, 91, 2 * 1440 + 900] { try await clinic.tick(at: Self.start.minutes(minute)) }
        let today = hasLeft ? ["sent"] : ["cancelled no_show_reverted", "pending"]
        #expect(try await clinic.ledger() == today.map { "J+0 email l1 \($0)" } + ["J+2 email l1 pending"])
        #expect(try await clinic.database.count("select count(*) from relance.no_show_due") == 0)
        #expect(
            try await clinic.database.count("select count(*) from relance.jobs where state = 'available'") == (hasLeft ? 2 : 3))
    }

    @Test func `a detection that comes days late mails nothing about today`() async throws {
        let clinic = try await Clinic()
        try await clinic.book(at: Self.start.minutes(-60), start: Self.start)
        try await clinic.join(at: Self.start, as: "closer")
        try await clinic.tick(at: Self.start.minutes(3 * 1440))
        try await clinic.tick(at: Self.start.minutes(3 * 1440 + 60))
        #expect(try await clinic.story() == "NO_SHOW lead active")
        #expect(try await clinic.ledger() == ["J+2 email l1 skipped marked_late", "J+0 email l1 skipped too_late"])
    }

    @Test func `nobody hears about what was before the fleet, or was loaded as history`() async throws {
        let clinic = try await Clinic(installed: Self.start.minutes(20))
        // Written before the organisation's settings were: as on the day of the migration.
        try await clinic.book(at: Self.start.minutes(-60), start: Self.start)
        try await clinic.write(
            at: Self.start.minutes(30),
            """
            insert into appointments (tenant_id, id, lead_id, starts_at, created_at, imported_at)
            values ('acme', 'h', 'l2', $1, $1::timestamptz - interval '1 day', relance.now())
            """, [.timestamp(Self.start.minutes(10))])
        try await clinic.write(at: Self.start.minutes(30), "update relance.no_show_due set next_due_at = '-infinity'")
        try await clinic.tick(at: Self.start.minutes(60))
        #expect(try await clinic.database.count("select count(*) from no_show_marks") == 0)
        #expect(try await clinic.forgotten(at: Self.start.minutes(60)) == 0)
    }

    @Test func `a step that is switched on later is about what comes later`() async throws {
        let clinic = try await Clinic()
        try await clinic.write(
            at: Self.start.minutes(-90), "update no_show_steps set is_enabled = false where step in ('J+0', 'J+2')")
        try await clinic.book(at: Self.start.minutes(-60), start: Self.start)
        try await clinic.join(at: Self.start, as: "closer")
        try await clinic.tick(at: Self.start.minutes(15))
        try await clinic.tick(at: Self.start.minutes(60))
        try await clinic.write(
            at: Self.start.minutes(61), "update no_show_steps set is_enabled = true where step in ('J+0', 'J+2')")
        #expect(try await clinic.forgotten(at: Self.start.minutes(61)) == 0)
        try await clinic.tick(at: Self.start.minutes(62))
        try await clinic.tick(at: Self.start.minutes(3 * 1440))
        #expect(try await clinic.ledger() == ["J+2 email l1 pending"])
    }

    @Test func `an organisation's own minutes count`() async throws {
        let clinic = try await Clinic()
        try await clinic.write(at: Self.start.minutes(-90), "update no_show_steps set offset_min = 5 where step = 'detection'")
        try await clinic.write(at: Self.start.minutes(-90), "update no_show_steps set offset_min = 10 where step = 'J+0'")
        try await clinic.write(at: Self.start.minutes(-90), "update no_show_steps set offset_min = 600 where step = 'J+2'")
        try await clinic.book(at: Self.start.minutes(-60), start: Self.start)
        try await clinic.join(at: Self.start, as: "closer")
        for minute in [4, 5, 14, 15] { try await clinic.tick(at: Self.start.minutes(minute)) }
        try await clinic.tick(at: "2026-06-12T08:00:00Z")
        #expect(try await times(clinic).map { $0[2] } == ["06-10 12:15", "06-12 08:00"])
        await #expect(throws: PostgresError.self) {
            try await clinic.write(at: Self.start, "update no_show_steps set offset_min = 1440 where step = 'J+2'")
        }
    }

    @Test func `with nobody in charge, an absent host is a line of the ledger`() async throws {
        let clinic = try await Clinic()
        try await clinic.write(at: Self.start.minutes(-90), "update users set is_active = false where id = 'boss'")
        try await clinic.book(at: Self.start.minutes(-60), start: Self.start)
        try await clinic.join(at: Self.start, as: "lead")
        try await clinic.tick(at: Self.start.minutes(15))
        #expect(try await clinic.ledger() == ["host email none skipped no_recipient", "host in_app none skipped no_recipient"])
    }
}
