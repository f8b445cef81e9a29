import Foundation
import HTTPServer
@testable import Monitoring
import Primitives
import Runtime
import TestSupport
import Testing

struct MonitorTests {
    private func monitor(_ watcher: Watcher, _ changes: [String: String] = [:], timeout: Duration = .seconds(5)) throws -> Monitor
    {
        var variables = ["SENTRY_DSN": watcher.dsn, "HEALTHCHECKS_URL": watcher.pingURL, "SENTRY_ENVIRONMENT": "staging"]
        variables.merge(changes) { $1 }
        var environment = Environment(variables)
        let configuration = MonitoringConfiguration(&environment)
        try environment.finish()
        return try #require(Monitor(configuration, program: "reminder-sender", release: "9.9.9", timeout: timeout))
    }

    private let run = "9b3d3c9e-1111-4222-8333-944455556666"

    private struct CheckIn: Decodable {
        struct Config: Decodable {
            struct Schedule: Decodable {
                let type: String
                let value: Int
                let unit: String
            }
            let schedule: Schedule
        }
        let check_in_id: String
        let monitor_slug: String
        let status: String
        let duration: Double?
        let release: String
        let environment: String
        let monitor_config: Config
    }

    private struct Event: Decodable {
        struct Exceptions: Decodable {
            struct Value: Decodable {
                let type: String
                let value: String
            }
            let values: [Value]
        }
        let event_id: String
        let timestamp: String
        let level: String
        let platform: String
        let release: String
        let environment: String
        let tags: [String: String]
        let fingerprint: [String]
        let exception: Exceptions
        let server_name: String?
    }

    private func read<Value: Decodable>(_ type: Value.Type, _ texts: [String]) throws -> [Value] {
        try texts.map { try JSONDecoder().decode(type, from: Data($0.utf8)) }
    }

    @Test func `a run checks in and out under one id, with a monitor for each schedule`() async throws {
        let watcher = try Watcher()
        let monitor = try monitor(watcher)
        monitor.started(run: run, schedules: ["reminders", "proof"])
        monitor.finished(
            run: run, schedules: ["reminders", "proof"], exit: .ok, duration: .milliseconds(1500), counts: [("planned", 2)])
        await monitor.flush()
        let checkIns = try read(CheckIn.self, watcher.payloads("check_in"))
        #expect(checkIns.map(\.status) == ["in_progress", "in_progress", "ok", "ok"])
        #expect(checkIns.map(\.monitor_slug).prefix(2) == ["reminder-sender-reminders", "reminder-sender-proof"])
        #expect(checkIns[0].check_in_id == checkIns[2].check_in_id)
        #expect(checkIns[1].check_in_id == checkIns[3].check_in_id)
        #expect(checkIns[0].check_in_id != checkIns[1].check_in_id)
        #expect(checkIns.allSatisfy { $0.check_in_id.count == 32 && $0.check_in_id.allSatisfy(\.isHexDigit) })
        #expect(checkIns.map(\.duration) == [nil, nil, 1.5, 1.5])
        #expect(checkIns[0].release == "relance@9.9.9")
        #expect(checkIns[0].environment == "staging")
        #expect(checkIns[0].monitor_config.schedule.type == "interval")
        #expect(checkIns[0].monitor_config.schedule.value == 1)
        #expect(checkIns[0].monitor_config.schedule.unit == "minute")
    }

