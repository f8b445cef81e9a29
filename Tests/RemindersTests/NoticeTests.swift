import Content
import Crypto
import FoundationEssentials
import Messaging
import Postgres
import Primitives
import Reminders
import Runtime
import TestSupport
import Testing

/// A lead who was told of an appointment is told when that no longer holds, once, about the state in which it ends up (D-04,
/// D-05).
@Suite(.serialized)
struct NoticeTests {
    private static let booked: Timestamp = "2026-06-01T12:00:00Z"
    private static let start: Timestamp = "2026-06-10T12:00:00Z"
    private static let later: Timestamp = "2026-06-15T12:00:00Z"

    /// An organisation with one appointment; only T+0 and the notices are on.
    ///
    /// - Parameter mailroom: delivers the T+0; nil leaves it unplanned.
    private func agenda(toldBy mailroom: Mailroom?) async throws -> Agenda {
        let agenda = try await Agenda()
        try await agenda.write(at: Self.booked, "update reminder_steps set is_enabled = step in ('T+0', 'moved', 'cancelled')")
        try await agenda.book(at: Self.booked, start: Self.start)
        if let mailroom { try await tick(agenda, mailroom, at: Self.booked) }
        return agenda
    }

    private func tick(_ agenda: Agenda, _ mailroom: Mailroom, at instant: Timestamp) async throws {
        try await agenda.plan(at: instant)
        try await mailroom.deliver(agenda, at: instant)
    }

    /// Method and SEQUENCE of the invitations that left, in order.
    private func invitations(_ mailroom: Mailroom) -> [String] {
        mailroom.parcels.compactMap { parcel in
            guard case .mail(let mail, _, _, _) = parcel.composition, let file = mail.attachments.first else { return nil }
            let lines = String(decoding: file.bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
            func value(_ name: String) -> Substring {
                lines.first { $0.hasPrefix(name) }.map { $0.dropFirst(name.count) } ?? "none"
            }
            return "\(value("METHOD:")) \(value("SEQUENCE:")) \(value("DTSTART:"))"
        }
    }

    @Test func `a move is told with the old date, the new one, and the invitation's next sequence`() async throws {
        let mailroom = Mailroom()
        let agenda = try await agenda(toldBy: mailroom)
        try await agenda.move(at: Self.booked.minutes(60), to: Self.later)
        try await tick(agenda, mailroom, at: Self.booked.minutes(61))
        #expect(try await agenda.ledger() == ["T+0 email l1 sent", "moved email l1 sent"])
        #expect(mailroom.subjects.last == "Rendez-vous du mercredi 10 juin déplacé au lundi 15 juin à 14 h")
        #expect(invitations(mailroom) == ["REQUEST 0 20260610T120000Z", "REQUEST 1 20260615T120000Z"])
        try await tick(agenda, mailroom, at: Self.booked.minutes(120))
        #expect(mailroom.parcels.count == 2)
    }

    @Test func `a cancellation is told and takes the appointment that the lead knows out of the calendar`() async throws {
        let mailroom = Mailroom()
        let agenda = try await agenda(toldBy: mailroom)
        // Moved and cancelled at once: the lead never heard of the new date.
        try await agenda.write(
            at: Self.booked.minutes(60), "update appointments set status = 'CANCELLED', starts_at = $1", [.timestamp(Self.later)])
        try await tick(agenda, mailroom, at: Self.booked.minutes(61))
        #expect(try await agenda.ledger(since: 1) == ["cancelled email l1 sent"])
        #expect(mailroom.subjects.last == "Rendez-vous annulé : mercredi 10 juin à 14 h")
        #expect(invitations(mailroom).last == "CANCEL 1 20260610T120000Z")
    }

    @Test func `several moves between two ticks are told once, in the end's words`() async throws {
        let mailroom = Mailroom()
        let agenda = try await agenda(toldBy: mailroom)
        for day in 1...5 { try await agenda.move(at: Self.booked.minutes(day), to: Self.start.minutes(day * 1440)) }
        try await tick(agenda, mailroom, at: Self.booked.minutes(10))
        #expect(try await agenda.ledger(since: 1) == ["moved email l1 sent"])
        #expect(invitations(mailroom).last == "REQUEST 5 20260615T120000Z")
    }

    @Test func `moves planned one by one while nothing could be sent are told once, in the end's words`() async throws {
        let mailroom = Mailroom()
        let agenda = try await agenda(toldBy: mailroom)
        for day in 1...3 {
            try await agenda.move(at: Self.booked.minutes(day), to: Self.start.minutes(day * 1440))
            try await agenda.plan(at: Self.booked.minutes(day))
        }
        try await mailroom.deliver(agenda, at: Self.booked.minutes(10))
        #expect(
            try await agenda.ledger(since: 1) == [
                "moved email l1 cancelled appointment_moved", "moved email l1 cancelled appointment_moved", "moved email l1 sent",
            ])
        #expect(invitations(mailroom).last == "REQUEST 3 20260613T120000Z")
    }

