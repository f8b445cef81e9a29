import Foundation
import TestSupport
import Testing

/// Processes that die: nothing lost, nothing twice, and what cannot be known is said to be unknown (I1, I4, D-11, D-82).
@Suite struct CrashTests {
    /// Where a process can die, whoever carries its messages.
    private static let points = [
        "leader.acquired", "plan.picked", "plan.written", "plan.committed", "jobs.claimed", "message.composed",
        "attempt.opened", "request.answered", "jobs.settled",
    ]

    /// Where the provider makes a difference.
    private static let boundaries = ["message.composed", "attempt.opened", "request.answered", "jobs.settled"]

    @Test(arguments: points) func `a death at any boundary loses nothing and repeats nothing`(point: String) async throws {
        try await die(at: point, 1, sendingBy: .resend)
    }

    @Test(arguments: Post.allCases, boundaries) func `whoever carries the messages, a death repeats none of them`(
        post: Post, point: String
    ) async throws {
        try await die(at: point, 1, sendingBy: post)
    }

    @Test(arguments: Post.allCases, [2, 5, 11]) func `a death in the midst of the answers repeats none of them`(
        post: Post, number: Int
    ) async throws {
        try await die(at: "request.answered", number, sendingBy: post)
    }

    /// A process dies over twelve messages; others settle what it left. The simulator's record against the ledger shows that
    /// nothing was sent twice, that nothing was lost, and that `uncertain` is only what cannot be known.
    private func die(at point: String, _ number: Int, sendingBy post: Post) async throws {
        let fleet = try await FleetFixture.make(redisURL: "")
        let variables = try await post.prepare(12, in: fleet)
        let died = try await fleet.run([], variables.merging(["RELANCE_FAILPOINTS": "\(point)=kill@\(number)"]) { $1 })
        #expect(died.exit == .signal(SIGKILL), "\(died.errors)")
        try await post.settle(fleet, variables)

        let reached = try await fleet.effects().map(\.to)
        #expect(Set(reached).count == reached.count, "sent twice: \(reached)")
        let states = try await fleet.states()
        #expect(states.values.reduce(0, +) == 12)
        #expect(states.keys.allSatisfy { ["sent", "uncertain"].contains($0) }, "\(states)")
        switch post {
        // They know a repetition by its key, or ourselves do.
        case .resend, .outbox: #expect(states == ["sent": 12])
        // Their records, or their events, tell what they had taken in; what they had not is not known for certain.
        case .sendgrid, .twilio, .greenAPI: #expect(states["sent"] ?? 0 == reached.count)
        // Nobody can be asked.
        case .smtp: #expect(states["sent"] ?? 0 <= reached.count)
        }
        if post == .resend { #expect(reached.count == 12) }
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
