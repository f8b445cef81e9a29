import Primitives
import Recoveries
import Schema
import TestSupport
import Testing

/// The recovery rate by form and local week, and its alert (D-52).
@Suite struct RateTests {
    /// A Monday.
    private static let monday = Reception.monday

    /// A week's visits of one form, so many of which submit a day after their first mail.
    private func week(
        _ number: Int, of count: Int, submitting: Int, _ reception: Reception, _ postman: Postman
    ) async throws {
        let start = Self.monday.hours(number * 168)
        for visit in 1...count {
            try await reception.breakOff("w\(number)-\(visit)", at: start, email: "w\(number)-\(visit)@example.com")
        }
        try await postman.tick(reception, at: start.hours(1))
        for visit in 1...count where visit <= submitting {
            try await reception.submit("w\(number)-\(visit)", at: start.hours(20), email: "w\(number)-\(visit)@example.com")
        }
        for hour in [24, 72] { try await postman.tick(reception, at: start.hours(hour)) }
    }

    private func refresh(_ reception: Reception, at instant: Timestamp) async throws -> Int {
        try await RecoveryRates(program: Reception.program, connection: reception.worker).refresh(at: .fixed(instant)) { 1 }
    }

    private func alerts(_ reception: Reception) async throws -> [String] {
        try await reception.database.rows(
            "select fingerprint || case when resolved_at is null then '' else ' resolved' end from relance.system_alerts where kind = 'recovery_rate' order by id"
        ).map { $0[0] }
    }

    @Test func `it counts submissions within seven days of the first mail, by form and week, beside the hold-out group's`()
        async throws
    {
        let reception = try await Reception()
        let postman = Postman()
        try await week(0, of: 10, submitting: 4, reception, postman)
        try await reception.submit("late", at: Self.monday.hours(180), email: "w0-9@example.com")
        try await reception.write(at: Self.monday.hours(160), "update recovery_settings set holdout_percent = 50")
        try await week(1, of: 40, submitting: 20, reception, postman)
        _ = try await refresh(reception, at: Self.monday.hours(400))
        let rows = try await reception.database.rows(
            "select form_id, week, mailed, recovered, mailed + held_out, recovered + held_out_submitted from recovery_rates order by week"
        )
        #expect(rows[0] == ["f1", "2026-06-08", "10", "4", "10", "4"])
        #expect(rows[1][0...1] == ["f1", "2026-06-15"] && rows[1][4...5] == ["40", "20"])
        #expect((8...32).contains(Int(rows[1][2]) ?? 0))
        // Absolute: doing it again changes nothing.
        _ = try await refresh(reception, at: Self.monday.hours(401))
        #expect(
            try await reception.database.rows(
                "select form_id, week, mailed, recovered, mailed + held_out, recovered + held_out_submitted from recovery_rates order by week"
            )
                == rows)
    }

    @Test(arguments: [false, true])
    func `a submission counts once, for the last of its person's sequences or the one that ingest laid it to`(isLaid: Bool)
        async throws
    {
        let reception = try await Reception()
        let postman = Postman()
        try await reception.breakOff("v1", at: Self.monday)
        try await postman.tick(reception, at: Self.monday.hours(1))
        // The second supersedes the first, and is written about as well.
        try await reception.breakOff("v2", at: Self.monday.hours(23), form: "f2")
        try await postman.tick(reception, at: Self.monday.hours(24))
        try await reception.submit(at: Self.monday.hours(26), email: "eve@example.com", form: "f2")
        if isLaid {
            try await reception.write(
                at: Self.monday.hours(26), "update form_submissions set is_recovery = true, abandon_id = 'v1'")
        }
        _ = try await refresh(reception, at: Self.monday.hours(30))
        let rows = try await reception.database.rows("select form_id, mailed, recovered from recovery_rates order by form_id")
        #expect(rows == [["f1", "1", isLaid ? "1" : "0"], ["f2", "1", isLaid ? "0" : "1"]])
    }

    @Test func `a bad week of thirty raises one alert when it is over, tells those in charge once, and a good one ends it`()
        async throws
    {
        let reception = try await Reception()
        let postman = Postman()
        try await reception.write(
            at: Self.monday,
            """
            insert into users (tenant_id, id, name, role, locale) values
                ('acme', 'ada', 'Ada', 'ADMIN', 'en-GB'), ('acme', 'max', 'Max', 'MANAGER', null), ('acme', 'zoe', 'Zoé', 'CLOSER', null)
            """)
        try await week(0, of: 30, submitting: 4, reception, postman)
        // Two Mondays on, every one of its sequences has had its seven days.
        #expect(try await refresh(reception, at: Self.monday.hours(300)) == 0)
        #expect(try await alerts(reception) == [])
        for hour in [336, 337, 400] { #expect(try await refresh(reception, at: Self.monday.hours(hour)) == 1) }
        #expect(try await alerts(reception) == ["recovery_rate:acme:f1"])
        let notices = try await reception.database.rows("select user_id, title, body from notifications order by 1")
        #expect(
            notices == [
                [
                    "ada", "Abandoned forms: few come back",
                    "Devis: 4 of 30 recovery sequences in the week of 2026-06-08 brought a submission.",
                ],
                [
                    "max", "Formulaires abandonnés : peu de retours",
                    "Devis : 4 relances sur 30 ont abouti pour la semaine du 08/06/2026.",
                ],
            ])
        try await week(3, of: 30, submitting: 5, reception, postman)
        #expect(try await refresh(reception, at: Self.monday.hours(168 * 5)) == 0)
        #expect(try await alerts(reception) == ["recovery_rate:acme:f1 resolved"])
    }

    @Test(arguments: [(29, 0, 0), (30, 4, 1), (30, 5, 0), (40, 5, 1), (40, 6, 0)])
    func `fifteen of a hundred, from thirty on`(count: Int, recovered: Int, low: Int) async throws {
        let reception = try await Reception()
        try await week(0, of: count, submitting: recovered, reception, Postman())
        #expect(try await refresh(reception, at: Self.monday.hours(340)) == low)
    }

    @Test func `a leader that is deposed writes no rate`() async throws {
        let reception = try await Reception()
        try await week(0, of: 30, submitting: 0, reception, Postman())
        let low = try await RecoveryRates(program: Reception.program, connection: reception.worker)
            .refresh(at: .fixed(Self.monday.hours(340))) { 9 }
        #expect(low == 0)
        #expect(try await reception.database.count("select count(*) from recovery_rates") == 0)
    }
}
