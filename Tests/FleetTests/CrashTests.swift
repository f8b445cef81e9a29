import Foundation
import TestSupport
import Testing

/// Processes that die: nothing lost, nothing twice, and what cannot be known is said to be unknown (I1, I4, D-11, D-82).
@Suite struct CrashTests {
    private static let providers = ["resend", "sendgrid", "outbox"]
    private static let points = [
        "leader.acquired", "plan.picked", "plan.written", "plan.committed", "jobs.claimed", "message.composed", "attempt.opened",
        "request.answered", "jobs.settled",
    ]

    @Test(arguments: points, providers) func `a death at any boundary loses nothing and repeats nothing`(
        point: String, provider: String
    ) async throws {
        let fleet = try await FleetFixture.make(redisURL: "")
        try await fleet.addOrganization()
        try await fleet.book(12)
        let died = try await fleet.run([], ["EMAIL_PROVIDERS": provider, "RELANCE_FAILPOINTS": "\(point)=kill@1"])
        #expect(died.exit == .signal(SIGKILL), "\(died.errors)")

        let settled = try await settle(fleet, ["EMAIL_PROVIDERS": provider])
        let recipients = try await fleet.effects().map(\.to)
        #expect(Set(recipients).count == recipients.count, "sent twice")
        let states = try await fleet.states()
        #expect(states.keys.allSatisfy { ["sent", "uncertain"].contains($0) }, "\(states), \(settled)")
        #expect(states.values.reduce(0, +) == 12)
        // SendGrid knows no keys: what was in flight at the death stays unknown. The others recognise a repetition.
        let mayBeUncertain = provider == "sendgrid" && ["attempt.opened", "request.answered", "jobs.settled"].contains(point)
        if !mayBeUncertain { #expect(states == ["sent": 12]) }
        if provider != "outbox" { #expect(recipients.count >= states["sent"] ?? 0) }
        if provider == "resend" { #expect(recipients.count == 12) }
    }

    @Test func `what a killed drainer held runs elsewhere when its lease ends`() async throws {
        let fleet = try await FleetFixture.make(redisURL: "")
        try await fleet.addOrganization()
        try await fleet.book(30)
        let died = try await fleet.run([], ["RELANCE_FAILPOINTS": "jobs.claimed=kill@1"])
        #expect(died.exit == .signal(SIGKILL))
        #expect(try await fleet.database.count("select count(*) from relance.jobs where state = 'running'") == 30)
        let resident = try await fleet.start(["--watch"])
        try await eventually(within: .seconds(20), "the sends") { try await fleet.states()["sent"] == 30 }
        let stories = try await fleet.database.count(
            "select count(*) from relance.job_history where errors->0->>'error' = 'process died'")
        #expect(stories == 30, "each job tells of the death")
        resident.send(SIGTERM)
        #expect(try await resident.exit() == .status(0))
        try await expectEachSentOnce(30, by: fleet)
    }

    @Test func `a poison job is quarantined after three deaths alone and condemns no neighbour`() async throws {
        let fleet = try await FleetFixture.make(redisURL: "")
        try await fleet.addOrganization()
        try await fleet.book(8)
        try await fleet.book(1, prefix: "poison")
        let failpoints = ["RELANCE_FAILPOINTS": "message.composed=kill~poison"]
        var deaths = 0
        try await eventually(within: .seconds(60), "the quarantine") {
            let exit = try await fleet.run([], failpoints).exit
            if exit == .signal(SIGKILL) { deaths += 1 }
            return try await fleet.database.count("select count(*) from relance.dead_jobs") == 1
        }
        #expect(deaths == 4, "once with its neighbours, three times alone")
        let dead = try await fleet.database.rows(
            "select reason, crashes, jsonb_array_length(errors), dedupe_key from relance.dead_jobs")
        #expect(dead.first?.prefix(3) == ["poison", "3", "4"])
        #expect(dead.first?.last?.contains("poison1") == true)
        try await settle(fleet)
        #expect(try await fleet.states()["sent"] == 8)
    }

    @Test func `SIGTERM returns what has not begun with its attempt unspent`() async throws {
        let fleet = try await FleetFixture.make(redisURL: "")
        try await fleet.addOrganization()
        try await fleet.book(20)
        let process = try await fleet.start([], ["RELANCE_FAILPOINTS": "message.composed=stall:1500ms"])
        try await eventually("the claim") {
            try await fleet.database.count("select count(*) from relance.jobs where state = 'running'") == 20
        }
        process.send(SIGTERM)
        #expect(try await process.exit() == .status(75))
        #expect(
            try await fleet.database.count("select count(*) from relance.jobs where state = 'available' and attempts = 0") == 20)
        #expect(try await fleet.effects().isEmpty)
        try await fleet.run()
        try await expectEachSentOnce(20, by: fleet)
    }
}
