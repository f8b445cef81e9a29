import Content
import Messaging
import Postgres
import Primitives
import Queue
import Reminders
import TestSupport
import Testing

/// What has been planned may go out only while the appointment still calls for it (D-05).
@Suite(.serialized)
struct EligibilityTests {
    private static let booked: Timestamp = "2026-06-01T12:00:00Z"
    private static let start: Timestamp = "2026-06-10T12:00:00Z"
    private static let dayBefore: Timestamp = "2026-06-09T12:00:00Z"

    /// One appointment whose day-before reminder is planned; the earlier steps are out of the way.
    private func agenda() async throws -> Agenda {
        let agenda = try await Agenda()
        try await agenda.write(at: Self.booked, "update reminder_steps set is_enabled = step in ('J-1', 'H-1', 'T-0')")
        try await agenda.book(at: Self.booked, start: Self.start)
        try await agenda.plan(at: Self.dayBefore)
        return agenda
    }

    @Test(arguments: [
        ("update appointments set status = 'CANCELLED'", "cancelled appointment_cancelled"),
        ("update appointments set status = 'COMPLETED'", "cancelled appointment_completed"),
        ("update appointments set status = 'NO_SHOW'", "cancelled appointment_no_show"),
        ("update appointments set starts_at = starts_at + interval '1 day'", "cancelled appointment_moved"),
        ("update appointments set id = 'other'", "cancelled appointment_deleted"),
        ("delete from appointments", "cancelled appointment_deleted"),
        ("update leads set erased_at = relance.now()", "cancelled lead_erased"),
        ("update leads set erased_at = relance.now(), name = '', email = null, phone = null", "cancelled lead_erased"),
        ("update appointments set lead_id = 'l2'", "cancelled no_longer_planned"),
        ("update reminder_steps set is_enabled = false", "cancelled no_longer_planned"),
        ("update reminder_steps set channels = '{sms}' where step = 'J-1'", "cancelled no_longer_planned"),
        ("update leads set email = null", "skipped no_email"),
        ("update leads set email = 'nobody'", "skipped invalid_email"),
        ("update appointments set status = 'CONFIRMED'", "sent"),
        ("update reminder_steps set offset_min = -2000 where step = 'J-1'", "sent"),
    ])
    func `what changes between planning and sending decides`(change: String, outcome: String) async throws {
        let agenda = try await agenda()
        try await agenda.write(at: Self.booked, "insert into leads (tenant_id, id, name) values ('acme', 'l2', 'Lea')")
        try await agenda.write(at: Self.dayBefore.minutes(1), change)
        let mailroom = Mailroom()
        try await mailroom.deliver(agenda, at: Self.dayBefore.minutes(2))
        #expect(try await agenda.ledger() == ["J-1 email l1 \(outcome)"])
        #expect(try await agenda.database.count("select count(*) from relance.delivery_attempts") == (outcome == "sent" ? 1 : 0))
        #expect(try await agenda.database.count("select count(*) from relance.jobs") == 0)
    }

    @Test func `a cancelled and reinstated appointment sends only what was planned for its new life`() async throws {
        let agenda = try await agenda()
        try await agenda.set(at: Self.dayBefore.minutes(1), status: "CANCELLED")
        try await agenda.set(at: Self.dayBefore.minutes(2), status: "SCHEDULED")
        let mailroom = Mailroom()
        for tick in [Self.dayBefore.minutes(3), Self.start.minutes(-60), Self.start] {
            try await agenda.plan(at: tick)
            try await mailroom.deliver(agenda, at: tick)
        }
        #expect(
            try await agenda.ledger() == [
                "J-1 email l1 cancelled appointment_moved", "J-1 email l1 skipped booked_late", "H-1 email l1 sent",
                "T-0 email c1 sent", "T-0 in_app c1 sent",
            ])
        #expect(mailroom.parcels.count == 2)
    }

    @Test func `a new closer gets the start in the old one's place`() async throws {
        let agenda = try await agenda()
        let mailroom = Mailroom()
        try await agenda.plan(at: Self.start)
        try await agenda.assign(at: Self.start.minutes(1), to: "c2")
        try await agenda.plan(at: Self.start.minutes(1))
        try await mailroom.deliver(agenda, at: Self.start.minutes(1))
        #expect(
            try await agenda.ledger(step: "T-0") == [
                "T-0 email c1 cancelled no_longer_planned", "T-0 email c2 sent", "T-0 in_app c1 cancelled no_longer_planned",
                "T-0 in_app c2 sent",
            ])
        #expect(
            try await agenda.database.rows("select user_id, kind, appointment_id from notifications") == [
                ["c2", "reminder", "a1"]
            ])
    }

    @Test func `an appointment that was cancelled long before is not reported as missed`() async throws {
        let agenda = try await agenda()
        try await agenda.set(at: Self.dayBefore.minutes(1), status: "CANCELLED")
        try await Mailroom().deliver(agenda, at: Self.start)
        #expect(try await agenda.ledger() == ["J-1 email l1 cancelled appointment_cancelled"])
        #expect(try await agenda.database.count("select count(*) from relance.system_alerts") == 0)
    }

    @Test func `a message keeps its lateness`() async throws {
        let agenda = try await agenda()
        try await Mailroom().deliver(agenda, at: Self.dayBefore.minutes(90))
        #expect(try await agenda.database.value("select lateness_s from relance.deliveries") == "5400")
    }

    @Test func `one hostile row spoils no other message`() async throws {
        let agenda = try await agenda()
        let long = String(repeating: "é\u{0301}\r\nBcc: x@example.com\r\n<script>\u{202E}", count: 2000)
        let rows: [(String, String, String)] = [
            ("huge", long, "huge@example.com"), ("empty", "", "empty@example.com"), ("quote", "\"><b>';drop--", "q@example.com"),
            ("accents", "Zoë 🧨 \u{200B}", "zoe@example.com"), ("idn", "Zoë", "zoe@exämple.com"),
            ("plain", "Paul", "paul@example.com"),
        ]
        for (id, name, email) in rows {
            try await agenda.write(
                at: Self.booked,
                "insert into leads (tenant_id, id, name, email, locale, timezone) values ('acme', $1, $2, $3, $1, 'UTC')",
                [.text(id), .text(name), .text(email)])
            try await agenda.write(
                at: Self.booked,
                """
                insert into appointments (tenant_id, id, lead_id, starts_at, created_at, video_url, location)
                values ('acme', $1, $1, $2, relance.now(), $3, $3)
                """, [.text(id), .timestamp(Self.start), .text(name)])
        }
        try await agenda.write(
            at: Self.booked, "update organization_settings set mail_from = $1, reply_to = $1", [.text("x\r\nBcc: y@example.com")])
        try await agenda.plan(at: Self.dayBefore)
        let mailroom = Mailroom()
        let report = try await mailroom.deliver(agenda, at: Self.dayBefore)
        #expect(report.completed == 6)
        #expect(try await agenda.ledger(appointment: "idn") == ["J-1 email idn skipped invalid_email"])
        for parcel in mailroom.parcels {
            guard case .mail(let mail, let from, let replyTo, _) = parcel.composition else { continue }
            #expect(from == nil && replyTo == nil)
            #expect(mail.subject.utf8.count < 1000 && !mail.subject.contains("\n"))
        }
    }
}
