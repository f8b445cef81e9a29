import Postgres
import Primitives
import Queue
import TestSupport
import Testing

@testable import Messaging

/// When marketing may reach somebody (D-17): hours, days and holidays by the recipient's clock, and what a deferral does.
struct MarketingHoursTests {
    // MARK: Holidays

    /// Easter Sundays as published (Bureau des longitudes), with the earliest and latest of the century.
    @Test(arguments: [
        (1999, "1999-04-04"), (2000, "2000-04-23"), (2008, "2008-03-23"), (2011, "2011-04-24"), (2024, "2024-03-31"),
        (2025, "2025-04-20"), (2026, "2026-04-05"), (2027, "2027-03-28"), (2038, "2038-04-25"), (2049, "2049-04-18"),
    ])
    func `Easter is found`(year: Int, day: String) async throws {
        #expect(try await Self.shared.value.value("select relance.easter($1::integer)::text", [.int(year)]) == day)
    }

    private static let shared = Task { try await TestDatabase.create() }

    private static func holidays(_ calendar: String) async throws -> [String] {
        try await shared.value.rows(
            """
            select to_char(day, 'MM-DD') from generate_series('2026-01-01'::timestamp, '2026-12-31', '1 day') day
            where relance.is_holiday(day::date, $1) order by day
            """, [.text(calendar)]
        ).map { $0[0] }
    }

    @Test func `France has eleven holidays, Alsace-Moselle thirteen, others none`() async throws {
        let france = [
            "01-01", "04-06", "05-01", "05-08", "05-14", "05-25", "07-14", "08-15", "11-01", "11-11", "12-25",
        ]
        #expect(try await Self.holidays("FR") == france)
        #expect(try await Self.holidays("FR-ALSACE-MOSELLE") == (france + ["04-03", "12-26"]).sorted())
        #expect(try await Self.holidays("none").isEmpty)
    }

    // MARK: The next opening

    /// Instant, zone, and the opening that follows.
    @Test(arguments: [
        // Within hours: at once, to the second before closing.
        ("2026-06-10T07:00:00Z", "Europe/Paris", "2026-06-10T07:00:00Z"),
        ("2026-06-10T17:59:59Z", "Europe/Paris", "2026-06-10T17:59:59Z"),
        // Closing time belongs to the night.
        ("2026-06-10T18:00:00Z", "Europe/Paris", "2026-06-11T07:00:00Z"),
        ("2026-06-10T01:00:00Z", "Europe/Paris", "2026-06-10T07:00:00Z"),
        // The same instant is day in one zone and night in another.
        ("2026-06-10T12:00:00Z", "America/Toronto", "2026-06-10T13:00:00Z"),
        ("2026-06-10T12:00:00Z", "Indian/Reunion", "2026-06-10T12:00:00Z"),
        ("2026-06-10T16:00:00Z", "Indian/Reunion", "2026-06-11T05:00:00Z"),
        // Saturday evening to Monday morning.
        ("2026-06-13T19:00:00Z", "Europe/Paris", "2026-06-15T07:00:00Z"),
        ("2026-06-14T10:00:00Z", "Europe/Paris", "2026-06-15T07:00:00Z"),
        // 11 November, a Wednesday; Easter Monday after its Sunday.
        ("2026-11-11T10:00:00Z", "Europe/Paris", "2026-11-12T08:00:00Z"),
        ("2026-04-04T19:00:00Z", "Europe/Paris", "2026-04-07T07:00:00Z"),
        // The nights on which clocks change.
        ("2026-03-28T20:00:00Z", "Europe/Paris", "2026-03-30T07:00:00Z"),
        ("2026-10-24T19:00:00Z", "Europe/Paris", "2026-10-26T08:00:00Z"),
    ])
    func `marketing waits for the recipient's day`(instant: String, zone: String, opening: String) async throws {
        let found = try await Self.shared.value.value(
            """
            select to_char(
                relance.marketing_opening($1::timestamptz, $2, '09:00', '20:00', '{1,2,3,4,5,6}', 'FR') at time zone 'UTC',
                'YYYY-MM-DD"T"HH24:MI:SS"Z"')
            """, [.text(instant), .text(zone)])
        #expect(found == opening)
    }

    @Test func `no instant of a year is let through by night, on Sundays or on holidays, in any zone`() async throws {
        let wrong = try await Self.shared.value.count(
            """
            select count(*)
            from generate_series('2026-01-01T00:20:00Z'::timestamptz, '2026-12-31', '5 hours 7 minutes') at
            cross join (values ('Europe/Paris'), ('America/Toronto'), ('Indian/Reunion'), ('Pacific/Auckland')) z (zone)
            cross join lateral (
                select relance.marketing_opening(at, zone, '09:00', '20:00', '{1,2,3,4,5,6}', 'FR') at time zone zone as wall
            ) o
            where wall::time < '09:00' or wall::time >= '20:00' or extract(isodow from wall) = 7
                or relance.is_holiday(wall::date, 'FR') or wall < at at time zone zone
            """)
        #expect(wrong == 0)
    }

