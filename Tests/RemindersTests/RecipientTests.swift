import Postgres
import Primitives
import Reminders
import TestSupport
import Testing

/// Who is told: the lead, the closer, or the people in charge where no closer is active (D-15).
@Suite(.serialized)
struct RecipientTests {
    private static let booked: Timestamp = "2026-06-01T12:00:00Z"
    private static let start: Timestamp = "2026-06-10T12:00:00Z"

    /// An organisation with one appointment and, if wanted, an administrator and a manager.
    private func agenda(closer: String? = "c1", staff: Bool = true) async throws -> Agenda {
        let agenda = try await Agenda()
        if staff { try await hire(agenda, at: "2026-01-02T00:00:00Z", ["admin": "ADMIN", "manager": "MANAGER"]) }
        try await agenda.book(at: Self.booked, start: Self.start, closer: closer)
        return agenda
    }

    private func hire(_ agenda: Agenda, at instant: Timestamp, _ roles: [String: String]) async throws {
        for (id, role) in roles {
            try await agenda.write(
                at: instant,
                "insert into users (tenant_id, id, email, name, role) values ('acme', $1, $1 || '@example.com', $1, $2)",
                [.text(id), .text(role)])
        }
    }

    private func retire(_ agenda: Agenda, at instant: Timestamp, _ id: String) async throws {
        try await agenda.write(at: instant, "update users set is_active = false where id = $1", [.text(id)])
    }

    @Test func `the closer alone is told of a booking and of the start`() async throws {
        let agenda = try await agenda()
        try await agenda.plan(at: Self.booked.minutes(10))
        try await agenda.plan(at: Self.start)
        #expect(try await agenda.ledger(step: "T+10") == ["T+10 whatsapp c1 pending"])
        #expect(try await agenda.ledger(step: "T-0") == ["T-0 email c1 pending", "T-0 in_app c1 pending"])
    }

    @Test func `a closer who wants WhatsApp gets the start there too, from then on`() async throws {
        let agenda = try await agenda()
        try await agenda.write(
            at: Self.booked, "insert into closer_settings (tenant_id, user_id, whatsapp_opt_in) values ('acme', 'c1', true)")
        try await agenda.plan(at: Self.start)
        #expect(try await agenda.ledger(step: "T-0").contains("T-0 whatsapp c1 pending"))
        try await agenda.write(at: Self.start, "update closer_settings set whatsapp_opt_in = false")
        try await agenda.book("a2", at: Self.start, start: Self.start.minutes(60))
        try await agenda.plan(at: Self.start.minutes(60))
        #expect(try await agenda.ledger(appointment: "a2").contains { $0.hasPrefix("T-0 whatsapp") } == false)
    }

