import Foundation
import TestSupport
import Testing

/// Many messages through a provider that fails as providers do: nothing lost, nothing twice, and the healthy ones go on.
@Suite struct FaultyProviderTests {
    private static let faults = """
        [{"kind":"status","status":429,"retry_after":1,"probability":0.01},{"kind":"status","status":500,"probability":0.01},
         {"kind":"reset_after_accept","probability":0.005},{"kind":"garbage","probability":0.005},
         {"kind":"hang_after_accept","probability":0.01,"delay_ms":60000}]
        """

    @Test func `a provider's pace is kept within one run, with few refusals`() async throws {
        let fleet = try await FleetFixture.make()
        let variables = try await Post.resend.prepare(60, in: fleet)
        try await fleet.simulator.set(Data(#"{"resend_per_second":10}"#.utf8))
        let run = try await fleet.run(["--budget", "50s"], variables, within: .seconds(90))
        #expect(run.exit == .status(0), "\(run.errors)")
        #expect(try await fleet.states() == ["sent": 60])
        // Those that left before the first answer told of the window, and a few at the turn of a second.
        let refused = try await fleet.database.count(
            "select count(*) from relance.delivery_attempts where outcome = 'refused'")
        #expect(refused < 120, "\(refused) refusals")
    }

    @Test(arguments: [Post.resend, .sendgrid, .twilio])
    func `faults here and there cost no message, and none goes out twice`(post: Post) async throws {
        let fleet = try await FleetFixture.make()
        let count = 1500
        let variables = try await post.prepare(count, in: fleet)
        try await fleet.simulator.setFaults(Data(Self.faults.utf8))
        let first = try await fleet.run(["--budget", "50s"], variables, within: .seconds(90))
        #expect(first.exit == .status(0), "\(first.errors)")
        // One run is enough for all that the provider took at once.
        #expect(try await fleet.states()["sent"] ?? 0 > count * 9 / 10)
        try await fleet.simulator.setFaults(Data("[]".utf8))
        try await post.settle(fleet, variables)

        let reached = try await fleet.effects().map(\.to)
        #expect(Set(reached).count == reached.count)
        let states = try await fleet.states()
        #expect(states.values.reduce(0, +) == count)
        #expect(Set(states.keys).isSubset(of: ["sent", "uncertain"]), "\(states)")
        #expect(states["sent"] ?? 0 == reached.count)
        if post == .resend { #expect(states == ["sent": count]) }
    }
}