    @Test func `there and back again is told where the lead had heard of the way there, and only there`() async throws {
        let mailroom = Mailroom()
        let agenda = try await agenda(toldBy: mailroom)
        try await agenda.move(at: Self.booked.minutes(1), to: Self.later)
        try await agenda.move(at: Self.booked.minutes(2), to: Self.start)
        try await tick(agenda, mailroom, at: Self.booked.minutes(3))
        #expect(try await agenda.ledger(since: 1) == ["moved email l1 skipped already_announced"])
        try await agenda.move(at: Self.booked.minutes(4), to: Self.later)
        try await tick(agenda, mailroom, at: Self.booked.minutes(5))
        try await agenda.move(at: Self.booked.minutes(6), to: Self.start)
        try await tick(agenda, mailroom, at: Self.booked.minutes(7))
        #expect(try await agenda.ledger(since: 3) == ["moved email l1 sent", "moved email l1 sent"])
        #expect(
            invitations(mailroom).suffix(2) == ["REQUEST 3 20260615T120000Z", "REQUEST 4 20260610T120000Z"])
    }

    @Test func `a reinstatement is told after a cancellation that was`() async throws {
        let mailroom = Mailroom()
        let agenda = try await agenda(toldBy: mailroom)
        for (minute, status) in [(1, "CANCELLED"), (3, "SCHEDULED"), (5, "CANCELLED"), (7, "CONFIRMED")] {
            try await agenda.set(at: Self.booked.minutes(minute), status: status)
            try await tick(agenda, mailroom, at: Self.booked.minutes(minute + 1))
        }
        #expect(
            invitations(mailroom) == [
                "REQUEST 0 20260610T120000Z", "CANCEL 1 20260610T120000Z", "REQUEST 2 20260610T120000Z",
                "CANCEL 3 20260610T120000Z", "REQUEST 4 20260610T120000Z",
            ])
        #expect(mailroom.subjects.last == "Rendez-vous rétabli : mercredi 10 juin à 14 h")
    }

    @Test func `a cancellation that was taken back before it was told is not told`() async throws {
        let mailroom = Mailroom()
        let agenda = try await agenda(toldBy: mailroom)
        try await agenda.set(at: Self.booked.minutes(1), status: "CANCELLED")
        try await agenda.set(at: Self.booked.minutes(2), status: "SCHEDULED")
        try await tick(agenda, mailroom, at: Self.booked.minutes(3))
        // Planned this time, and taken back before it could go out.
        try await agenda.set(at: Self.booked.minutes(4), status: "CANCELLED")
        try await agenda.plan(at: Self.booked.minutes(4))
        try await agenda.set(at: Self.booked.minutes(5), status: "SCHEDULED")
        try await tick(agenda, mailroom, at: Self.booked.minutes(6))
        #expect(
            try await agenda.ledger(since: 1) == [
                "moved email l1 skipped already_announced", "moved email l1 skipped already_announced",
                "cancelled email l1 cancelled appointment_reinstated",
            ])
        #expect(mailroom.parcels.count == 1)
    }

    @Test func `a move whose notice waits when the appointment is cancelled gives way to that`() async throws {
        let mailroom = Mailroom()
        let agenda = try await agenda(toldBy: mailroom)
        try await agenda.move(at: Self.booked.minutes(1), to: Self.later)
        try await agenda.plan(at: Self.booked.minutes(1))
        try await agenda.set(at: Self.booked.minutes(2), status: "CANCELLED")
        try await tick(agenda, mailroom, at: Self.booked.minutes(3))
        #expect(
            try await agenda.ledger(since: 1) == ["moved email l1 cancelled appointment_cancelled", "cancelled email l1 sent"])
        #expect(mailroom.subjects.last == "Rendez-vous annulé : mercredi 10 juin à 14 h")
        #expect(invitations(mailroom).last == "CANCEL 2 20260610T120000Z")
    }

    @Test func `a cancelled appointment that is moved about is told once`() async throws {
        let mailroom = Mailroom()
        let agenda = try await agenda(toldBy: mailroom)
        try await agenda.set(at: Self.booked.minutes(1), status: "CANCELLED")
        try await tick(agenda, mailroom, at: Self.booked.minutes(2))
        try await agenda.move(at: Self.booked.minutes(3), to: Self.later)
        try await tick(agenda, mailroom, at: Self.booked.minutes(4))
        #expect(try await agenda.ledger(since: 1) == ["cancelled email l1 sent", "cancelled email l1 skipped already_announced"])
    }

    @Test func `an appointment that was cancelled before it was confirmed is confirmed when it is reinstated`() async throws {
        let mailroom = Mailroom()
        let agenda = try await agenda(toldBy: nil)
        try await agenda.plan(at: Self.booked)
        try await agenda.set(at: Self.booked.minutes(1), status: "CANCELLED")
        try await tick(agenda, mailroom, at: Self.booked.minutes(2))
        try await agenda.set(at: Self.booked.minutes(3), status: "SCHEDULED")
        try await tick(agenda, mailroom, at: Self.booked.minutes(4))
        #expect(
            try await agenda.ledger() == [
                "T+0 email l1 cancelled appointment_cancelled", "moved email l1 sent", "cancelled email l1 skipped not_announced",
            ])
        #expect(mailroom.subjects == ["Votre rendez-vous du mercredi 10 juin 2026 à 14 h"])
        #expect(invitations(mailroom) == ["REQUEST 2 20260610T120000Z"])
        try await agenda.move(at: Self.booked.minutes(5), to: Self.later)
        try await tick(agenda, mailroom, at: Self.booked.minutes(6))
        #expect(mailroom.subjects.last == "Rendez-vous du mercredi 10 juin déplacé au lundi 15 juin à 14 h")
    }

    // MARK: Who has to be told

    @Test func `nobody is told the end of what they were never told`() async throws {
        let mailroom = Mailroom()
        let agenda = try await agenda(toldBy: nil)
        try await agenda.write(at: Self.booked, "update reminder_steps set is_enabled = step in ('moved', 'cancelled')")
        try await agenda.move(at: Self.booked.minutes(1), to: Self.later)
        try await tick(agenda, mailroom, at: Self.booked.minutes(2))
        try await agenda.set(at: Self.booked.minutes(3), status: "CANCELLED")
        try await tick(agenda, mailroom, at: Self.booked.minutes(4))
        #expect(
            try await agenda.ledger() == ["moved email l1 skipped not_announced", "cancelled email l1 skipped not_announced"])
        #expect(mailroom.parcels.isEmpty)
    }

    @Test func `a lead who only ever had a reminder was told too`() async throws {
        let mailroom = Mailroom()
        let agenda = try await agenda(toldBy: nil)
        try await agenda.write(at: Self.booked, "update reminder_steps set is_enabled = step in ('J-1', 'moved')")
        try await tick(agenda, mailroom, at: "2026-06-09T12:00:00Z")
        try await agenda.move(at: "2026-06-09T13:00:00Z", to: Self.later)
        try await tick(agenda, mailroom, at: "2026-06-09T13:01:00Z")
        #expect(try await agenda.ledger() == ["J-1 email l1 sent", "moved email l1 sent"])
        #expect(mailroom.subjects.last?.hasPrefix("Rendez-vous du mercredi 10 juin déplacé") == true)
    }

    @Test func `another lead is not told of a move from a date that nobody told them`() async throws {
        let mailroom = Mailroom()
        let agenda = try await agenda(toldBy: mailroom)
        try await agenda.write(
            at: Self.booked, "insert into leads (tenant_id, id, name, email) values ('acme', 'l2', 'Lea', 'lea@example.com')")
        try await agenda.write(
            at: Self.booked.minutes(1), "update appointments set lead_id = 'l2', starts_at = $1", [.timestamp(Self.later)])
        try await tick(agenda, mailroom, at: Self.booked.minutes(2))
        #expect(
            try await agenda.ledger() == [
                "T+0 email l1 sent", "T+0 email l2 sent", "moved email l2 skipped already_announced",
            ])
        #expect(mailroom.subjects.last == "Votre rendez-vous du lundi 15 juin 2026 à 14 h")
    }

    @Test(arguments: [
        // What the confirmation said in the end.
        "T+0 planned, then moved", "booked and moved between two ticks",
    ])
    func `a confirmation that went out after the move has said it already`(order: String) async throws {
        let mailroom = Mailroom()
        let agenda = try await agenda(toldBy: nil)
        if order.hasPrefix("T+0") { try await agenda.plan(at: Self.booked) }
        try await agenda.move(at: Self.booked.minutes(1), to: Self.later)
        try await tick(agenda, mailroom, at: Self.booked.minutes(2))
        let ledger = try await agenda.ledger()
        #expect(ledger[0] == "T+0 email l1 sent")
        #expect(
            ["moved email l1 skipped already_announced", "moved email l1 skipped not_announced"].contains(ledger[1]), "\(ledger)")
        #expect(invitations(mailroom) == ["REQUEST 1 20260615T120000Z"])
        // Its own words count, not its key's revision.
        try await agenda.move(at: Self.booked.minutes(3), to: Self.start)
        try await tick(agenda, mailroom, at: Self.booked.minutes(4))
        #expect(mailroom.subjects.last == "Rendez-vous du lundi 15 juin déplacé au mercredi 10 juin à 14 h")
    }

    @Test func `a confirmation composed before a move and sent after it is corrected`() async throws {
        let mailroom = Mailroom()
        let agenda = try await agenda(toldBy: nil)
        try await agenda.plan(at: Self.booked)
        let failpoints = try Failpoints("message.composed=stall:3s@1")
        failpoints.arm()
        let sending = Task { try await mailroom.deliver(agenda, at: Self.booked, failpoints: failpoints) }
        try await eventually("the confirmation is composed") { failpoints.count(of: .messageComposed) == 1 }
        try await agenda.move(at: Self.booked, to: Self.later)
        try await agenda.plan(at: Self.booked)
        // The notice is claimed while the confirmation is still in hand.
        try await mailroom.deliver(agenda, at: Self.booked)
        _ = try await sending.value
        #expect(try await agenda.ledger() == ["T+0 email l1 sent", "moved email l1 sent"])
        #expect(
            Set(invitations(mailroom)) == ["REQUEST 0 20260610T120000Z", "REQUEST 1 20260615T120000Z"])
    }

    // MARK: Bounds

    @Test func `an id that no link can hold costs the buttons, and nothing else`() async throws {
        let keys = try SignedLinkKeys(newestFirst: [Array("0123456789abcdef".utf8)])
        let mailroom = Mailroom(linkKeys: keys)
        let agenda = try await agenda(toldBy: mailroom)
        try await agenda.book(String(repeating: "x", count: 300), at: Self.booked, start: Self.start)
        try await tick(agenda, mailroom, at: Self.booked)
        #expect(mailroom.texts.map { $0.contains("https://api.example.com/a/") } == [true, false])
        try await agenda.move(at: Self.booked.minutes(1), to: Self.later)
        try await agenda.set(String(repeating: "x", count: 300), at: Self.booked.minutes(1), status: "CANCELLED")
        try await tick(agenda, mailroom, at: Self.booked.minutes(2))
        #expect(mailroom.texts.suffix(2).count { $0.contains("https://api.example.com/a/") } == 1)
    }

    @Test func `the buttons of a mail work until the appointment is over`() async throws {
        let keys = try SignedLinkKeys(newestFirst: [Array("0123456789abcdef".utf8)])
        let mailroom = Mailroom(linkKeys: keys)
        let agenda = try await agenda(toldBy: mailroom)
        try await agenda.move(at: Self.booked.minutes(1), to: Self.later)
        try await tick(agenda, mailroom, at: Self.booked.minutes(2))
        for (text, start) in zip(mailroom.texts, [Self.start, Self.later]) {
            let tokens = text.matches(of: /\/a\/(\S+)/).map { String($0.1) }
            #expect(tokens.count == 3)
            for token in tokens {
                let link = try keys.verify(
                    token, purposes: Set(LinkPurpose.allCases), now: Date(timeIntervalSince1970: Double(start.seconds)))
                #expect(link.subjects == ["acme", "a1"])
                #expect(link.expiresAt.timeIntervalSince1970 == Double(start.seconds + 1800 + 86_400))
            }
        }
    }

    @Test func `what lies in the past is not told`() async throws {
        let mailroom = Mailroom()
        let agenda = try await agenda(toldBy: mailroom)
        try await agenda.set(at: Self.start.minutes(1), status: "CANCELLED")
        try await tick(agenda, mailroom, at: Self.start.minutes(2))
        try await agenda.set(at: Self.start.minutes(3), status: "SCHEDULED")
        try await tick(agenda, mailroom, at: Self.start.minutes(4))
        #expect(
            try await agenda.ledger(since: 1) == ["moved email l1 skipped too_late", "cancelled email l1 skipped too_late"])
    }

    @Test(arguments: ["COMPLETED", "NO_SHOW"])
    func `an appointment that took its course has no notices`(status: String) async throws {
        let mailroom = Mailroom()
        let agenda = try await agenda(toldBy: mailroom)
        try await agenda.set(at: Self.booked.minutes(1), status: status)
        try await agenda.move(at: Self.booked.minutes(2), to: Self.later)
        try await tick(agenda, mailroom, at: Self.booked.minutes(3))
        #expect(try await agenda.ledger(since: 1) == [])
    }

    @Test func `imported history has no notices`() async throws {
        let agenda = try await Agenda()
        try await agenda.write(
            at: Self.booked,
            """
            insert into appointments (tenant_id, id, lead_id, starts_at, created_at, imported_at, status, revision) values
                ('acme', 'gone', 'l1', '2026-06-10T12:00:00Z', '2026-05-01T12:00:00Z', relance.now(), 'CANCELLED', 3),
                ('acme', 'live', 'l1', '2026-06-10T12:00:00Z', '2026-05-01T12:00:00Z', relance.now(), 'SCHEDULED', 3)
            """)
        try await agenda.plan(at: Self.booked)
        #expect(try await agenda.ledger() == [])
        #expect(try await agenda.forgotten(at: Self.booked) == 0)
    }

    @Test(arguments: ["SCHEDULED", "CANCELLED"])
    func `a row born with a revision has nothing to take back, and is not forgotten`(status: String) async throws {
        let mailroom = Mailroom()
        let agenda = try await Agenda()
        try await agenda.write(at: Self.booked, "update reminder_steps set is_enabled = step in ('moved', 'cancelled')")
        try await agenda.write(
            at: Self.booked,
            """
            insert into appointments (tenant_id, id, lead_id, starts_at, created_at, status, revision)
            values ('acme', 'a1', 'l1', '2026-06-10T12:00:00Z', relance.now(), $1, 1000000)
            """, [.text(status)])
        #expect(try await agenda.forgotten(at: Self.booked) == 0)
        try await tick(agenda, mailroom, at: Self.booked)
        #expect(try await agenda.ledger().allSatisfy { $0.hasSuffix("skipped not_announced") })
        #expect(try await agenda.ledger().count == 1)
    }

    @Test func `an organisation switches either notice off, and back on for what comes after`() async throws {
        let mailroom = Mailroom()
        let agenda = try await agenda(toldBy: mailroom)
        try await agenda.write(at: Self.booked.minutes(1), "update reminder_steps set is_enabled = false where step = 'moved'")
        try await agenda.move(at: Self.booked.minutes(2), to: Self.later)
        try await tick(agenda, mailroom, at: Self.booked.minutes(3))
        try await agenda.write(at: Self.booked.minutes(4), "update reminder_steps set is_enabled = true where step = 'moved'")
        try await tick(agenda, mailroom, at: Self.booked.minutes(5))
        #expect(try await agenda.ledger(since: 1) == [])
        try await agenda.move(at: Self.booked.minutes(6), to: Self.start.minutes(60))
        try await tick(agenda, mailroom, at: Self.booked.minutes(7))
        #expect(try await agenda.ledger(since: 1) == ["moved email l1 sent"])
    }

    @Test func `an organisation without the notices' rows has none`() async throws {
        let mailroom = Mailroom()
        let agenda = try await agenda(toldBy: mailroom)
        try await agenda.write(at: Self.booked, "delete from reminder_steps where step in ('moved', 'cancelled')")
        try await agenda.set(at: Self.booked.minutes(1), status: "CANCELLED")
        try await tick(agenda, mailroom, at: Self.booked.minutes(2))
        #expect(try await agenda.ledger(since: 1) == [])
        #expect(try await agenda.forgotten(at: Self.booked.minutes(2)) == 0)
    }

    @Test func `a notice expires with the start, or a day after what it tells`() async throws {
        let agenda = try await agenda(toldBy: Mailroom())
        try await agenda.move(at: Self.booked.minutes(1), to: Self.later)
        try await agenda.plan(at: Self.booked.minutes(1 + 1440))
        #expect(try await agenda.ledger(since: 1) == ["moved email l1 missed no_tick_before_expiry"])
        try await agenda.set(at: Self.later.minutes(-30), status: "CANCELLED")
        try await agenda.plan(at: Self.later.minutes(-20))
        #expect(
            try await agenda.database.value(
                "select extract(epoch from expires_at)::bigint from relance.deliveries where step = 'cancelled'")
                == "\(Self.later.seconds)")
    }

    @Test(arguments: ["sms", "whatsapp", "in_app"])
    func `a notice goes by mail alone`(channel: String) async throws {
        let agenda = try await Agenda()
        let error = await #expect(throws: PostgresError.self) {
            try await agenda.write(
                at: Self.booked, "update reminder_steps set channels = channels || $1::text where step = 'moved'",
                [.text(channel)])
        }
        #expect(error?.sqlState == "23514")
    }
}
