import Postgres
import Primitives
import Reminders
import TestSupport
import Testing

/// Nothing due before a tenant's step was activated is ever planned: day one mails nobody about the past (D-02).
@Suite(.serialized)
struct ActivationTests {
    @Test func `a fresh install plans nothing that was due before it`() async throws {
        let agenda = try await Agenda(installed: "2026-06-09T14:00:00Z")
        // Rows with a past of their own, as an application copies them over.
        try await agenda.write(
            at: "2026-06-09T14:00:00Z",
            """
            insert into appointments (tenant_id, id, lead_id, closer_id, starts_at, created_at)
            values ('acme', 'a1', 'l1', 'c1', '2026-06-10T12:00:00Z', '2026-06-01T12:00:00Z')
            """)
        try await agenda.plan(at: "2026-06-09T14:01:00Z")
        #expect(try await agenda.ledger() == [])
        try await agenda.plan(at: "2026-06-10T11:00:00Z")
        #expect(try await agenda.ledger() == ["H-1 email l1 pending"])
    }

    @Test func `an import plans nothing that was due before it`() async throws {
        let agenda = try await Agenda()
        try await agenda.write(
            at: "2026-06-09T14:00:00Z",
            """
            insert into appointments (tenant_id, id, lead_id, closer_id, starts_at, created_at, imported_at)
            select 'acme', id, 'l1', 'c1', starts_at, '2026-06-01T12:00:00Z', relance.now()
            from (values ('a1', timestamptz '2026-06-10T12:00:00Z'), ('a2', '2026-06-10T15:00:00Z')) as a (id, starts_at)
            """)
        try await agenda.plan(at: "2026-06-09T15:00:00Z")
        #expect(try await agenda.ledger(appointment: "a1") == [])
        #expect(try await agenda.ledger(appointment: "a2") == ["J-1 email l1 pending"])
        #expect(try await agenda.database.count("select count(*) from relance.system_alerts") == 0)
    }

    @Test func `a step that is switched on plans only what comes due from then on`() async throws {
        let agenda = try await Agenda()
        try await agenda.write(at: "2026-06-01T00:00:00Z", "update reminder_steps set is_enabled = false where step = 'J-1'")
        try await agenda.book("past", at: "2026-06-01T00:00:00Z", start: "2026-06-10T12:00:00Z")
        try await agenda.book("future", at: "2026-06-01T00:00:00Z", start: "2026-06-10T15:00:00Z")
        try await agenda.plan(at: "2026-06-01T00:10:00Z")
        try await agenda.plan(at: "2026-06-09T13:00:00Z")
        #expect(try await agenda.ledger(step: "J-1") == [])
        try await agenda.write(at: "2026-06-09T14:00:00Z", "update reminder_steps set is_enabled = true where step = 'J-1'")
        try await agenda.plan(at: "2026-06-09T15:30:00Z")
        #expect(try await agenda.ledger(appointment: "past").contains { $0.hasPrefix("J-1") } == false)
        #expect(try await agenda.ledger(appointment: "future").last == "J-1 email l1 pending")
    }

    @Test func `a new offset plans only what comes due from then on, and nothing a second time`() async throws {
        let agenda = try await Agenda()
        for (id, start) in [
            ("sent", "2026-06-10T12:00:00Z"), ("past", "2026-06-10T16:00:00Z"), ("future", "2026-06-12T18:00:00Z"),
        ] {
            try await agenda.book(id, at: "2026-06-01T00:00:00Z", start: Timestamp(stringLiteral: start))
        }
        try await agenda.plan(at: "2026-06-01T00:10:00Z")
        try await agenda.plan(at: "2026-06-09T12:00:00Z")
        try await agenda.write(at: "2026-06-09T14:00:00Z", "update reminder_steps set offset_min = -2880 where step = 'J-1'")
        for tick: Timestamp in ["2026-06-09T14:01:00Z", "2026-06-09T20:00:00Z", "2026-06-10T18:00:00Z", "2026-06-11T20:00:00Z"] {
            try await agenda.plan(at: tick)
        }
        #expect(try await agenda.ledger(step: "J-1") == ["J-1 email l1 pending", "J-1 email l1 pending"])
        #expect(try await agenda.ledger(appointment: "past").contains { $0.hasPrefix("J-1") } == false)
    }

