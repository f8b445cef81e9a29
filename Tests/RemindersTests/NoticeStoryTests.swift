import Content
import Messaging
import Primitives
import Reminders
import TestSupport
import Testing

/// Whatever is done to an appointment, and whenever something can be sent, a lead who was told anything is told the end of it.
@Suite(.serialized)
struct NoticeStoryTests {
    private static let booked: Timestamp = "2026-06-01T12:00:00Z"
    private static let starts: [Timestamp] = ["2026-06-20T12:00:00Z", "2026-06-21T12:00:00Z", "2026-06-22T12:00:00Z"]

    /// What the last invitation that left says, in the order of sequences; and whether each told something new.
    private struct Told {
        var sequence = -1
        var says = ""

        init(_ mailroom: Mailroom) {
            for parcel in mailroom.parcels {
                guard case .mail(let mail, _, _, _) = parcel.composition, let file = mail.attachments.first else { continue }
                let lines = String(decoding: file.bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
                func value(_ name: String) -> String {
                    lines.first { $0.hasPrefix(name) }.map { String($0.dropFirst(name.count)) } ?? ""
                }
                let sequence = Int(value("SEQUENCE:")) ?? -1
                let says = value("METHOD:") == "CANCEL" ? "cancelled" : value("DTSTART:")
                #expect(sequence > self.sequence, "a calendar would pass this one over")
                #expect(says != self.says, "told twice")
                (self.sequence, self.says) = (sequence, says)
            }
        }
    }

    @Test(arguments: UInt64(1)...10)
    func `the last word is what holds, no word is said twice, and sequences rise`(seed: UInt64) async throws {
        var random = SplitMix(state: seed)
        func pick<T>(_ choices: [T]) -> T { choices[Int.random(in: 0..<choices.count, using: &random)] }
        let agenda = try await Agenda()
        try await agenda.write(at: Self.booked, "update reminder_steps set is_enabled = step in ('T+0', 'moved', 'cancelled')")
        try await agenda.book(at: Self.booked, start: Self.starts[0])
        let mailroom = Mailroom()
        var now = Self.booked
        for _ in 0..<40 {
            now = now.minutes(pick([0, 0, 1, 7]))
            switch Int.random(in: 0..<8, using: &random) {
            case 0...1: try await agenda.move(at: now, to: pick(Self.starts))
            case 2: try await agenda.set(at: now, status: "CANCELLED")
            case 3: try await agenda.set(at: now, status: pick(["SCHEDULED", "CONFIRMED"]))
            case 4...5: try await agenda.plan(at: now)
            default: try await mailroom.deliver(agenda, at: now)
            }
        }
        now = now.minutes(1)
        try await agenda.plan(at: now)
        try await mailroom.deliver(agenda, at: now)
        let told = Told(mailroom)
        let holds = try await agenda.database.value(
            """
            select case status when 'CANCELLED' then 'cancelled' else to_char(starts_at at time zone 'UTC', 'YYYYMMDD"T"HH24MISS"Z"') end
            from appointments
            """)
        // Cancelled before anything was said: nothing is to be taken back.
        #expect(told.says == holds || (told.sequence < 0 && holds == "cancelled"))
        #expect(try await agenda.forgotten(at: now) == 0)
        #expect(try await agenda.database.count("select count(*) from relance.deliveries where settled_at is null") == 0)
    }

    @Test(arguments: UInt64(1)...4)
    func `the same holds while applications write and two deliverers send at once`(seed: UInt64) async throws {
        let agenda = try await Agenda()
        try await agenda.write(at: Self.booked, "update reminder_steps set is_enabled = step in ('T+0', 'moved', 'cancelled')")
        for number in 1...6 { try await agenda.book("a\(number)", at: Self.booked, start: Self.starts[0]) }
        let mailroom = Mailroom()
        try await withThrowingTaskGroup { group in
            group.addTask {
                var random = SplitMix(state: seed)
                for _ in 0..<60 {
                    let id = "a\(Int.random(in: 1...6, using: &random))"
                    switch Int.random(in: 0..<5, using: &random) {
                    case 0: try await agenda.set(id, at: Self.booked, status: "CANCELLED")
                    case 1: try await agenda.set(id, at: Self.booked, status: "SCHEDULED")
                    default:
                        let start = Self.starts[Int.random(in: 0..<3, using: &random)]
                        try await agenda.move(id, at: Self.booked, to: start)
                    }
                }
            }
            group.addTask { for _ in 0..<25 { try await agenda.plan(at: Self.booked) } }
            for _ in 0..<2 {
                group.addTask { for _ in 0..<12 { try await mailroom.deliver(agenda, at: Self.booked) } }
            }
            try await group.waitForAll()
        }
        try await agenda.plan(at: Self.booked)
        try await mailroom.deliver(agenda, at: Self.booked)
        // The ledger's word of each lead's last knowledge, against what holds.
        let wrong = try await agenda.database.rows(
            """
            select a.id, a.status, a.revision, told.step, told.revision
            from appointments a
            left join lateral (
                select w.step, w.revision, w.starts_at from relance.announcements w
                where w.tenant_id = a.tenant_id and w.appointment_id = a.id order by w.revision desc, w.delivery_id desc limit 1
            ) told on true
            where case
                when a.status = 'CANCELLED' then told.step is not null and told.step <> 'cancelled'
                else told.step is null or told.step = 'cancelled' or told.starts_at <> a.starts_at
            end
            """)
        #expect(wrong == [])
        #expect(try await agenda.database.count("select count(*) from relance.deliveries where settled_at is null") == 0)
    }
}
