import Postgres
import Primitives
import Recoveries
import TestSupport
import Testing

/// An organisation's settings: on or off, from when (D-02), and who is held out (D-52).
@Suite struct SettingTests {
    private static let monday = Reception.monday

    @Test func `day one mails nobody about the past`() async throws {
        let reception = try await Reception(installed: Self.monday.hours(12))
        let postman = Postman()
        try await reception.breakOff("old", at: Self.monday.hours(-80), email: "old@example.com")
        try await reception.breakOff("yesterday", at: Self.monday.hours(-10), email: "yesterday@example.com")
        for hour in 12...100 { try await postman.tick(reception, at: Self.monday.hours(hour)) }
        #expect(try await reception.ledger("old") == [])
        // What comes due after the installation goes out.
        #expect(try await reception.ledger("yesterday") == ["+24h sent", "+72h sent"])
        #expect(try await reception.end("old") == "expired")
    }

    @Test func `switching recovery off stops what is planned, switching it on again starts with what is ahead`() async throws {
        let reception = try await Reception()
        let postman = Postman()
        try await reception.breakOff(at: Self.monday)
        try await reception.plan(at: Self.monday.hours(1))
        try await reception.write(at: Self.monday.hours(1), "update recovery_settings set is_enabled = false")
        try await postman.tick(reception, at: Self.monday.hours(2))
        #expect(try await reception.ledger() == ["+1h cancelled recovery_off"])
        try await postman.tick(reception, at: Self.monday.hours(25))
        try await reception.write(at: Self.monday.hours(26), "update recovery_settings set is_enabled = true")
        try await postman.tick(reception, at: Self.monday.hours(26))
        #expect(postman.mails.isEmpty)
        try await postman.tick(reception, at: Self.monday.hours(72))
        #expect(try await reception.ledger() == ["+1h cancelled recovery_off", "+72h sent"])
    }

    @Test func `the hold-out group gets no mail, is the same at every visit, and is written down when its mail would have left`()
        async throws
    {
        let reception = try await Reception()
        try await reception.openAllHours()
        let postman = Postman()
        try await reception.write(at: Self.monday, "update recovery_settings set holdout_percent = 30")
        for number in 1...100 { try await reception.breakOff("v\(number)", at: Self.monday, email: "v\(number)@example.com") }
        try await postman.tick(reception, at: Self.monday.minutes(59))
        #expect(try await reception.database.count("select count(*) from form_abandons where is_held_out is not null") == 0)
        for hour in [1, 24, 72] { try await postman.tick(reception, at: Self.monday.hours(hour)) }
        let heldOut = try await reception.database.rows("select email from form_abandons where is_held_out order by 1").map {
            $0[0]
        }
        #expect((15...45).contains(heldOut.count))
        #expect(Set(postman.mails.map(\.to)).isDisjoint(with: heldOut))
        #expect(postman.mails.count == (100 - heldOut.count) * 3)
        let instants = try await reception.database.rows(
            "select distinct sequence_at = $1 from form_abandons", [.timestamp(Self.monday.hours(1))])
        #expect(instants == [["t"]])
        // The same people, in another case, at another form; and whoever has begun is not drawn anew.
        try await reception.write(at: Self.monday, "update recovery_settings set holdout_percent = 31")
        for number in 1...100 {
            try await reception.breakOff("w\(number)", at: Self.monday.hours(200), email: "V\(number)@Example.com", form: "f2")
        }
        try await postman.tick(reception, at: Self.monday.hours(201))
        let again = try await reception.database.rows(
            "select lower(email) from form_abandons where is_held_out and form_id = 'f2' order by 1"
        ).map { $0[0] }
        #expect(Set(again).isSuperset(of: heldOut))
        try await postman.tick(reception, at: Self.monday.hours(400))
        let ends = try await reception.database.rows("select distinct ended_reason from form_abandons where is_held_out")
        #expect(Set(ends.map { $0[0] }).isSubset(of: ["held_out", "superseded"]))
    }
}
