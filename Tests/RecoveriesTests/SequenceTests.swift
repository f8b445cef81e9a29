import Postgres
import Primitives
import Recoveries
import TestSupport
import Testing

/// The sequence: an hour, a day and three days after the last activity, no mail too many, none too late (D-50).
@Suite struct SequenceTests {
    private static let monday = Reception.monday

    @Test func `three mails go out, an hour, a day and three days after the last activity`() async throws {
        let reception = try await Reception()
        let postman = Postman()
        try await reception.breakOff(at: Self.monday)
        for minute in stride(from: 0, through: 8 * 1440, by: 60) {
            try await postman.tick(reception, at: Self.monday.minutes(minute))
        }
        #expect(postman.mails.map(\.at) == [Self.monday.hours(1), Self.monday.hours(24), Self.monday.hours(72)])
        #expect(try await reception.ledger() == ["+1h sent", "+24h sent", "+72h sent"])
        #expect(try await reception.end() == "completed")
        // Seven days after its first mail: until then a submission is laid to it.
        let ended = try await reception.database.value(
            "select ended_at = $1 from form_abandons", [.timestamp(Self.monday.hours(169))])
        #expect(ended == "t")
        #expect(try await reception.database.count("select count(*) from relance.abandon_due") == 0)
    }

    @Test func `nothing goes out early, and nothing twice`() async throws {
        let reception = try await Reception()
        let postman = Postman()
        try await reception.breakOff(at: Self.monday)
        try await postman.tick(reception, at: Self.monday.minutes(59))
        #expect(postman.mails.isEmpty)
        for _ in 0..<3 { try await postman.tick(reception, at: Self.monday.minutes(60)) }
        #expect(postman.mails.count == 1)
        #expect(try await reception.ledger() == ["+1h sent"])
    }

    @Test(arguments: [
        (30, ["+1h skipped collapsed", "+24h sent"]), (80, ["+1h skipped collapsed", "+24h skipped collapsed", "+72h sent"]),
        (167, ["+1h skipped collapsed", "+24h skipped collapsed", "+72h sent"]),
        (168, ["+1h skipped collapsed", "+24h skipped collapsed", "+72h missed no_tick_before_expiry"]),
        (400, ["+1h skipped collapsed", "+24h skipped collapsed", "+72h missed no_tick_before_expiry"]),
    ])
    func `steps that no tick saw collapse into the latest one, and after a week there is none`(hours: Int, ledger: [String])
        async throws
    {
        // Any hour is one of marketing's here: what is asked about is the sequence alone.
        let reception = try await Reception()
        try await reception.openAllHours()
        let postman = Postman()
        try await reception.breakOff(at: Self.monday)
        try await postman.tick(reception, at: Self.monday.hours(hours))
        #expect(try await reception.ledger() == ledger)
        #expect(postman.mails.count == (ledger.contains { $0.hasSuffix("sent") } ? 1 : 0))
        let alerts = try await reception.database.count("select count(*) from relance.system_alerts where kind = 'steps_missed'")
        #expect(alerts == (hours < 168 ? 0 : 1))
        if hours >= 168 { #expect(try await reception.end() == "expired") }
    }

    @Test func `after an outage of eight days everybody gets at most one mail, and who broke off a week ago none`() async throws {
        let reception = try await Reception()
        try await reception.openAllHours()
        let postman = Postman()
        for number in 0..<32 {
            try await reception.breakOff("v\(number)", at: Self.monday.hours(number * 6), email: "v\(number)@example.com")
        }
        let back = Self.monday.hours(8 * 24)
        for minute in [0, 1, 5, 30] { try await postman.tick(reception, at: back.minutes(minute)) }
        let reached = Set(postman.mails.map(\.to))
        #expect(reached.count == postman.mails.count, "somebody got two")
        // Within a week and an hour or more ago: those of hours 30 to 186.
        #expect(reached == Set((5..<32).map { "v\($0)@example.com" }))
    }

    @Test func `a deliverer that was away sends the latest step alone`() async throws {
        let reception = try await Reception()
        let postman = Postman()
        try await reception.breakOff(at: Self.monday)
        try await reception.plan(at: Self.monday.hours(1))
        try await postman.deliver(reception, at: Self.monday.hours(73))
        #expect(postman.mails.isEmpty, "the first mail's send finds two later steps due")
        try await postman.tick(reception, at: Self.monday.hours(73))
        #expect(postman.mails.map(\.at) == [Self.monday.hours(73)])
        #expect(
            try await reception.ledger() == ["+1h skipped collapsed", "+24h skipped collapsed", "+72h sent"])
    }