    @Test(arguments: [nil, "c1"])
    func `without an active closer every administrator and manager is told`(closer: String?) async throws {
        let agenda = try await agenda(closer: closer)
        try await retire(agenda, at: Self.booked, "c1")
        try await agenda.plan(at: Self.booked.minutes(10))
        try await agenda.plan(at: Self.start)
        #expect(try await agenda.ledger(step: "T+10") == ["T+10 whatsapp admin pending", "T+10 whatsapp manager pending"])
        #expect(
            try await agenda.ledger(step: "T-0") == [
                "T-0 email admin pending", "T-0 email manager pending", "T-0 in_app admin pending", "T-0 in_app manager pending",
            ])
    }

    @Test func `with nobody at all the step is skipped, the lead is still reminded`() async throws {
        let agenda = try await agenda(closer: nil, staff: false)
        for tick in [Self.booked.minutes(10), "2026-06-09T12:00:00Z", "2026-06-10T11:00:00Z", Self.start] {
            try await agenda.plan(at: tick)
        }
        #expect(
            try await agenda.ledger() == [
                "T+0 email l1 pending", "T+10 whatsapp none skipped no_recipient", "J-1 email l1 pending",
                "H-1 email l1 pending", "T-0 email none skipped no_recipient", "T-0 in_app none skipped no_recipient",
            ])
    }

    @Test func `somebody hired or promoted within the window is told`() async throws {
        let agenda = try await agenda(closer: nil, staff: false)
        try await agenda.plan(at: Self.booked.minutes(10))
        try await hire(agenda, at: Self.booked.minutes(20), ["admin": "ADMIN"])
        #expect(try await agenda.forgotten(at: Self.booked.minutes(20)) == 0)
        try await agenda.plan(at: Self.booked.minutes(20))
        try await agenda.write(at: Self.booked.minutes(30), "update users set role = 'MANAGER' where id = 'c2'")
        try await agenda.plan(at: Self.booked.minutes(30))
        #expect(
            try await agenda.ledger(step: "T+10") == [
                "T+10 whatsapp admin pending", "T+10 whatsapp c2 pending", "T+10 whatsapp none skipped no_recipient",
            ])
    }

    @Test func `somebody hired after the window has missed nothing`() async throws {
        let agenda = try await agenda(closer: nil, staff: false)
        try await agenda.plan(at: Self.booked.minutes(10))
        try await hire(agenda, at: "2026-06-05T12:00:00Z", ["admin": "ADMIN"])
        try await agenda.plan(at: "2026-06-05T12:00:00Z")
        #expect(try await agenda.ledger(step: "T+10") == ["T+10 whatsapp none skipped no_recipient"])
        #expect(try await agenda.database.count("select count(*) from relance.system_alerts") == 0)
    }

    /// A change of closer at so many minutes from the booking, and who then has a line for T+10 (due at 10, expires at 130).
    @Test(arguments: [
        (5, ["T+10 whatsapp c2 pending"]),
        (60, ["T+10 whatsapp c1 pending", "T+10 whatsapp c2 pending"]),
        (600, ["T+10 whatsapp c1 pending"]),
    ])
    func `a new closer is told as long as there is time`(minutes: Int, lines: [String]) async throws {
        let agenda = try await agenda()
        for tick in [1, 5, 10, 60, 61, 600, 601] {
            if tick == minutes { try await agenda.assign(at: Self.booked.minutes(tick), to: "c2") }
            try await agenda.plan(at: Self.booked.minutes(tick))
            #expect(try await agenda.forgotten(at: Self.booked.minutes(tick)) == 0)
        }
        #expect(try await agenda.ledger(step: "T+10") == lines)
        #expect(try await agenda.database.count("select count(*) from relance.system_alerts") == 0)
        try await agenda.plan(at: Self.start)
        #expect(try await agenda.ledger(step: "T-0") == ["T-0 email c2 pending", "T-0 in_app c2 pending"])
    }

    @Test func `a closer who comes back is not told a second time`() async throws {
        let agenda = try await agenda()
        try await agenda.plan(at: Self.booked.minutes(10))
        try await agenda.assign(at: Self.booked.minutes(11), to: "c2")
        try await agenda.plan(at: Self.booked.minutes(12))
        try await agenda.assign(at: Self.booked.minutes(13), to: "c1")
        try await agenda.plan(at: Self.booked.minutes(14))
        #expect(try await agenda.ledger(step: "T+10") == ["T+10 whatsapp c1 pending", "T+10 whatsapp c2 pending"])
    }

    @Test func `SMS needs the organisation's switch`() async throws {
        let agenda = try await agenda()
        try await agenda.write(at: Self.booked, "update organization_settings set sms_enabled = true")
        try await agenda.plan(at: "2026-06-10T11:00:00Z")
        #expect(try await agenda.ledger(step: "H-1") == ["H-1 email l1 pending", "H-1 sms l1 pending"])
    }

    @Test func `two tenants never mix`() async throws {
        let agenda = try await Agenda(["acme", "zeta"])
        // The same ids on both sides; only one side has staff, SMS and a closer at work.
        try await agenda.write(at: Self.booked, "update organization_settings set sms_enabled = true where tenant_id = 'zeta'")
        try await agenda.write(at: Self.booked, "update users set is_active = false where (tenant_id, id) = ('zeta', 'c1')")
        try await agenda.write(
            at: Self.booked, "insert into users (tenant_id, id, name, role) values ('zeta', 'admin', 'A', 'ADMIN')")
        for organization in ["acme", "zeta"] {
            try await agenda.book(at: Self.booked, start: Self.start, organization: organization)
        }
        for tick in [Self.booked.minutes(10), "2026-06-09T12:00:00Z", "2026-06-10T11:00:00Z"] { try await agenda.plan(at: tick) }
        try await agenda.set(at: "2026-06-10T11:30:00Z", status: "CANCELLED", organization: "zeta")
        try await agenda.plan(at: Self.start)
        #expect(
            try await agenda.ledger("acme") == [
                "T+0 email l1 pending", "T+10 whatsapp c1 pending", "J-1 email l1 pending", "H-1 email l1 pending",
                "T-0 email c1 pending", "T-0 in_app c1 pending",
            ])
        #expect(
            try await agenda.ledger("zeta") == [
                "T+0 email l1 pending", "T+10 whatsapp admin pending", "J-1 email l1 pending", "H-1 email l1 pending",
                "H-1 sms l1 pending", "cancelled email l1 missed no_tick_before_expiry",
            ])
        let strays = try await agenda.database.count(
            """
            select count(*) from relance.jobs j join relance.deliveries d on d.id = (j.args ->> 'delivery')::bigint
            where j.tenant_id <> d.tenant_id
            """)
        #expect(strays == 0)
    }
}