    @Test(arguments: [
        "update reminder_steps set channels = '{email,sms}' where step in ('T+0', 'J-1')",
        "update organization_settings set sms_enabled = true",
        "delete from organization_settings; insert into organization_settings (tenant_id, sms_enabled) values ('acme', true)",
    ])
    func `a channel that is switched on is not used for what was due before`(change: String) async throws {
        let agenda = try await Agenda()
        // One of the two switches is on from the start.
        try await agenda.write(
            at: "2026-06-01T00:00:00Z",
            change.contains("sms_enabled")
                ? "update reminder_steps set channels = '{email,sms}' where step not in ('moved', 'cancelled')"
                : "update organization_settings set sms_enabled = true")
        try await agenda.write(at: "2026-06-01T00:00:00Z", "update reminder_steps set channels = '{email}' where step = 'H-1'")
        try await agenda.book("past", at: "2026-06-01T00:00:00Z", start: "2026-06-10T12:00:00Z")
        try await agenda.book("future", at: "2026-06-01T00:00:00Z", start: "2026-06-10T18:00:00Z")
        try await agenda.plan(at: "2026-06-01T00:10:00Z")
        try await agenda.plan(at: "2026-06-09T13:00:00Z")
        for statement in change.split(separator: ";") { try await agenda.write(at: "2026-06-09T14:00:00Z", String(statement)) }
        try await agenda.plan(at: "2026-06-09T14:01:00Z")
        try await agenda.plan(at: "2026-06-09T18:01:00Z")
        #expect(try await agenda.ledger().filter { $0.contains("sms") } == ["J-1 sms l1 pending"])
        #expect(try await agenda.database.count("select count(*) from relance.system_alerts") == 0)
        #expect(try await agenda.forgotten(at: "2026-06-09T18:01:00Z") == 0)
    }

    @Test func `an organisation that is installed later starts on its own day`() async throws {
        let agenda = try await Agenda(["acme"])
        try await agenda.write(at: "2026-06-09T14:00:00Z", "insert into organizations (id, name) values ('late', 'Late')")
        let activated = try await agenda.database.rows(
            "select distinct tenant_id, extract(epoch from activated_at)::bigint from reminder_steps order by 1")
        #expect(
            activated == [
                ["acme", "\(("2026-01-01T00:00:00Z" as Timestamp).seconds)"],
                ["late", "\(("2026-06-09T14:00:00Z" as Timestamp).seconds)"],
            ])
    }

    @Test(arguments: [
        ("T+0", [-1, 1440]), ("T+10", [-1, 1441]), ("J-1", [-43_201, -120, 0]), ("H-1", [-1441, -5, 0]), ("T-0", [-61, 20]),
    ])
    func `configuration refuses an offset whose expiry is not after due`(step: String, offsets: [Int64]) async throws {
        let agenda = try await Agenda()
        for offset in offsets {
            let error = await #expect(throws: PostgresError.self, "\(step) \(offset)") {
                try await agenda.database.execute(
                    "update reminder_steps set offset_min = $2 where step = $1", [.text(step), .int(offset)])
            }
            #expect(error?.sqlState == "23514", "\(step) \(offset)")
        }
    }

    @Test(arguments: [
        ("T+0", [0, 1439]), ("T+10", [0, 1440]), ("J-1", [-43_200, -121]), ("H-1", [-1440, -6]), ("T-0", [-60, 19]),
    ])
    func `configuration takes every offset whose expiry is after due`(step: String, offsets: [Int64]) async throws {
        let agenda = try await Agenda()
        for offset in offsets {
            try await agenda.database.execute(
                "update reminder_steps set offset_min = $2 where step = $1", [.text(step), .int(offset)])
        }
    }

    @Test(arguments: [5, 10])
    func `a step whose window is empty is skipped as too late`(minutes: Int) async throws {
        let agenda = try await Agenda()
        let booked: Timestamp = "2026-06-10T12:00:00Z"
        try await agenda.book(at: booked, start: booked.minutes(minutes))
        try await agenda.plan(at: booked.minutes(11))
        #expect(try await agenda.ledger(step: "T+10") == ["T+10 whatsapp c1 skipped too_late"])
    }

    @Test func `an empty window is only known when the step comes due`() async throws {
        let agenda = try await Agenda()
        let booked: Timestamp = "2026-06-10T12:00:00Z"
        try await agenda.book(at: booked, start: booked.minutes(5))
        try await agenda.plan(at: booked.minutes(1))
        // Moved before the closer's notice was due: there is time for it now.
        try await agenda.move(at: booked.minutes(2), to: booked.minutes(600))
        try await agenda.plan(at: booked.minutes(11))
        #expect(try await agenda.ledger(step: "T+10") == ["T+10 whatsapp c1 pending"])
    }

    @Test func `an appointment that was over before it was written down is told to nobody`() async throws {
        let agenda = try await Agenda()
        try await agenda.book(at: "2026-06-10T12:00:00Z", start: "2026-06-10T11:30:00Z")
        try await agenda.plan(at: "2026-06-10T12:15:00Z")
        #expect(try await agenda.ledger().allSatisfy { $0.contains(" skipped ") })
        #expect(try await agenda.ledger().count == 6)
    }
}
