import Postgres
import Primitives
import Reminders
import Schema
import TestSupport
import Testing

/// Rows as other applications write them: what cannot be planned must never stop what can.
@Suite(.serialized)
struct HardDataTests {
    @Test(arguments: ["infinity", "-infinity", "20260-06-10T12:00:00Z", "294276-12-31T23:59:00Z", "0001-01-01T00:00:00Z BC"])
    func `an appointment outside the calendar is refused where it is written`(start: String) async throws {
        let agenda = try await Agenda()
        let error = await #expect(throws: PostgresError.self) {
            try await agenda.write(
                at: "2026-06-01T12:00:00Z",
                "insert into appointments (tenant_id, id, lead_id, starts_at) values ('acme', 'a1', 'l1', $1::timestamptz)",
                [.text(start)])
        }
        #expect(error?.sqlState == "23514")
    }

    @Test func `a resident planner sleeps to the next due instant, at most its limit`() async throws {
        let agenda = try await Agenda()
        let planner = agenda.planner()
        #expect(try await planner.sleep(atMost: .seconds(60)) == .seconds(60))
        try await agenda.database.execute(
            "insert into relance.appointment_due values ('acme', 'a', now() + interval '7000 years')")
        #expect(try await planner.sleep(atMost: .seconds(60)) == .seconds(60))
        try await agenda.database.execute(
            "insert into relance.appointment_due values ('acme', 'b', now() + interval '20 seconds')")
        let sleep = try await planner.sleep(atMost: .seconds(60))
        #expect(sleep > .zero && sleep <= .seconds(20))
        try await agenda.database.execute("insert into relance.appointment_due values ('acme', 'c', now() - interval '1 hour')")
        #expect(try await planner.sleep(atMost: .seconds(60)) == .zero)
    }

    @Test(arguments: ["infinity", "294276-12-31T00:00:00Z"])
    func `a pointer that nobody can reach does not stop the resident planner`(pointer: String) async throws {
        let agenda = try await Agenda()
        try await agenda.database.execute(
            "insert into relance.appointment_due values ('acme', 'a', $1::timestamptz)", [.text(pointer)])
        #expect(try await agenda.planner().sleep(atMost: .seconds(60)) == .seconds(60))
    }

    @Test func `an application needs no right in our schema`() async throws {
        let agenda = try await Agenda()
        let role = "application_\(UInt32.random(in: .min ... .max))"
        try await agenda.database.execute("create role \(role)")
        try await agenda.database.execute("grant select, insert, update, delete on all tables in schema public to \(role)")
        try await agenda.database.connection.run { session throws(PostgresError) in
            func run(_ sql: String) throws(PostgresError) { try session.query(SQLStatement(unsafe: sql, name: "test")) }
            try run("set role \(role)")
            try run("insert into organizations (id, name) values ('app', 'App')")
            try run(
                "insert into users (tenant_id, id, name, role) values ('app', 'u1', 'U', 'ADMIN'), ('app', 'u2', 'V', 'CLOSER')")
            try run("insert into leads (tenant_id, id, name) values ('app', 'l1', 'L')")
            try run(
                """
                insert into appointments (tenant_id, id, lead_id, closer_id, starts_at)
                values ('app', 'a1', 'l1', 'u2', now() + interval '3 days')
                """)
            try run("update appointments set starts_at = starts_at + interval '1 hour' where tenant_id = 'app'")
            try run("update reminder_steps set offset_min = -2000 where tenant_id = 'app' and step = 'J-1'")
            try run("update organization_settings set sms_enabled = true where tenant_id = 'app'")
            try run("update users set is_active = false where tenant_id = 'app' and id = 'u2'")
            try run("insert into closer_settings (tenant_id, user_id, whatsapp_opt_in) values ('app', 'u2', true)")
            try run("delete from appointments where tenant_id = 'app'")
            try run("reset role")
        }
        try await agenda.database.execute("drop owned by \(role)")
        try await agenda.database.execute("drop role \(role)")
        #expect(try await agenda.database.count("select count(*) from relance.appointment_due where tenant_id = 'app'") == 1)
    }

    @Test func `a dry run shows what a tick would do, and writes nothing`() async throws {
        let agenda = try await Agenda()
        let booked: Timestamp = "2026-06-10T11:30:00Z"
        try await agenda.book("near", at: booked, start: booked.minutes(20))
        try await agenda.book("past", at: "2026-06-01T12:00:00Z", start: "2026-06-11T10:00:00Z", closer: nil)
        let tick: Timestamp = "2026-06-10T11:31:00Z"
        let lines = try await ReminderPreview.read(agenda.worker, at: .fixed(tick), limit: 100).map {
            "\($0.appointmentID) \($0.step) \($0.channel) \($0.recipient) \($0.verdict)"
        }
        #expect(
            lines.sorted() == [
                "near H-1 email lead:l1 skip: booked_late", "near J-1 email lead:l1 skip: booked_late",
                "near T+0 email lead:l1 send",
                "past J-1 email lead:l1 send", "past T+0 email lead:l1 miss: no_tick_before_expiry",
                "past T+10 whatsapp none:none skip: no_recipient",
            ])
        #expect(try await agenda.ledger() == [])
        let report = try await agenda.plan(at: tick)
        #expect((report.planned, report.skipped, report.missed) == (2, 3, 1))
    }
}
