import Foundation
import HTTPServer
import Synchronization
import TestSupport
import Testing

/// The shipped program with Sentry and healthchecks.io watching.
@Suite struct WatchedTests {
    private final class Watcher: Sendable {
        private final class Notes: Sendable { let lines = Mutex<[String]>([]) }

        private let notes = Notes()
        private let server: HTTPServer

        /// - Parameter delay: how long it keeps its peers waiting.
        init(delay: Duration = .zero) throws {
            let notes = notes
            server = try HTTPServer.start(asyncHandler: { request in
                notes.lines.withLock { $0.append(request.target + " " + String(decoding: request.body, as: UTF8.self)) }
                try? await Task.sleep(for: delay)
                return HTTPServerResponse()
            })
        }

        var environment: [String: String] {
            [
                "SENTRY_DSN": "http://abc123@127.0.0.1:\(server.port)/1",
                "HEALTHCHECKS_URL": "http://127.0.0.1:\(server.port)/ping/uuid",
            ]
        }
        var lines: [String] { notes.lines.withLock { $0 } }
        var pings: [Substring] { lines.filter { $0.hasPrefix("/ping") }.map { $0.prefix { $0 != "?" && $0 != " " } } }
        func count(of words: String) -> Int { lines.filter { $0.contains(words) }.count }
    }

    @Test func `a run that leads tells its start and its end, and nothing personal`() async throws {
        let fleet = try await FleetFixture.make()
        let watcher = try Watcher()
        try await fleet.addOrganization()
        try await fleet.book(3)
        #expect(try await fleet.run([], watcher.environment).exit == .status(0))
        #expect(watcher.pings == ["/ping/uuid/start", "/ping/uuid"])
        #expect(watcher.count(of: "planned 3\n") == 1)
        #expect(watcher.count(of: "\"in_progress\"") == 1 && watcher.count(of: "\"ok\"") == 1)
        #expect(watcher.count(of: "reminder-sender-housekeeping") == 2)
        #expect(watcher.count(of: "\"type\":\"event\"") == 0)
        for word in ["lead.example", "Lead 1", "+3363998", "abc123"] { #expect(watcher.count(of: word) == 0, "\(word)") }
    }

    @Test func `a rehearsal tells nothing`() async throws {
        let fleet = try await FleetFixture.make()
        let watcher = try Watcher()
        #expect(try await fleet.run(["--dry-run"], watcher.environment).exit == .status(0))
        #expect(try await fleet.run(["--now", "2026-11-20T08:00:00Z"], watcher.environment).exit == .status(0))
        #expect(watcher.lines.isEmpty)
    }

    @Test func `a defect is an event, its exit code is told, and stays`() async throws {
        let fleet = try await FleetFixture.make()
        let watcher = try Watcher()
        try await fleet.addOrganization()
        try await fleet.book(1)
        try await fleet.database.execute("alter table relance.deliveries add constraint never check (false) not valid")
        let result = try await fleet.run([], watcher.environment)
        #expect(result.exit == .status(70), "\(result.errors)")
        #expect(watcher.pings == ["/ping/uuid/start", "/ping/uuid/70"])
        #expect(watcher.count(of: "sqlstate_23514 in plan_reminders") == 1)
        #expect(watcher.count(of: "\"exit_code\":\"70\"") == 1)
        #expect(watcher.count(of: "\"error\",\"release\"") == 1)
    }

    @Test func `a process that died is told by whoever takes its jobs back`() async throws {
        let fleet = try await FleetFixture.make()
        let watcher = try Watcher()
        try await fleet.addOrganization()
        try await fleet.book(2)
        #expect(try await fleet.run([], ["RELANCE_FAILPOINTS": "jobs.claimed=kill"]).exit == .signal(SIGKILL))
        try await eventually(within: .seconds(30), "the end of the dead process's lease") {
            let run = try await fleet.run([], watcher.environment)
            #expect(run.exit == .status(0))
            return watcher.count(of: "process_died") > 0
        }
        #expect(watcher.count(of: "process_died") == 1)
        #expect(watcher.count(of: "\"fatal\"") == 1)
    }

    @Test func `a Postgres that is away is told, but is no event`() async throws {
        let fleet = try await FleetFixture.make()
        let watcher = try Watcher()
        let changes = watcher.environment.merging(["DATABASE_URL": "postgresql://127.0.0.1:1/x?connect_timeout=2"]) { $1 }
        #expect(try await fleet.run([], changes).exit == .status(69))
        #expect(watcher.pings == ["/ping/uuid/69"])
        #expect(watcher.count(of: "\"type\":\"event\"") == 0)
        #expect(watcher.count(of: "\"type\":\"check_in\"") == 1)
    }

    @Test func `whoever watches cannot hold a run up or change its end`() async throws {
        let fleet = try await FleetFixture.make()
        let watcher = try Watcher(delay: .seconds(60))
        try await fleet.addOrganization()
        try await fleet.book(1)
        let begun = ContinuousClock.now
        #expect(try await fleet.run([], watcher.environment).exit == .status(0))
        #expect(ContinuousClock.now - begun < .seconds(5))
        #expect(try await fleet.states() == ["sent": 1])
    }

    @Test func `a resident run beats once a period, not at each turn`() async throws {
        let fleet = try await FleetFixture.make()
        let watcher = try Watcher()
        let process = try await fleet.start(["--watch"], watcher.environment)
        try await eventually("the first beat") { watcher.pings.count == 1 }
        // Three turns of the planner and more.
        try await Task.sleep(for: .seconds(4))
        process.send(SIGTERM)
        #expect(try await process.exit() == .status(0))
        #expect(watcher.pings == ["/ping/uuid"])
        #expect(watcher.count(of: "\"ok\"") == 1)
    }

    @Test func `bad addresses are faults of the configuration, without the credentials in them`() async throws {
        let process = try await ChildProcess(
            "reminder-sender", environment: ["SENTRY_DSN": "hunter2", "HEALTHCHECKS_URL": "hunter2"])
        #expect(try await process.exit() == .status(78))
        #expect(
            process.standardError.contains("SENTRY_DSN must be") && process.standardError.contains("HEALTHCHECKS_URL must be"))
        #expect(!process.standardError.contains("hunter2"))
    }
}
