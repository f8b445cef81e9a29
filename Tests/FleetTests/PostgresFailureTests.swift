import Foundation
import TestSupport
import Testing

/// Postgres going away under the programs: nothing lost, nothing twice, a clear exit code (D-86).
@Suite struct PostgresFailureTests {
    @Test func `Postgres restarted while draining loses nothing and repeats nothing`() async throws {
        try await PrivateServers.with([.postgres]) { servers in
            let fleet = try await Self.fleet(on: servers, booked: 60)
            try await fleet.simulator.setFaults(Data(#"[{"provider":"resend","kind":"delay","delay_ms":700}]"#.utf8))
            let process = try await fleet.start([], ["MAX_IN_FLIGHT": "20"])
            try await eventually("requests in flight") { try await fleet.effects().count >= 10 }
            try await servers.crash(.postgres)
            try await servers.start(.postgres)
            #expect(
                try await process.exit(within: .seconds(60)) == .status(0),
                "outcomes are kept until Postgres is back: \(process.standardError)")
            try await settle(fleet)
            try await expectEachSentOnce(60, by: fleet)
        }
    }

    @Test func `a backend killed in the middle loses nothing and repeats nothing`() async throws {
        let fleet = try await FleetFixture.make()
        try await fleet.addOrganization()
        try await fleet.book(60)
        try await fleet.simulator.setFaults(Data(#"[{"provider":"resend","kind":"delay","delay_ms":300}]"#.utf8))
        let process = try await fleet.start(["--watch"], ["MAX_IN_FLIGHT": "20"])
        for round in 1...3 {
            try await eventually("requests in flight") { try await fleet.effects().count >= 15 * round }
            try await fleet.database.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'reminder-sender%' and datname = current_database()"
            )
        }
        try await eventually(within: .seconds(60), "all sends") { try await fleet.states() == ["sent": 60] }
        process.send(SIGTERM)
        #expect(try await process.exit(within: .seconds(60)) == .status(0), "\(process.standardError)")
        try await expectEachSentOnce(60, by: fleet)
    }

    @Test func `a statement that takes too long ends the run for now and leaves the work due`() async throws {
        let fleet = try await FleetFixture.make()
        try await fleet.addOrganization()
        try await fleet.book(5)
        let blocker = try await TestDatabase.connection(to: fleet.database)
        // A lock that planning needs, held for as long as the run lasts.
        try await blocker.execute("begin")
        try await blocker.execute("lock table relance.deliveries in access exclusive mode")
        let result = try await fleet.run(within: .seconds(90))
        #expect(result.exit == .status(75), "\(result.errors)")
        try await blocker.execute("rollback")
        try await fleet.run()
        try await expectEachSentOnce(5, by: fleet)
    }

    @Test func `a full disk ends the run for now, and the next one goes on`() async throws {
        try await PrivateServers.with([.postgres]) { servers in
            let fleet = try await Self.fleet(on: servers, booked: 0)
            try await fleet.book(1500)
            try await servers.limitFiles(to: 2 << 20)
            let full = try await fleet.run(["--budget", "20s"], within: .seconds(90))
            #expect(full.exit == .status(75), "\(full.errors)")
            #expect(full.errors.contains("53100"))
            try await servers.limitFiles(to: nil)
            try await eventually(within: .seconds(90), "all sends") {
                try await fleet.run(within: .seconds(60))
                return try await fleet.states() == ["sent": 1500]
            }
            let recipients = try await fleet.effects().map(\.to)
            #expect(Set(recipients).count == 1500)
            #expect(recipients.count == 1500)
        }
    }

    @Test func `an unreachable Postgres is said so, with exit code 69`() async throws {
        let result = try await Self.bare(["DATABASE_URL": "postgresql:///relance?host=/nowhere"])
        #expect(result.exit == .status(69))
        #expect(result.errors.contains("Check DATABASE_URL"))
    }

    @Test func `a Postgres that does not answer is not waited for without end`() async throws {
        try await PrivateServers.with([.postgres]) { servers in
            let fleet = try await Self.fleet(on: servers, booked: 1)
            try await servers.freeze(.postgres)
            let result = try await fleet.run(within: .seconds(60))
            #expect(result.exit == .status(69), "\(result.errors)")
            try await servers.thaw(.postgres)
        }
    }

    private static func fleet(on servers: PrivateServers, booked: Int) async throws -> FleetFixture {
        let database = try await TestDatabase.create(onServer: servers.databaseURL)
        let fleet = try await FleetFixture.make(database: database)
        try await fleet.addOrganization()
        if booked > 0 { try await fleet.book(booked) }
        return fleet
    }

    private static func bare(_ environment: [String: String]) async throws -> (exit: ChildProcess.Exit, errors: String) {
        let process = try await ChildProcess(
            "reminder-sender", environment: ["ADDRESS_HASH_KEY": "0123456789abcdef"].merging(environment) { $1 })
        return (try await process.exit(), process.standardError)
    }
}
