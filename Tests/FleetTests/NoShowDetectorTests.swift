import Foundation
import Postgres
import TestSupport
import Testing

/// The shipped detector with the shipped deliverer behind it.
@Suite(.serialized)
struct NoShowDetectorTests {
    /// An organisation as of May, with an appointment for Wednesday 2026-06-10, 14:00 in Paris, that somebody came to.
    private func fleet(_ role: String = "closer", settings: String = "sms_enabled = false") async throws -> FleetFixture {
        let fleet = try await FleetFixture.make()
        try await fleet.addOrganization()
        try await fleet.database.execute("update no_show_steps set activated_at = '2026-05-01Z'")
        try await fleet.database.execute("update organization_settings set \(settings)")
        try await fleet.database.execute(
            "insert into leads (tenant_id, id, name, email) values ('acme', 'lead', 'Luc', 'luc@lead.example')")
        try await fleet.database.execute(
            """
            insert into appointments (tenant_id, id, lead_id, closer_id, starts_at, created_at, video)
            values ('acme', 'a1', 'lead', 'closer', '2026-06-10T12:00Z', '2026-06-01Z', 'livekit')
            """)
        try await fleet.database.execute(
            "insert into calls (tenant_id, id, appointment_id, started_at) values ('acme', 'a1:1', 'a1', '2026-06-10T12:00Z')")
        try await fleet.database.execute(
            """
            insert into call_participants (tenant_id, call_id, identity, role, joined_at)
            values ('acme', 'a1:1', 'x', $1, '2026-06-10T12:00Z')
            """, [.text(role)])
        return fleet
    }

    @discardableResult
    private func detect(
        _ fleet: FleetFixture, at now: String, _ arguments: [String] = ["--json"], _ changes: [String: String] = [:]
    ) async throws -> (exit: ChildProcess.Exit, output: String, errors: String) {
        let process = try await ChildProcess(
            "no-show-detector", ["--now", now] + arguments, environment: fleet.environment(changes))
        let exit = try await process.exit(within: .seconds(60))
        return (exit, process.standardOutput, process.standardError)
    }

    private func mails(_ fleet: FleetFixture) async throws -> [String] { try await fleet.effects().map(\.to).sorted() }

