import Foundation
import TestSupport
import Testing

/// Several instances on one tick: every message once (K-41, D-10, D-81).
@Suite struct InstancesTests {
    @Test(arguments: [2, 20]) func `several instances on the same tick send every message once`(instances: Int) async throws {
        let fleet = try await FleetFixture.make(redisURL: TestServers.redisURL)
        try await fleet.addOrganization()
        try await fleet.book(40)
        try await runTogether(instances, of: fleet)
        try await expectEachSentOnce(40, by: fleet)
        let leaders = try await fleet.database.count(
            "select count(*) from relance.runs where role = 'leader' and (counts->>'planned')::int > 0")
        #expect(leaders == 1)
    }

    @Test(arguments: [2, 20]) func `without Redis the Postgres layers alone prevent duplicates`(instances: Int) async throws {
        let fleet = try await FleetFixture.make(redisURL: "redis+unix:///nowhere/redis.sock")
        try await fleet.addOrganization()
        try await fleet.book(40)
        try await runTogether(instances, of: fleet)
        try await expectEachSentOnce(40, by: fleet)
        #expect(try await fleet.database.count("select count(*) from relance.runs where is_degraded") == instances)
    }

    @Test func `Redis restarted in the middle of a run changes nothing`() async throws {
        try await PrivateServers.with([.redis]) { servers in
            let fleet = try await FleetFixture.make(redisURL: servers.redisURL)
            try await fleet.addOrganization()
            try await fleet.book(40)
            let first = try await fleet.start([], ["RELANCE_FAILPOINTS": "plan.written=stall:1500ms"])
            try await eventually("the leader's run") {
                try await fleet.database.count("select count(*) from relance.runs where role = 'leader'") == 1
            }
            try await servers.crash(.redis)
            try await servers.start(.redis)
            let second = try await fleet.start()
            #expect(try await first.exit() == .status(0))
            #expect(try await second.exit() == .status(0))
            try await fleet.run()
            try await expectEachSentOnce(40, by: fleet)
        }
    }

    @Test func `a leader stopped before planning cannot plan under its old epoch`() async throws {
        let fleet = try await FleetFixture.make(redisURL: "")
        try await fleet.addOrganization()
        try await fleet.book(10)
        let old = try await fleet.start([], ["RELANCE_FAILPOINTS": "leader.acquired=stop"])
        try await waitUntilStopped(old)
        try await eventually(within: .seconds(30), "a successor's planning") {
            try await fleet.run()
            return try await fleet.states()["sent"] == 10
        }
        try await fleet.book(5, prefix: "late")
        old.send(SIGCONT)
        #expect(try await old.exit() == .status(0))
        let planned = try await fleet.database.value(
            "select coalesce(sum((counts->>'planned')::int), 0) from relance.runs where epoch = (select min(epoch) from relance.runs where epoch is not null)"
        )
        #expect(planned == "0")
        try await fleet.run()
        try await expectEachSentOnce(15, by: fleet)
    }

    @Test func `a leader stopped inside its transaction does not hold up its successor`() async throws {
        let fleet = try await FleetFixture.make(redisURL: "")
        try await fleet.addOrganization()
        try await fleet.book(10)
        let old = try await fleet.start([], ["RELANCE_FAILPOINTS": "plan.written=stop"])
        try await waitUntilStopped(old)
        // The server ends the stopped leader's transaction after 5 s; its lease of 6 s runs out; then anybody may lead.
        try await eventually(within: .seconds(30), "a successor's planning") {
            try await fleet.run()
            return try await fleet.states()["sent"] == 10
        }
        old.send(SIGCONT)
        let exit = try await old.exit()
        #expect(exit == .status(75), "the old leader's transaction was ended by the server: \(old.standardError)")
        try await expectEachSentOnce(10, by: fleet)
    }

    private func runTogether(_ instances: Int, of fleet: FleetFixture) async throws {
        try await withThrowingTaskGroup { group in
            for _ in 0..<instances {
                group.addTask {
                    let result = try await fleet.run()
                    #expect(result.exit == .status(0), "\(result.errors)")
                }
            }
            try await group.waitForAll()
        }
    }
}

/// Waits until the kernel shows the process as stopped.
func waitUntilStopped(_ process: ChildProcess) async throws {
    try await eventually("the stop of process \(process.pid)") {
        let stat = (try? String(contentsOfFile: "/proc/\(process.pid)/stat", encoding: .utf8)) ?? ""
        return stat.split(separator: ")").last?.split(separator: " ").first == "T"
    }
}

/// Every T+0 went out, each to its own lead, none twice; the ledger says the same.
func expectEachSentOnce(_ count: Int, by fleet: FleetFixture) async throws {
    let recipients = try await fleet.effects().map(\.to)
    #expect(recipients.count == count)
    #expect(Set(recipients).count == count)
    #expect(try await fleet.states() == ["sent": count])
    #expect(try await fleet.database.count("select count(*) from relance.jobs") == 0)
    #expect(try await fleet.database.count("select count(*) from relance.delivery_attempts where closed_at is null") == 0)
}
