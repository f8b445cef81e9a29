import Primitives
import Runtime
import Testing

@Suite struct WorkerOptionsTests {
    private static let schedules = ["reminders", "house"]

    private func parse(_ line: String) throws -> WorkerOptions.Request {
        try WorkerOptions.parse(line.split(separator: " ").map(String.init), schedules: Self.schedules)
    }

    private func options(_ change: (inout WorkerOptions) -> Void) -> WorkerOptions.Request {
        var options = WorkerOptions()
        change(&options)
        return .run(options)
    }

    @Test func `no flags are one run with the defaults`() throws {
        #expect(try parse("") == .run(WorkerOptions()))
        #expect(WorkerOptions().budget == .seconds(50))
    }

    @Test func `each flag says one thing`() throws {
        #expect(try parse("--once") == options { _ in })
        #expect(try parse("--watch") == options { $0.isWatching = true })
        #expect(try parse("--dry-run") == options { $0.isDryRun = true })
        #expect(try parse("--json") == options { $0.printsJSON = true })
        #expect(try parse("--limit 7") == options { $0.limit = 7 })
        #expect(try parse("--limit=7") == options { $0.limit = 7 })
        #expect(try parse("--budget 2m") == options { $0.budget = .seconds(120) })
        #expect(try parse("--metrics-file=/a=b") == options { $0.metricsFile = "/a=b" })
        #expect(try parse("--schedule house --schedule=reminders") == options { $0.schedules = ["house", "reminders"] })
        #expect(try parse("--now 2026-11-20T08:15:00Z") == options { $0.now = Timestamp("2026-11-20T08:15:00Z") })
        #expect(try parse("--now -") == options { $0.readsInstants = true })
        #expect(try parse("--watch --once") == options { _ in })
    }

    @Test(arguments: ["--help", "-h", "--json --help", "--version --help"])
    func `help and version end the reading`(line: String) throws {
        let request = try parse(line)
        #expect(request == .help || request == .version)
    }

    @Test(arguments: [
        ("--frobnicate", "--frobnicate"), ("reminders", "reminders"), ("--limit", "--limit"), ("--limit 0", "--limit"),
        ("--limit -3", "--limit"), ("--limit x", "--limit"), ("--limit=", "--limit"), ("--limit --json", "--limit"),
        ("--metrics-file --json", "--metrics-file"), ("--budget 0s", "--budget"), ("--budget 50", "--budget"),
        ("--schedule weekly", "--schedule"), ("--now yesterday", "--now"), ("--now 2026-11-20T08:15:00", "--now"),
        ("--watch --now -", "--watch"), ("--watch --dry-run", "--watch"), ("--watch=yes", "=yes"), ("--json=yes --once", "=yes"),
    ])
    func `a line that cannot be run names the flag at fault`(line: String, flag: String) throws {
        let error = #expect(throws: UsageError.self) { try parse(line) }
        #expect(error?.description.contains(flag) == true, "\(String(describing: error))")
    }

    @Test func `exit codes are those of sysexits`() {
        let codes: [(ExitCode, Int32)] = [
            (.ok, 0), (.usage, 64), (.data, 65), (.unavailable, 69), (.software, 70), (.temporary, 75), (.configuration, 78),
        ]
        for (code, number) in codes { #expect(code.rawValue == number) }
    }
}
