import Content
import Messaging
import Postgres
import Primitives
import TestSupport
import Testing

/// The nights in which clocks change: instants are absolute, what people read is their own wall clock (D-06).
@Suite(.serialized)
struct DaylightSavingTests {
    /// An appointment around such a night.
    struct Night: Sendable, CustomTestStringConvertible {
        let name: String
        let zone: String
        let start: Timestamp
        /// The day-before reminder: 24 hours before, whatever the clocks did.
        let dayBefore: Timestamp
        /// The start on the recipient's wall, in French and in English.
        let french: String
        let english: String
        var testDescription: String { name }
    }

    static let nights = [
        Night(
            name: "Paris, before the gap", zone: "Europe/Paris", start: "2026-03-29T00:30:00Z", dayBefore: "2026-03-28T00:30:00Z",
            french: "à 1 h 30", english: "1:30"),
        Night(
            name: "Paris, after the gap", zone: "Europe/Paris", start: "2026-03-29T01:30:00Z", dayBefore: "2026-03-28T01:30:00Z",
            french: "à 3 h 30", english: "3:30"),
        Night(
            name: "Paris, the morning after the gap", zone: "Europe/Paris", start: "2026-03-29T08:00:00Z",
            // 09:00 on the wall the day before: 24 hours are 25 on the clock.
            dayBefore: "2026-03-28T08:00:00Z", french: "à 10 h", english: "10:00"),
        Night(
            name: "Paris, first fold", zone: "Europe/Paris", start: "2026-10-25T00:30:00Z", dayBefore: "2026-10-24T00:30:00Z",
            french: "à 2 h 30", english: "2:30"),
        Night(
            name: "Paris, second fold", zone: "Europe/Paris", start: "2026-10-25T01:30:00Z", dayBefore: "2026-10-24T01:30:00Z",
            french: "à 2 h 30", english: "2:30"),
        Night(
            name: "Paris, the morning after the fold", zone: "Europe/Paris", start: "2026-10-25T09:00:00Z",
            dayBefore: "2026-10-24T09:00:00Z", french: "à 10 h", english: "10:00"),
        Night(
            name: "Toronto, first fold", zone: "America/Toronto", start: "2026-11-01T05:30:00Z",
            dayBefore: "2026-10-31T05:30:00Z",
            french: "à 1 h 30", english: "1:30"),
        Night(
            name: "Toronto, second fold", zone: "America/Toronto", start: "2026-11-01T06:30:00Z",
            dayBefore: "2026-10-31T06:30:00Z",
            french: "à 1 h 30", english: "1:30"),
        Night(
            name: "Toronto, the morning after", zone: "America/Toronto", start: "2026-11-01T15:00:00Z",
            dayBefore: "2026-10-31T15:00:00Z", french: "à 10 h", english: "10:00"),
    ]

    @Test(arguments: nights)
    func `reminders are absolute and their text is the recipient's wall clock`(night: Night) async throws {
        let agenda = try await Agenda(zone: night.zone)
        try await agenda.write(at: "2026-01-01T00:00:00Z", "update reminder_steps set is_enabled = step in ('J-1', 'H-1')")
        // One lead in the organisation's own zone, one who reads English, one far away.
        try await agenda.write(
            at: "2026-01-01T00:00:00Z",
            """
            insert into leads (tenant_id, id, name, email, locale, timezone) values
                ('acme', 'l2', 'Liz', 'liz@example.com', 'en-CA', null), ('acme', 'l3', 'Rei', 'rei@example.com', null, 'Asia/Tokyo')
            """)
        for lead in ["l1", "l2", "l3"] {
            try await agenda.write(
                at: night.start.minutes(-10_000),
                "insert into appointments (tenant_id, id, lead_id, starts_at, created_at) values ('acme', $1, $1, $2, relance.now())",
                [.text(lead), .timestamp(night.start)])
        }
        try await agenda.plan(at: Timestamp(microseconds: night.dayBefore.microseconds - 1))
        #expect(try await agenda.ledger() == [])
        try await agenda.plan(at: night.dayBefore)
        let mailroom = Mailroom()
        try await mailroom.deliver(agenda, at: night.dayBefore)
        #expect(try await agenda.ledger(step: "J-1").count == 3)
        func text(_ address: String) -> String {
            let index = mailroom.parcels.firstIndex { parcel in
                guard case .mail(_, _, _, let to) = parcel.composition else { return false }
                return to.address == address
            }
            let text = index.map { mailroom.texts[$0] } ?? ""
            return text.replacing("\u{A0}", with: " ").replacing("\u{202F}", with: " ")
        }
        #expect(text("luc@example.com").contains(night.french))
        #expect(text("liz@example.com").contains(night.english))
        let tokyo = try await agenda.database.value(
            "select to_char($1::timestamptz at time zone 'Asia/Tokyo', '\"à\" FMHH24 \"h\" MI')", [.timestamp(night.start)])
        #expect(text("rei@example.com").contains(tokyo.hasSuffix("h 00") ? String(tokyo.dropLast(3)) : tokyo))

        try await agenda.plan(at: night.start.minutes(-60))
        #expect(try await agenda.ledger(step: "H-1").count == 3)
    }
}