    @Test func `an organisation that is never open has no opening`() async throws {
        let opening = try await Self.shared.value.value(
            """
            select relance.marketing_opening('2026-06-10T12:00:00Z', 'Europe/Paris', '09:00', '20:00', '{}', 'FR') is null
            """)
        #expect(opening == "t")
    }

    // MARK: Sends

    /// Two o'clock in the afternoon in Paris, a Wednesday; `minute` counts from there.
    @Test func `by day marketing goes out`() async throws {
        let office = try await PostOffice()
        try await office.plan("a", messageClass: "marketing")
        try await office.deliver([.sms: [ScriptedCarrier()]])
        #expect(try await office.state("a") == "sent")
    }

    @Test func `by night it is deferred, due and expiry alike, and goes out in the morning`() async throws {
        let office = try await PostOffice()
        let carrier = ScriptedCarrier()
        try await office.plan("a", expiresAfter: 600, messageClass: "marketing")
        // 22:00 in Paris.
        try await office.deliver([.sms: [carrier]], at: 480)
        #expect(try await office.state("a") == "pending")
        #expect(
            try await office.database.rows(
                "select due_at = '2026-06-11T07:00:00Z', expires_at = '2026-06-11T17:00:00Z', deferrals, deferred_by from relance.deliveries"
            )
                == [["t", "t", "1", "quiet_hours"]])
        #expect(try await office.job("a") == "live scheduled")
        try await office.deliver([.sms: [carrier]], at: 1139)
        #expect(carrier.requests.isEmpty)
        try await office.deliver([.sms: [carrier]], at: 1141)
        #expect(try await office.state("a") == "sent")
        #expect(carrier.requests.count == 1)
    }

    @Test func `transactional messages know no night`() async throws {
        let office = try await PostOffice()
        try await office.plan("a", expiresAfter: 600)
        try await office.deliver([.sms: [ScriptedCarrier()]], at: 480)
        #expect(try await office.state("a") == "sent")
    }

    @Test func `a deferral beyond the hard stop is a skip with its reason`() async throws {
        let office = try await PostOffice()
        try await office.plan("a", expiresAfter: 600, messageClass: "marketing")
        try await office.database.execute("update relance.deliveries set hard_stop_at = '2026-06-11T06:00:00Z'")
        try await office.deliver([.sms: [ScriptedCarrier()]], at: 480)
        #expect(try await office.state("a") == "skipped quiet_hours")
    }

    @Test func `a deferral moves no expiry beyond the hard stop`() async throws {
        let office = try await PostOffice()
        try await office.plan("a", expiresAfter: 600, messageClass: "marketing")
        try await office.database.execute("update relance.deliveries set hard_stop_at = '2026-06-11T08:00:00Z'")
        try await office.deliver([.sms: [ScriptedCarrier()]], at: 480)
        #expect(try await office.state("a") == "pending")
        // Nobody was there at nine; at noon it is too late.
        try await office.deliver([.sms: [ScriptedCarrier()]], at: 1440)
        #expect(try await office.state("a") == "missed expired_before_sending")
    }

    @Test func `the lead's own zone counts, else the organisation's`() async throws {
        let office = try await PostOffice()
        try await office.database.execute(
            "insert into leads (tenant_id, id, name, timezone) values ('acme', 'l1', 'L', 'America/Toronto')")
        try await office.plan("a", expiresAfter: 600, messageClass: "marketing")
        // Noon UTC is eight in Toronto.
        try await office.deliver([.sms: [ScriptedCarrier()]])
        #expect(try await office.state("a") == "pending")
        try await office.deliver([.sms: [ScriptedCarrier()]], at: 61)
        #expect(try await office.state("a") == "sent")
    }

    // MARK: Consent and preferences

    @Test(arguments: [
        ("unknown", false, "sent"), ("granted", true, "sent"), ("unknown", true, "skipped no_consent"),
        ("denied", false, "skipped no_consent"),
    ])
    func `marketing needs consent where the organisation or the lead says so`(
        consent: String, isRequired: Bool, state: String
    ) async throws {
        let office = try await PostOffice()
        try await office.database.execute(
            "insert into leads (tenant_id, id, name, marketing_consent) values ('acme', 'l1', 'L', $1)", [.text(consent)])
        try await office.database.execute(
            "update organization_settings set requires_consent = $1::boolean", [.text(isRequired ? "true" : "false")])
        try await office.plan("a", messageClass: "marketing")
        try await office.plan("b")
        try await office.deliver([.sms: [ScriptedCarrier()]])
        #expect(try await office.state("a") == state)
        #expect(try await office.state("b") == "sent")
    }

    @Test func `where consent is required nobody gets marketing who is not known to have given it`() async throws {
        let office = try await PostOffice()
        try await office.database.execute("update organization_settings set requires_consent = true")
        try await office.plan("a", messageClass: "marketing")
        try await office.deliver([.sms: [ScriptedCarrier()]])
        #expect(try await office.state("a") == "skipped no_consent")
    }

    @Test func `a user is not told what he has switched off, on that channel alone`() async throws {
        let office = try await PostOffice()
        try await office.database.execute(
            """
            insert into notification_preferences (tenant_id, user_id, kind, channel, is_enabled)
            values ('acme', 'u1', 'letter', 'in_app', false)
            """)
        try await office.plan("a", .inApp)
        try await office.plan("b", .sms)
        try await office.database.execute(
            "update relance.deliveries set recipient_type = 'user', recipient_id = 'u1' where subject = 'b'")
        try await office.deliver([.sms: [ScriptedCarrier()]])
        #expect(try await office.state("a") == "skipped preference_off")
        #expect(try await office.state("b") == "sent")
        #expect(try await office.database.count("select count(*) from notifications") == 0)
    }

    // MARK: Caps

    @Test func `an address gets no more marketing than the caps allow, however many come at once`() async throws {
        let office = try await PostOffice()
        let carrier = ScriptedCarrier()
        for id in 1...5 { try await office.plan("m\(id)", expiresAfter: 120, messageClass: "marketing") }
        try await office.plan("other", to: "+33639980012", messageClass: "marketing")
        try await office.deliver([.sms: [carrier]])
        #expect(carrier.requests.count == 3)
        #expect(
            try await office.database.rows(
                "select count(*), min(deferred_by), min(due_at) = '2026-06-11T12:00:00Z' from relance.deliveries where state = 'pending'"
            )
                == [["3", "frequency_cap", "t"]])
        // A day later two more.
        try await office.deliver([.sms: [carrier]], at: 24 * 60 + 1)
        #expect(carrier.requests.count == 5)
    }

    @Test func `two who claim at the same moment stay within the cap together`() async throws {
        let office = try await PostOffice()
        try await office.database.execute("update organization_settings set marketing_per_day = 1")
        for id in 1...8 { try await office.plan("m\(id)", expiresAfter: 120, messageClass: "marketing") }
        let carrier = ScriptedCarrier()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...4 {
                group.addTask { try await office.deliver([.sms: [carrier]], name: "deliverer \(number)") }
            }
            try await group.waitForAll()
        }
        #expect(carrier.requests.count == 1)
    }

    @Test func `a refused message does not count`() async throws {
        let office = try await PostOffice()
        try await office.database.execute("update organization_settings set marketing_per_day = 1")
        try await office.plan("a", messageClass: "marketing")
        try await office.deliver([.sms: [ScriptedCarrier(answers: [.invalid])]])
        try await office.plan("b", messageClass: "marketing")
        try await office.deliver([.sms: [ScriptedCarrier()]])
        #expect(try await office.state("b") == "sent")
    }

    @Test func `transactional messages count for no cap and are held by none`() async throws {
        let office = try await PostOffice()
        try await office.database.execute("update organization_settings set marketing_per_day = 1")
        for id in 1...4 { try await office.plan("t\(id)") }
        let carrier = ScriptedCarrier()
        try await office.deliver([.sms: [carrier]])
        #expect(carrier.requests.count == 4)
        #expect(try await office.database.count("select count(*) from relance.marketing_sends") == 0)
    }

    @Test func `the month's budget for SMS is never overdrawn, and is given back by refusals`() async throws {
        let office = try await PostOffice()
        // Three segments.
        try await office.database.execute("update organization_settings set sms_monthly_cap_cents = 15 where tenant_id = 'acme'")
        for id in 1...5 { try await office.plan("s\(id)") }
        try await office.plan("foreign", tenant: "zeta")
        let carrier = ScriptedCarrier { number, _ in number == 1 ? .invalid : .accepted }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...3 {
                group.addTask { try await office.deliver([.sms: [carrier]], name: "deliverer \(number)") }
            }
            try await group.waitForAll()
        }
        #expect(try await office.state("foreign", tenant: "zeta") == "sent")
        let spent = try await office.database.count(
            "select coalesce(sum(cost_microeuros), 0) from relance.deliveries where tenant_id = 'acme'")
        #expect(spent <= 150_000)
        #expect(
            try await office.database.count("select microeuros from relance.message_costs where tenant_id = 'acme'") == spent)
        let ended = try await office.database.count(
            "select count(*) from relance.deliveries where tenant_id = 'acme' and state = 'skipped' and reason = 'cost_cap'")
        #expect(ended >= 2)
        #expect(try await office.alerts().contains("cost_cap"))
    }

    @Test func `a new month is a new budget, by the organisation's calendar`() async throws {
        let office = try await PostOffice()
        try await office.database.execute("update organization_settings set sms_monthly_cap_cents = 5")
        try await office.plan("june")
        try await office.deliver([.sms: [ScriptedCarrier()]])
        // 00:30 on 1 July in Paris, 22:30 on 30 June in UTC.
        try await office.plan("july", expiresAfter: 40 * 24 * 60)
        try await office.deliver([.sms: [ScriptedCarrier()]], at: 20 * 24 * 60 + 10 * 60 + 30)
        #expect(try await office.state("june") == "sent")
        #expect(try await office.state("july") == "sent")
    }
}
