import Foundation
import Postgres
import TestSupport
import Testing

/// abandon-recovery as it is shipped, with reminder-sender beside it and a provider that keeps record.
@Suite struct AbandonRecoveryTests {
    /// A Monday, ten o'clock in Paris; and an hour later.
    private static let monday = "2026-06-08T08:00:00Z"
    private static let hourLater = "2026-06-08T09:00:00Z"

    private func fleet(visits: Int) async throws -> FleetFixture {
        let fleet = try await FleetFixture.make(redisURL: "")
        try await fleet.database.execute("insert into organizations (id, name) values ('acme', 'Acme')")
        try await fleet.database.execute("update recovery_settings set activated_at = '2026-01-01T00:00:00Z'")
        try await fleet.database.execute(
            "insert into forms (tenant_id, id, name, status) values ('acme', 'f1', 'Devis', 'ACTIVE')")
        try await fleet.database.execute(
            """
            insert into form_abandons (tenant_id, id, form_id, session_id, email, name, last_activity_at, created_at)
            select 'acme', 'v' || g, 'f1', 'v' || g, 'v' || g || '@lead.example', 'Ève', $1, $1 from generate_series(1, $2::integer) g
            """, [.text(Self.monday), .int(visits)])
        return fleet
    }

    /// Runs a program to its end.
    private func run(
        _ program: String, _ arguments: [String], _ fleet: FleetFixture, _ changes: [String: String] = [:]
    ) async throws -> (exit: ChildProcess.Exit, output: String, errors: String) {
        // Operators have a role of their own.
        let url = fleet.database.workerURL.replacing(
            "relance_worker", with: program == "relance" ? "relance_ops" : "relance_worker")
        let process = try await ChildProcess(
            program, arguments, environment: fleet.environment(changes.merging(["DATABASE_URL": url]) { $1 }))
        let exit = try await process.exit(within: .seconds(60))
        return (exit, process.standardOutput, process.standardError)
    }

    private func tick(_ fleet: FleetFixture, at instant: String = hourLater) async throws {
        for program in ["abandon-recovery", "reminder-sender"] {
            let result = try await run(program, ["--now", instant], fleet)
            #expect(result.exit == .status(0), "\(program): \(result.errors)")
        }
    }

    private func expectEachOnce(_ count: Int, _ fleet: FleetFixture) async throws {
        let reached = try await fleet.effects().map(\.to).sorted()
        #expect(reached == (1...count).map { "v\($0)@lead.example" }.sorted())
        #expect(try await fleet.states() == ["sent": count])
    }

    @Test func `a dry run says what is planned, the run plans it, the deliverer sends it, and a repetition does nothing`()
        async throws
    {
        let fleet = try await fleet(visits: 2)
        let said = try await run("abandon-recovery", ["--dry-run", "--now", Self.hourLater], fleet)
        #expect(said.exit == .status(0), "\(said.errors)")
        #expect(said.output.contains("2026-06-08T09:00:00Z  acme  v1  f1  +1h  visitor:v1  send"), "\(said.output)")
        #expect(try await fleet.states() == [:])
        for _ in 0..<2 { try await tick(fleet) }
        try await expectEachOnce(2, fleet)
        let report = try await run("abandon-recovery", ["--now", Self.hourLater, "--json"], fleet)
        #expect(report.output.contains("\"planned\":0"), "\(report.output)")
        #expect(!report.errors.contains("lead.example") && !said.errors.contains("lead.example"))
    }

    @Test func `five of each program at once write to everybody once`() async throws {
        let fleet = try await fleet(visits: 20)
        try await withThrowingTaskGroup { group in
            for _ in 0..<5 {
                for program in ["abandon-recovery", "reminder-sender"] {
                    group.addTask {
                        let result = try await run(program, ["--now", Self.hourLater], fleet)
                        #expect(result.exit == .status(0), "\(program): \(result.errors)")
                    }
                }
            }
            try await group.waitForAll()
        }
        try await eventually(within: .seconds(60), "every mail") {
            try await tick(fleet)
            return try await fleet.states() == ["sent": 20]
        }
        try await expectEachOnce(20, fleet)
    }

    @Test(arguments: ["leader.acquired", "plan.picked", "plan.written", "plan.committed"])
    func `a planner that dies loses nothing and repeats nothing`(point: String) async throws {
        let fleet = try await fleet(visits: 5)
        let died = try await run(
            "abandon-recovery", ["--now", Self.hourLater], fleet, ["RELANCE_FAILPOINTS": "\(point)=kill@1"])
        #expect(died.exit == .signal(SIGKILL), "\(died.errors)")
        // The dead one's lease runs out; then anybody may lead.
        try await eventually(within: .seconds(60), "every mail") {
            try await tick(fleet)
            return try await fleet.states() == ["sent": 5]
        }
        try await expectEachOnce(5, fleet)
    }

