import Foundation
import TestSupport
import Testing

/// Bad flags, bad configuration, wrong schema: a message that names the next step, and the right exit code.
@Suite struct MisuseTests {
    @Test(arguments: [
        (["--frobnicate"], "unknown flag"), (["--budget", "soon"], "a duration such as 50s"), (["--limit", "0"], "above 0"),
        (["--now", "yesterday"], "an instant such as"), (["--schedule", "nightly"], "reminders, housekeeping, proof"),
        (["--budget"], "a value is missing"), (["--watch", "--dry-run"], "--watch goes with none of"),
    ]) func `bad flags are named, with exit code 64`(arguments: [String], sentence: String) async throws {
        let process = try await ChildProcess("reminder-sender", arguments, environment: [:])
        #expect(try await process.exit() == .status(64))
        #expect(process.standardError.contains(sentence), "\(process.standardError)")
        #expect(process.standardError.contains("reminder-sender --help"))
    }

    @Test func `every fault of the configuration is listed at once, with exit code 78`() async throws {
        let process = try await ChildProcess(
            "reminder-sender",
            environment: [
                "REDIS_URL": "http://elsewhere", "LOG_LEVEL": "loud", "EMAIL_PROVIDERS": "pigeon,resend", "MAX_IN_FLIGHT": "9999",
                "MAIL_FROM": "nobody", "JOB_LEASE": "5s", "PROVIDER_TIMEOUT": "10s", "TWILIO_ACCOUNT_SID": "AC1",
                "RESEND_API_KEY_FILE": "/nowhere/key",
            ])
        #expect(try await process.exit() == .status(78))
        for word in [
            "DATABASE_URL", "REDIS_URL", "LOG_LEVEL", "EMAIL_PROVIDERS must list", "names resend", "MAX_IN_FLIGHT", "MAIL_FROM",
            "ADDRESS_HASH_KEY", "PROVIDER_TIMEOUT", "TWILIO_AUTH_TOKEN", "RESEND_API_KEY_FILE",
        ] {
            #expect(process.standardError.contains(word), "\(word) is missing in: \(process.standardError)")
        }
    }

    @Test func `a database without the schema is sent to relance migrate, with exit code 78`() async throws {
        let database = try await TestDatabase.createEmpty()
        let process = try await ChildProcess(
            "reminder-sender", environment: ["DATABASE_URL": database.url, "ADDRESS_HASH_KEY": "0123456789abcdef"])
        #expect(try await process.exit() == .status(78))
        #expect(process.standardError.contains("relance migrate"))
    }

    @Test func `an older schema is sent to relance migrate, with exit code 78`() async throws {
        let fleet = try await FleetFixture.make()
        try await fleet.database.execute(
            "delete from relance_migrations where version = (select max(version) from relance_migrations)")
        let result = try await fleet.run()
        #expect(result.exit == .status(78))
        #expect(result.errors.contains("run `relance migrate`"))
    }

    @Test(arguments: [["--now", "2026-11-20T08:00:00Z"], []]) func `production refuses time travel and failpoints`(
        arguments: [String]
    ) async throws {
        let fleet = try await FleetFixture.make()
        try await fleet.database.execute("update relance.instance set environment = 'production'")
        let result = try await fleet.run(arguments, arguments.isEmpty ? ["RELANCE_FAILPOINTS": "jobs.claimed=kill"] : [:])
        #expect(result.exit == .status(78), "\(result.errors)")
        #expect(result.errors.contains("development instance only"))
        #expect(try await fleet.database.count("select count(*) from relance.runs") == 0)
    }

    @Test func `a dry run prints what is due and writes nothing`() async throws {
        let fleet = try await FleetFixture.make()
        try await fleet.addOrganization()
        try await fleet.book(3)
        let result = try await fleet.run(["--dry-run"])
        #expect(result.exit == .status(0))
        #expect(result.output.contains("T+0"))
        #expect(result.output.contains("3 steps; nothing was written"))
        #expect(
            try await fleet.database.count(
                "select (select count(*) from relance.runs) + (select count(*) from relance.deliveries) + (select count(*) from relance.jobs)"
            ) == 0)
    }

    @Test func `the report, the metrics file and the help are there for the asking`() async throws {
        let fleet = try await FleetFixture.make()
        try await fleet.addOrganization()
        try await fleet.book(2)
        let metrics = "\(TestServers.directory)/metrics-\(UUID().uuidString).prom"
        let result = try await fleet.run(["--json", "--metrics-file", metrics])
        struct Report: Decodable {
            let role: String
            let exit: Int
            let counts: [String: Int]
        }
        let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
        #expect(report.role == "leader")
        #expect(report.counts["planned"] == 2)
        #expect(report.counts["completed"] == 2)
        #expect(
            try String(contentsOfFile: metrics, encoding: .utf8).contains(
                "relance_run_items{program=\"reminder-sender\",what=\"planned\"} 2"))
        #expect(try await fleet.run(["--help"]).output.contains("Examples:"))
        #expect(try await fleet.run(["--version"]).output.hasPrefix("reminder-sender "))
    }

    @Test func `no address, name or secret is logged`() async throws {
        let fleet = try await FleetFixture.make()
        try await fleet.addOrganization()
        try await fleet.book(3)
        try await fleet.simulator.setFaults(
            Data(#"[{"provider":"resend","kind":"status","status":422,"code":"validation_error","count":2}]"#.utf8))
        let result = try await fleet.run([], ["LOG_LEVEL": "debug"])
        for word in ["@lead.example", "Lead 1", "re_test", "a-key-for-tests", "+3363998"] {
            #expect(!result.errors.contains(word), "\(word)")
        }
    }
}