    @Test func `a mail waits until twelve hours after the last one was really sent`() async throws {
        let reception = try await Reception()
        try await reception.openAllHours()
        let postman = Postman()
        try await reception.breakOff(at: Self.monday)
        try await postman.tick(reception, at: Self.monday.hours(20))
        for hour in [24, 31] { try await postman.tick(reception, at: Self.monday.hours(hour)) }
        #expect(postman.mails.count == 1)
        try await postman.tick(reception, at: Self.monday.hours(32))
        #expect(postman.mails.map(\.at) == [Self.monday.hours(20), Self.monday.hours(32)])
    }

    @Test func `whoever goes on with the form is left alone, and the steps count anew from there`() async throws {
        let reception = try await Reception()
        let postman = Postman()
        try await reception.breakOff(at: Self.monday)
        try await reception.breakOff(at: Self.monday.minutes(50))
        try await postman.tick(reception, at: Self.monday.minutes(61))
        #expect(try await reception.ledger() == [])
        try await reception.plan(at: Self.monday.minutes(110))
        // Planned, and active again before it was sent.
        try await reception.breakOff(at: Self.monday.minutes(111))
        try await postman.deliver(reception, at: Self.monday.minutes(112))
        #expect(try await reception.ledger() == ["+1h cancelled active_again"])
        try await postman.tick(reception, at: Self.monday.minutes(171))
        #expect(postman.mails.map(\.at) == [Self.monday.minutes(171)])
        #expect(try await reception.ledger() == ["+1h cancelled active_again", "+1h sent"])
        // Activity after a mail does not bring that mail back.
        try await reception.breakOff(at: Self.monday.minutes(200))
        for minute in stride(from: 200, through: 200 + 8 * 1440, by: 60) {
            try await postman.tick(reception, at: Self.monday.minutes(minute))
        }
        #expect(postman.mails.count == 3)
    }

    @Test func `two forms and one person: the newest visit alone is written about, with mails as far apart as for one`()
        async throws
    {
        let reception = try await Reception()
        let postman = Postman()
        try await reception.breakOff("v1", at: Self.monday)
        try await postman.tick(reception, at: Self.monday.hours(1))
        try await reception.breakOff("v2", at: Self.monday.hours(2), email: "EVE@example.com", form: "f2")
        for minute in stride(from: 120, through: 9 * 1440, by: 60) {
            try await postman.tick(reception, at: Self.monday.minutes(minute))
        }
        #expect(try await reception.end("v1") == "superseded")
        #expect(try await reception.ledger("v1") == ["+1h sent"])
        // Due at +3 h, the first mail of the second visit waits for 12 h after the first visit's, and for the morning.
        #expect(postman.mails.map(\.at).dropFirst().first == Self.monday.hours(23))
        // The fourth, the last of the second visit, waits until the first is seven days old: three in any seven days.
        let instants = postman.mails.map(\.at)
        #expect(instants.count == 4 && instants.last == Self.monday.hours(169))
        #expect(zip(postman.mails, postman.mails.dropFirst()).allSatisfy { $0.at.hours(12) <= $1.at })
    }

    @Test func `a visit without an address gets no mail, and an end`() async throws {
        let reception = try await Reception()
        let postman = Postman()
        try await reception.breakOff(at: Self.monday, email: nil)
        for hour in [1, 24, 72, 167] { try await postman.tick(reception, at: Self.monday.hours(hour)) }
        #expect(try await reception.end() == "")
        try await postman.tick(reception, at: Self.monday.hours(168))
        #expect(try await reception.end() == "expired")
        #expect(try await reception.ledger() == [])
    }

    @Test func `what was captured long after it happened is nobody's fault`() async throws {
        let reception = try await Reception()
        try await reception.write(
            at: Self.monday,
            """
            insert into form_abandons (tenant_id, id, form_id, session_id, email, last_activity_at, created_at)
            values ('acme', 'v1', 'f1', 'v1', 'eve@example.com', relance.now() - interval '20 days', relance.now())
            """)
        let report = try await reception.plan(at: Self.monday)
        #expect(report.missed == 0)
        #expect(try await reception.ledger() == ["+1h skipped collapsed", "+24h skipped collapsed", "+72h skipped too_late"])
        #expect(try await reception.end() == "expired")
    }
}

extension Reception {
    /// Lets marketing out at any hour and often, where something else is asked about.
    func openAllHours() async throws {
        try await database.execute(
            """
            update organization_settings set marketing_opens = '00:00', marketing_closes = '24:00', marketing_days = '{1,2,3,4,5,6,7}',
                holidays = 'none', marketing_per_day = null, marketing_per_week = null
            """)
    }
}
