import Primitives
import Recoveries
import TestSupport
import Testing

/// Marketing leaves in the visitor's own hours only, and not on holidays (D-17).
@Suite struct HoursTests {
    @Test(arguments: [
        // Local two o'clock on a Tuesday in June and in January: an hour later it is three, and nobody is woken.
        ("Europe/Paris", "2026-06-09T00:00:00Z", "2026-06-09T07:00:00Z"),
        ("Europe/Paris", "2026-01-13T01:00:00Z", "2026-01-13T08:00:00Z"),
        ("America/Toronto", "2026-06-09T06:00:00Z", "2026-06-09T13:00:00Z"),
        ("America/Toronto", "2026-01-13T07:00:00Z", "2026-01-13T14:00:00Z"),
        ("Indian/Reunion", "2026-06-08T22:00:00Z", "2026-06-09T05:00:00Z"),
        // The evening before a holiday, a Saturday's evening, the night in which the clocks change.
        ("Europe/Paris", "2026-11-10T18:30:00Z", "2026-11-12T08:00:00Z"),
        ("Indian/Reunion", "2026-11-10T15:30:00Z", "2026-11-12T05:00:00Z"),
        ("Europe/Paris", "2026-06-13T17:30:00Z", "2026-06-15T07:00:00Z"),
        ("Europe/Paris", "2026-03-28T23:30:00Z", "2026-03-30T07:00:00Z"),
        ("America/Toronto", "2026-11-01T05:30:00Z", "2026-11-02T14:00:00Z"),
    ])
    func `the first mail waits for the morning`(zone: String, brokeOff: Timestamp, sent: Timestamp) async throws {
        // The organisation is in Paris, whatever the visitor's zone.
        let reception = try await Reception()
        let postman = Postman()
        try await reception.breakOff(at: brokeOff, zone: zone)
        var instant = brokeOff
        while postman.mails.isEmpty, instant.secondsSinceEpoch < sent.hours(30).secondsSinceEpoch {
            instant = instant.minutes(30)
            try await postman.tick(reception, at: instant)
        }
        #expect(postman.mails.map(\.at) == [sent])
    }

    @Test func `a known lead's zone holds where the visit tells none`() async throws {
        let reception = try await Reception()
        let postman = Postman()
        let evening: Timestamp = "2026-06-09T00:00:00Z"
        try await reception.write(
            at: evening,
            "insert into leads (tenant_id, id, name, email, timezone) values ('acme', 'l1', 'Ève', 'eve@example.com', 'America/Toronto')"
        )
        try await reception.breakOff(at: evening.minutes(-90))
        // Half past seven in the evening in Toronto, half past one at night in Paris.
        try await postman.tick(reception, at: evening.minutes(-30))
        #expect(postman.mails.map(\.at) == [evening.minutes(-30)])
    }

    @Test func `a mail that no hour lets out before the sequence ends is skipped`() async throws {
        let reception = try await Reception()
        let postman = Postman()
        try await reception.write(at: Reception.monday, "update organization_settings set marketing_days = '{1}'")
        try await reception.breakOff(at: Reception.monday.hours(24))
        for hour in stride(from: 24, through: 24 * 9, by: 1) {
            try await postman.tick(reception, at: Reception.monday.hours(hour))
        }
        // Monday lies within the week: the latest step leaves then.
        #expect(postman.mails.map(\.at) == [Reception.monday.hours(7 * 24 - 1)])
        try await reception.write(at: Reception.monday, "update organization_settings set holidays = 'FR'")
        // 1 May 2026 is a Friday.
        try await reception.write(at: Reception.monday, "update organization_settings set marketing_days = '{5}'")
        let before: Timestamp = "2026-04-24T20:00:00Z"
        try await reception.breakOff("v2", at: before, email: "adam@example.com")
        for hour in stride(from: 0, through: 24 * 9, by: 1) { try await postman.tick(reception, at: before.hours(hour)) }
        #expect(try await reception.ledger("v2").allSatisfy { $0.contains("skipped") })
        #expect(try await reception.end("v2") == "completed")
    }
}