    @Test func `pings tell start, success and exit code with the run's id, and counts alone`() async throws {
        let watcher = try Watcher()
        let monitor = try monitor(watcher, ["SENTRY_DSN": ""])
        monitor.started(run: run, schedules: ["reminders"])
        monitor.finished(
            run: run, schedules: ["reminders"], exit: .ok, duration: .zero, counts: [("planned", 2), ("sent", 0), ("failed", 1)])
        monitor.finished(run: run, schedules: [], exit: .unavailable, duration: .zero, counts: [])
        monitor.beat(schedules: [], exit: .software, counts: [])
        monitor.finished(run: run, schedules: [], exit: .temporary, duration: .zero, counts: [])
        await monitor.flush()
        #expect(
            watcher.targets == [
                "/ping/uuid/start?rid=\(run)", "/ping/uuid?rid=\(run)", "/ping/uuid/69?rid=\(run)", "/ping/uuid/70",
            ])
        #expect(watcher.requests.allSatisfy { $0.method == "POST" })
        #expect(watcher.requests.map { String(decoding: $0.body, as: UTF8.self) } == ["", "planned 2\nfailed 1\n", "", ""])
    }

    @Test func `an event is an envelope that names its length in bytes, and nothing personal`() async throws {
        let watcher = try Watcher()
        let monitor = try monitor(watcher, ["HEALTHCHECKS_URL": ""])
        monitor.report(Incident(.error, type: "sqlstate_XX000 in plan_é", message: "a \"run\" ended\nsecret", exit: .software))
        await monitor.flush()
        let request = try #require(watcher.requests.first)
        #expect(request.target == "/api/42/envelope/")
        #expect(request.header("Content-Type") == "application/x-sentry-envelope")
        #expect(request.header("X-Sentry-Auth")?.contains("sentry_key=abc123") == true)
        let lines = request.body.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        #expect(lines.count == 4 && lines[3].isEmpty)
        struct Header: Decodable {
            let event_id: String?
            let sent_at: String?
            let type: String?
            let length: Int?
        }
        let headers = try lines.prefix(2).map { try JSONDecoder().decode(Header.self, from: Data($0)) }
        #expect(headers[1].type == "event")
        #expect(headers[1].length == lines[2].count)
        let event = try JSONDecoder().decode(Event.self, from: Data(lines[2]))
        #expect(event.event_id == headers[0].event_id && event.event_id.count == 32)
        #expect(Timestamp(event.timestamp) != nil && Timestamp(headers[0].sent_at ?? "") != nil)
        #expect(event.level == "error" && event.platform == "other")
        #expect(event.release == "relance@9.9.9" && event.environment == "staging")
        #expect(event.tags == ["program": "reminder-sender", "exit_code": "70"])
        #expect(event.fingerprint == ["reminder-sender", "sqlstate_XX000 in plan_é"])
        #expect(event.exception.values.first?.value == "a \"run\" ended")
        #expect(event.server_name == nil)
    }

    @Test func `during a rate limit its category is dropped, not kept for later, and others go on`() async throws {
        let watcher = try Watcher { _ in
            HTTPServerResponse(status: 429, headers: [HTTPServerField("X-Sentry-Rate-Limits", "60:error:organization")])
        }
        let monitor = try monitor(watcher, ["HEALTHCHECKS_URL": ""])
        for _ in 0..<5 { monitor.report(Incident(.error, type: "x", message: "y")) }
        monitor.started(run: run, schedules: ["reminders"])
        await monitor.flush()
        #expect(watcher.payloads("event").count == 1)
        #expect(watcher.payloads("check_in").count == 1)
    }

    @Test func `a peer that hangs costs the end of a run its grace, once, and holds up no other peer`() async throws {
        let watcher = try Watcher { request in
            if request.target.hasPrefix("/api") { try? await Task.sleep(for: .seconds(30)) }
            return HTTPServerResponse()
        }
        let monitor = try monitor(watcher, timeout: .seconds(20))
        let begun = ContinuousClock.now
        monitor.started(run: run, schedules: ["reminders"])
        monitor.finished(run: run, schedules: ["reminders"], exit: .ok, duration: .zero, counts: [])
        #expect(ContinuousClock.now - begun < .milliseconds(200))
        await monitor.flush(within: .milliseconds(500))
        #expect(ContinuousClock.now - begun < .milliseconds(1500))
        #expect(watcher.targets.filter { $0.hasPrefix("/ping") } == ["/ping/uuid/start?rid=\(run)", "/ping/uuid?rid=\(run)"])
    }

    @Test func `a peer that is not there costs nothing but the attempt`() async throws {
        let monitor = try monitor(
            Watcher(), ["SENTRY_DSN": "http://abc@127.0.0.1:1/1", "HEALTHCHECKS_URL": "http://127.0.0.1:1/x"])
        let begun = ContinuousClock.now
        for _ in 0..<1000 { monitor.beat(schedules: ["reminders"], exit: .ok, counts: []) }
        await monitor.flush()
        #expect(ContinuousClock.now - begun < .seconds(2))
    }

    @Test func `without configuration there is no monitor`() throws {
        var environment = Environment([:])
        let configuration = MonitoringConfiguration(&environment)
        try environment.finish()
        #expect(Monitor(configuration, program: "x") == nil)
    }

    @Test func `every fault is named, and no credential with it`() {
        var environment = Environment([
            "SENTRY_DSN": "https://hunter2@nowhere", "HEALTHCHECKS_URL": "hunter2", "SENTRY_ENVIRONMENT": "a b",
            "MONITOR_INTERVAL": "1s",
        ])
        _ = MonitoringConfiguration(&environment)
        #expect { try environment.finish() } throws: { error in
            let text = "\(error)"
            return ["SENTRY_DSN", "HEALTHCHECKS_URL", "SENTRY_ENVIRONMENT", "MONITOR_INTERVAL"].allSatisfy(text.contains)
                && !text.contains("hunter2")
        }
    }

    @Test func `a defect is an incident, what passes is not`() {
        #expect(Incident.of(failure: "data", summary: "s", exit: .software)?.level == .error)
        for exit in [ExitCode.temporary, .unavailable, .configuration, .usage, .ok] {
            #expect(Incident.of(failure: "x", summary: "s", exit: exit) == nil)
        }
        #expect(Incident.of(counts: [("sent", 5), ("rescued", 0), ("quarantined", 0)]).isEmpty)
        #expect(Incident.of(counts: [("rescued", 2), ("quarantined", 1)]).map(\.type) == ["process_died", "jobs_quarantined"])
    }
}