    @Test func `without the key of addresses it says so and does not start`() async throws {
        let fleet = try await fleet(visits: 1)
        let refused = try await run("abandon-recovery", [], fleet, ["ADDRESS_HASH_KEY": ""])
        #expect(refused.exit == .status(78) && refused.errors.contains("ADDRESS_HASH_KEY"))
        let help = try await run("abandon-recovery", ["--help"], fleet)
        #expect(help.exit == .status(0) && help.output.contains("recoveries, rates, proof"))
    }

    @Test func `the story of a visit names each step, its decision and what is next`() async throws {
        let fleet = try await fleet(visits: 1)
        try await tick(fleet)
        try await tick(fleet)
        let story = try await run("relance", ["explain", "abandon", "v1"], fleet)
        #expect(story.exit == .status(0), "\(story.errors)")
        for words in [
            "Abandon v1 of Devis", "v•••@lead.example", "+1h", "sent at 2026-06-08 09:00:00Z", "relance deliveries explain",
            "+72h",
        ] {
            #expect(story.output.contains(words), "\(words): \(story.output)")
        }
        #expect(!story.output.contains("v1@"))
        let json = try await run("relance", ["explain", "abandon", "v1", "--json"], fleet)
        #expect(json.output.contains(#""verdict""#))
        let unknown = try await run("relance", ["explain", "abandon", "nobody"], fleet)
        #expect(unknown.exit != .status(0) && unknown.errors.contains("there is no abandon"))
    }

    @Test func `the story knows of an opt-out by the address's hash, and says where it cannot`() async throws {
        let fleet = try await fleet(visits: 1)
        let added = try await run(
            "relance",
            [
                "suppressions", "add", "--tenant", "acme", "--channel", "email", "--address", "v1@lead.example", "--scope",
                "marketing", "--reason", "asked by telephone",
            ], fleet)
        #expect(added.exit == .status(0), "\(added.errors)")
        let story = try await run("relance", ["explain", "abandon", "v1", "--json"], fleet)
        #expect(story.output.contains(#""knows_suppressions": true"#) && story.output.contains("the next look ends the sequence"))
        let without = try await run("relance", ["explain", "abandon", "v1"], fleet, ["ADDRESS_HASH_KEY": ""])
        #expect(without.exit == .status(0), "\(without.errors)")
        #expect(without.output.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains("set ADDRESS_HASH_KEY as"))
    }

    @Test func `an operator switches recovery off and on and reads the rates`() async throws {
        let fleet = try await fleet(visits: 1)
        let off = try await run(
            "relance", ["recovery", "set", "--tenant", "acme", "--state", "off", "--hold-out", "10", "--reason", "x"], fleet)
        #expect(off.exit == .status(0) && off.output.contains("off for acme; 10 of a hundred"), "\(off.output) \(off.errors)")
        try await tick(fleet)
        #expect(try await fleet.states() == [:])
        #expect(
            try await fleet.database.count("select count(*) from relance.operator_actions where action = 'recovery set'") == 1)
        for words in [["--state", "on"], ["--tenant", "acme"], ["--tenant", "acme", "--hold-out", "91"]] {
            #expect(try await run("relance", ["recovery", "set"] + words, fleet).exit == .status(64), "\(words)")
        }
        try await fleet.database.execute(
            "insert into recovery_rates values ('acme', 'f1', '2026-06-08', 40, 5, 10, 1, now())")
        let rates = try await run("relance", ["recovery", "rates", "--tenant", "acme"], fleet)
        #expect(
            rates.output.contains("2026-06-08") && rates.output.contains("12.5 %") && rates.output.contains("10.0 %"),
            "\(rates.output)")
    }

    @Test func `the rates are there within the hour, and until then it is said what they wait for`() async throws {
        let fleet = try await fleet(visits: 2)
        func rates() async throws -> String { try await run("relance", ["recovery", "rates"], fleet).output }
        #expect(try await rates() == "No rates match.\nNo sequence here has come to its first mail yet.\n")
        // What lay before the installation is counted by nobody.
        try await tick(fleet)
        #expect(
            try await rates()
                == "No rates match.\nabandon-recovery counts the 2 that have come to their first mail each hour, and has not done so yet.\n"
        )
        try await fleet.database.execute("update relance.instance set installed_at = $1", [.text(Self.monday)])
        try await tick(fleet, at: "2026-06-08T10:00:00Z")
        let counted = try await rates()
        #expect(counted.contains("2026-06-08") && counted.contains("Devis") && !counted.contains("No rates"), "\(counted)")
        let elsewhere = try await run("relance", ["recovery", "rates", "--form", "f2"], fleet)
        #expect(elsewhere.output == "No rates match.\nNo sequence here has come to its first mail yet.\n")
    }
}
