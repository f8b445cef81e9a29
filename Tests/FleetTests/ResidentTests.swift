import Foundation
import TestSupport
import Testing

/// `--watch`: resident, woken by what comes due, by hints and by polling.
@Suite struct ResidentTests {
    @Test func `a resident instance sends what is written while it runs, and leaves when asked`() async throws {
        let fleet = try await FleetFixture.make(redisURL: TestServers.redisURL)
        try await fleet.addOrganization()
        let process = try await fleet.start(["--watch"])
        try await eventually("leadership") {
            try await fleet.database.count("select count(*) from relance.leases where expires_at > now()") == 1
        }
        for round in 1...3 {
            try await fleet.book(5, prefix: "r\(round)-")
            try await eventually("the sends of round \(round)") { try await fleet.states()["sent"] == 5 * round }
        }
        // Twice, as timeout(1) does: it stays one request.
        process.send(SIGTERM)
        process.send(SIGTERM)
        #expect(try await process.exit() == .status(0))
        try await expectEachSentOnce(15, by: fleet)
        let run = try await fleet.database.rows("select status, role, exit_code, (counts->>'planned')::int from relance.runs")
        #expect(run == [["completed", "leader", "0", "15"]])
        #expect(try await fleet.database.count("select count(*) from relance.leases where expires_at > now()") == 0)
    }

    @Test func `a step is sent at its instant, not at the next poll, and never early`() async throws {
        let fleet = try await FleetFixture.make()
        try await fleet.addOrganization()
        try await fleet.database.execute("update reminder_steps set is_enabled = step = 'H-1'")
        let process = try await fleet.start(["--watch"])
        // H-1 of these comes due two seconds from now.
        try await fleet.book(5, startsIn: "1 hour 2 seconds")
        try await eventually("the sends") { try await fleet.states()["sent"] == 5 }
        #expect(
            try await fleet.database.count(
                "select count(*) from relance.delivery_attempts a join relance.deliveries d on d.id = a.delivery_id where a.opened_at < d.due_at"
            ) == 0)
        // A matter of moments, also on a busy machine.
        #expect(try await fleet.database.count("select max(lateness_s) from relance.deliveries where state = 'sent'") <= 5)
        process.send(SIGTERM)
        #expect(try await process.exit() == .status(0))
    }

    @Test func `one-shot and resident instances run together without duplicates`() async throws {
        let fleet = try await FleetFixture.make()
        try await fleet.addOrganization()
        let resident = try await fleet.start(["--watch"])
        for round in 1...4 {
            try await fleet.book(10, prefix: "t\(round)-")
            let result = try await fleet.run()
            #expect(result.exit == .status(0))
        }
        try await eventually("the sends") { try await fleet.states()["sent"] == 40 }
        resident.send(SIGTERM)
        #expect(try await resident.exit() == .status(0))
        try await expectEachSentOnce(40, by: fleet)
    }

    @Test func `a slow provider holds up only its own channel`() async throws {
        let fleet = try await FleetFixture.make()
        try await fleet.addOrganization()
        try await fleet.database.execute("update organization_settings set sms_enabled = true")
        // SMS and the step have been on for long: what came due before is sent too.
        try await fleet.database.execute("update reminder_steps set is_enabled = step = 'H-1', channel_activations = '{}'")
        try await fleet.simulator.setFaults(Data(#"[{"provider":"resend","kind":"delay","delay_ms":1500}]"#.utf8))
        let process = try await fleet.start(["--watch"], ["MAX_IN_FLIGHT": "4"])
        try await fleet.book(12, startsIn: "59 minutes", bookedAgo: "2 hours", prefix: "s")
        try await eventually(within: .seconds(30), "the texts, while mails still wait") {
            let rows = try await fleet.database.rows(
                "select count(*) filter (where channel = 'sms' and state = 'sent'), count(*) filter (where channel = 'email' and state <> 'sent') from relance.deliveries"
            )
            return rows.first?.first == "12" && rows.first?.last != "0"
        }
        process.send(SIGTERM)
        _ = try await process.exit(within: .seconds(30))
    }

    @Test func `a resident instance survives an outage of Postgres`() async throws {
        try await PrivateServers.with([.postgres]) { servers in
            let database = try await TestDatabase.create(onServer: servers.databaseURL)
            let fleet = try await FleetFixture.make(database: database)
            try await fleet.addOrganization()
            let process = try await fleet.start(["--watch"])
            try await fleet.book(5, prefix: "before")
            try await eventually("the first sends") { try await fleet.states()["sent"] == 5 }
            try await servers.crash(.postgres)
            try await servers.start(.postgres)
            try await eventually(within: .seconds(30), "a booking after the outage") {
                do { try await fleet.book(5, prefix: "after"); return true } catch { return false }
            }
            try await eventually(within: .seconds(30), "the second sends") { (try? await fleet.states()["sent"]) == 10 }
            process.send(SIGTERM)
            #expect(try await process.exit() == .status(0), "\(process.standardError.suffix(3000))")
            try await expectEachSentOnce(10, by: fleet)
        }
    }
}
