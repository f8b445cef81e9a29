import Foundation
import TestSupport
import Testing

/// What all commands share: help, flags, exit codes, and the state of the fleet on one screen.
@Suite struct CLICommandTests {
    @Test(arguments: [
        (["frobnicate"], "no such command"), (["jobs"], "which one?"), (["jobs", "shout"], "no such command"),
        (["status", "--loud"], "this command takes --json"), (["jobs", "list", "--limit", "0"], "from 1 to 1000"),
        (["jobs", "list", "--state", "asleep"], "one of scheduled"), (["jobs", "list", "--cursor", "x"], "not a key"),
        (["jobs", "show"], "the job's number is missing"), (["jobs", "show", "1", "2"], "not expected"),
        (["jobs", "list", "--json", "--json"], "given twice"), (["deliveries", "list", "--since", "yesterday"], "24h or 7d"),
        (["import", "bookings"], "the file is missing"), (["import", "bookings", "f", "--now", "soon"], "an instant such as"),
        (["import", "leads", "f", "--now", "-"], "only import bookings"), (["migrate", "--to", "999"], "a number from 0"),
        (["migrate", "--to"], "a value is missing"),
    ]) func `a bad command line is named, with exit code 64`(arguments: [String], sentence: String) async throws {
        let process = try await ChildProcess(
            "relance", arguments, environment: ["DATABASE_URL": "postgresql:///none?host=/nowhere"])
        #expect(try await process.exit() == .status(64))
        #expect(process.standardError.contains(sentence), "\(process.standardError)")
        #expect(process.standardError.contains("--help"))
    }

    @Test(arguments: [
        "status", "deliveries list", "deliveries summary", "jobs list", "jobs show", "jobs retry", "import organizations",
        "import leads",
        "import bookings", "migrate", "deliveries explain", "deliveries resolve", "deliveries retry", "deliveries cancel",
        "suppressions list", "suppressions add", "suppressions lift", "pause sending", "pause queue", "resume sending",
        "resume queue", "accounts list", "accounts set", "accounts enable", "accounts disable", "templates whatsapp list",
        "templates whatsapp set", "templates whatsapp unset", "inbound list", "inbound show", "inbound replay",
        "inbound rematch", "blacklist list", "blacklist add", "blacklist lift",
    ]) func `every command has help with examples`(name: String) async throws {
        let process = try await ChildProcess(
            "relance", name.split(separator: " ").map(String.init) + ["--help"], environment: [:])
        #expect(try await process.exit() == .status(0))
        #expect(process.standardOutput.contains("Usage: relance \(name)"))
        #expect(process.standardOutput.contains("Examples:\n  relance \(name.split(separator: " ")[0])"))
        #expect(process.standardOutput.contains("--json"))
    }

    @Test func `without DATABASE_URL the exit code is 78`() async throws {
        let process = try await ChildProcess("relance", ["status"], environment: [:])
        #expect(try await process.exit() == .status(78))
        #expect(process.standardError.contains("DATABASE_URL is not set"))
    }

    @Test(arguments: [["status"], ["jobs", "list"], ["deliveries", "summary"], ["jobs", "retry", "1"]])
    func `an unreachable server is exit code 69`(arguments: [String]) async throws {
        let process = try await ChildProcess(
            "relance", arguments, environment: ["DATABASE_URL": "postgresql:///none?host=/nowhere"])
        #expect(try await process.exit() == .status(69))
        #expect(process.standardError.contains("Check DATABASE_URL"))
    }

    @Test func `a database without the schema, or with an older one, is sent to relance migrate with exit code 78`() async throws
    {
        let empty = CLIFixture(database: try await TestDatabase.createEmpty())
        let older = try await CLIFixture.make()
        try await older.database.execute(
            "delete from relance_migrations where version = (select max(version) from relance_migrations)")
        for fixture in [empty, older] {
            let outcome = try await fixture.relance(["status"], environment: ["DATABASE_URL": fixture.database.url])
            #expect(outcome.exit == .status(78))
            #expect(outcome.errors.contains("run `relance migrate`"))
        }
    }

    @Test func `status shows an empty fleet and one in trouble`() async throws {
        let fixture = try await CLIFixture.make()
        let calm = try await fixture.relance(["status"])
        #expect(calm.exit == .status(0))
        #expect(calm.output.contains("development instance"))
        #expect(calm.output.contains("none yet"))

        try await fixture.addOrganization(leads: ["l1"])
        _ = try await fixture.addDeadJob(delivery: "failed")
        try await fixture.database.execute(
            """
            insert into relance.jobs (tenant_id, kind, queue, state, run_at) values ('acme', 'fax.send', 'fax', 'available', now());
            """)
        try await fixture.database.execute(
            "insert into relance.queue_controls (queue, paused_by, reason) values ('messages', 'ada', 'provider down')")
        try await fixture.database.execute(
            "insert into relance.system_alerts (fingerprint, kind, severity, message) values ('f', 'k', 'critical', 'resend refuses')"
        )
        try await fixture.database.execute(
            """
            insert into relance.runs (id, program, status, role, epoch, host, holder, business_now, started_at, finished_at, exit_code)
            select gen_random_uuid(), p, 'completed', 'leader', 1, 'h', 'x', now(), now() - d, now(), c
            from (values ('a', interval '1 hour', 69), ('a', interval '2 hours', 0), ('b', interval '3 hours', 0)) v (p, d, c)
            """)
        let page = try await fixture.relance(["status"]).output
        for text in [
            "queue messages paused", "provider down", "parked", "relance jobs list --state dead", "resend refuses", "1 failed",
        ] {
            #expect(page.contains(text), "\(text) is missing in: \(page)")
        }
        let json = try await fixture.relance(["status", "--json"]).json()
        let runs = try #require(json["runs"] as? [[String: Any]])
        #expect(runs.map { $0["program"] as? String } == ["a", "b"])
        #expect(runs.map { $0["exit"] as? Int } == [69, 0])
        #expect(json["open_alerts"] as? Int == 1)
        #expect((json["queue"] as? [[String: Any]])?.count == 2)
    }

    @Test func `tables that nobody watches have no colours`() async throws {
        let fixture = try await CLIFixture.make()
        _ = try await fixture.addDeadJob(delivery: "failed")
        #expect(try await !fixture.relance(["jobs", "list"]).output.contains("\u{1B}"))
    }
}