    @Test func `five detectors find one no-show, and its lead gets one mail a step`() async throws {
        let fleet = try await fleet()
        for now in ["2026-06-10T12:15:00Z", "2026-06-10T12:45:00Z", "2026-06-12T07:00:00Z"] {
            try await withThrowingTaskGroup { group in
                for _ in 0..<5 {
                    group.addTask {
                        let run = try await detect(fleet, at: now)
                        #expect(run.exit == .status(0), "\(run.errors)")
                    }
                }
                try await group.waitForAll()
            }
            let run = try await fleet.run(["--now", now])
            #expect(run.exit == .status(0), "\(run.errors)")
        }
        #expect(try await fleet.database.value("select status from appointments") == "NO_SHOW")
        #expect(try await fleet.database.rows("select cause, state from no_show_marks") == [["lead", "active"]])
        #expect(
            try await fleet.database.rows("select step, state from relance.deliveries order by id") == [
                ["J+0", "sent"], ["J+2", "sent"],
            ])
        #expect(try await mails(fleet) == ["luc@lead.example", "luc@lead.example"])
        let requests = String(decoding: try await fleet.simulator.requests(), as: UTF8.self)
        #expect(requests.contains("List-Unsubscribe"))
    }

    @Test func `an absent host is told to whoever is in charge, by mail and in the application`() async throws {
        let fleet = try await fleet("lead")
        try await detect(fleet, at: "2026-06-10T12:15:00Z")
        try await fleet.run(["--now", "2026-06-10T12:15:00Z"])
        #expect(try await mails(fleet) == ["ada@example.test"])
        #expect(
            try await fleet.database.rows("select user_id, kind, appointment_id from notifications") == [
                ["admin", "no_show", "a1"]
            ])
        #expect(try await fleet.database.value("select status from appointments") == "SCHEDULED")
    }

    @Test func `whoever comes between planning and sending is not written to`() async throws {
        let fleet = try await fleet()
        try await detect(fleet, at: "2026-06-10T12:15:00Z")
        try await detect(fleet, at: "2026-06-10T12:45:00Z")
        // By another application, without a word to us: a newer appointment.
        try await fleet.database.execute(
            """
            insert into appointments (tenant_id, id, lead_id, starts_at, created_at)
            values ('acme', 'a2', 'lead', '2026-06-20T12:00Z', '2026-06-10T12:46Z')
            """)
        try await fleet.run(["--now", "2026-06-10T12:47:00Z"])
        #expect(
            try await fleet.database.rows("select step, state, reason from relance.deliveries where step = 'J+0'") == [
                ["J+0", "skipped", "newer_appointment"]
            ])
        #expect(try await mails(fleet).contains("luc@lead.example") == false)
    }

    @Test func `the weekly rate is counted when it is sent`() async throws {
        let fleet = try await fleet()
        try await detect(fleet, at: "2026-06-10T12:15:00Z")
        let run = try await detect(fleet, at: "2026-06-15T07:00:00Z")
        #expect(run.exit == .status(0) && run.output.contains("\"weeks\":1"), "\(run.output) \(run.errors)")
        try await fleet.run(["--now", "2026-06-15T07:00:00Z"])
        #expect(try await mails(fleet).contains("ada@example.test"))
        #expect(
            try await fleet.database.value("select title from notifications where kind = 'no_show_rate'")
                == "Absences de la semaine\u{202F}: 100,0\u{202F}%")
    }

    @Test(arguments: ["leader.acquired", "plan.picked", "plan.written", "plan.committed"])
    func `a death at any boundary repeats nothing and loses nothing`(point: String) async throws {
        let fleet = try await fleet("lead")
        let killed = try await detect(
            fleet, at: "2026-06-10T12:15:00Z", ["--json"], ["RELANCE_FAILPOINTS": "\(point)=kill"])
        #expect(killed.exit == .signal(9), "\(killed.errors)")
        // Its lease must run out first.
        try await eventually(within: .seconds(30), "a leader") {
            try await detect(fleet, at: "2026-06-10T12:16:00Z").output.contains("\"role\":\"leader\"")
        }
        #expect(try await fleet.database.rows("select cause, state from no_show_marks") == [["host", "active"]])
        #expect(try await fleet.database.count("select count(*) from relance.deliveries where step = 'host'") == 2)
        #expect(try await fleet.database.count("select count(*) from relance.jobs") == 2)
    }

    @Test func `a dry run says it all and writes nothing`() async throws {
        let fleet = try await fleet("lead")
        let run = try await detect(fleet, at: "2026-06-10T12:15:00Z", ["--dry-run"])
        #expect(run.exit == .status(0), "\(run.errors)")
        for phrase in ["mark: host", "user:admin  send", "nothing was written"] {
            #expect(run.output.contains(phrase), "\(run.output)")
        }
        #expect(
            try await fleet.database.count(
                """
                select (select count(*) from no_show_marks) + (select count(*) from relance.deliveries)
                    + (select count(*) from relance.leases) + (select count(*) from relance.runs)
                """) == 0)
    }

    @Test func `half a configuration of LiveKit is refused`() async throws {
        let fleet = try await fleet()
        for changes in [["LIVEKIT_URL": "wss://x.example"], ["LIVEKIT_API_KEY": "k", "LIVEKIT_URL": "wss://x.example"]] {
            let run = try await detect(fleet, at: "2026-06-10T12:15:00Z", [], changes)
            #expect(run.exit == .status(78) && run.errors.contains("LIVEKIT_API_SECRET"), "\(run.errors)")
        }
    }

    @Test func `operators decide what waits for a word, and it is written down`() async throws {
        let fleet = try await fleet(settings: "no_show_mode = 'review'")
        let cli = CLIFixture(database: fleet.database)
        try await detect(fleet, at: "2026-06-10T12:15:00Z")
        let listed = try await cli.relance(["no-show", "list", "--state", "proposed", "--json"])
        let marks = try #require(try listed.json()["no_shows"] as? [[String: Any]])
        #expect(marks.count == 1 && marks[0]["cause"] as? String == "lead" && marks[0]["appointment"] as? String == "a1")
        let id = try #require(marks[0]["id"] as? String)
        #expect(try await cli.relance(["no-show", "confirm", id, "--tenant", "other"]).exit == .status(65))
        let confirmed = try await cli.relance(["no-show", "confirm", id, "--reason", "did not answer", "--json"])
        #expect(confirmed.exit == .status(0), "\(confirmed.errors)")
        #expect(try confirmed.json()["outcome"] as? String == "confirmed")
        #expect(try await fleet.database.value("select status from appointments") == "NO_SHOW")
        #expect(try await cli.relance(["no-show", "dismiss", id]).exit == .status(65))
        #expect(try await cli.relance(["no-show", "dismiss", "nonsense"]).exit == .status(64))
        #expect(try await cli.actions() == [["ada", "no-show confirm", "no_show:acme/\(id)"]])
        let table = try await cli.relance(["no-show", "list", "--lead", "lead"])
        #expect(table.output.contains("acme/a1") && table.output.contains("active"), "\(table.output)")
    }

    @Test func `an appointment's story is told from its evidence to what comes next`() async throws {
        let fleet = try await fleet()
        let cli = CLIFixture(database: fleet.database)
        try await detect(fleet, at: "2026-06-10T12:15:00Z")
        try await detect(fleet, at: "2026-06-10T12:45:00Z")
        let told = try await cli.relance(["explain", "appointment", "a1", "--tenant", "acme", "--json"])
        #expect(told.exit == .status(0), "\(told.errors)")
        let story = try told.json()
        #expect(story["status"] as? String == "NO_SHOW")
        let marks = try #require(story["marks"] as? [[String: Any]])
        #expect(marks.map { $0["cause"] as? String } == ["lead"])
        let calls = try #require(story["calls"] as? [[String: Any]])
        #expect((calls.first?["people"] as? [[String: Any]])?.first?["role"] as? String == "closer")
        let steps = try #require(story["steps"] as? [[String: Any]])
        let today = try #require(steps.first { $0["step"] as? String == "J+0" })
        #expect(today["decision"] as? String == "pending")
        #expect((today["next"] as? String)?.hasPrefix("relance deliveries explain") == true)
        #expect(steps.contains { $0["step"] as? String == "J+2" && $0["delivery"] is NSNull })
        let page = try await cli.relance(["explain", "appointment", "a1", "--tenant", "acme"])
        #expect(page.output.contains("NO_SHOW") && page.output.contains("J+2"), "\(page.output)")
        #expect(try await cli.relance(["explain", "appointment", "nope", "--tenant", "acme"]).exit == .status(65))
        #expect(try await cli.relance(["explain", "appointment", "a1"]).exit == .status(64))
    }
}
