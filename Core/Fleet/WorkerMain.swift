private import Glibc
private import Monitoring
private import Primitives
internal import Runtime
private import Schema

/// `main` of every worker: flags, configuration, runs, report, exit code.
public enum WorkerMain<W: Worker> {
    /// Runs the program and ends the process.
    ///
    /// Not async: signals must be blocked on the first thread before there is a second one, or one that came later would
    /// take SIGTERM with its default effect.
    public static func run() -> Never {
        let termination = Termination()
        termination.listen()
        Task {
            let code = await run(
                arguments: Array(CommandLine.arguments.dropFirst()), environment: .ofProcess(), termination: termination)
            fflush(nil)
            exit(code.rawValue)
        }
        while true { pause() }
    }

    static func run(arguments: [String], environment: Environment, termination: Termination) async -> ExitCode {
        do {
            switch try WorkerOptions.parse(arguments, schedules: W.schedules) {
            case .help:
                print(help)
                return .ok
            case .version:
                print("\(W.program) \(relanceVersion)")
                return .ok
            case .run(let options):
                if options.isFull, !W.hasFullRun { throw UsageError("--full: \(W.program) looks at all that is due in any case") }
                var environment = environment
                let configuration = FleetConfiguration(&environment)
                let worker = W(&environment, configuration)
                try environment.finish()
                var context = WorkerContext(program: W.program, configuration: configuration, termination: termination)
                context.isFull = options.isFull
                worker.start(context)
                return try await runWatched(worker, context, options)
            }
        } catch {
            let failure = Failure(error)
            Log.standardError("\(W.program): \(failure.message)")
            if failure.exit == .usage { Log.standardError("Try `\(W.program) --help`.") }
            return failure.exit
        }
    }

    /// What is under way to those who watch gets its last two seconds, however the run ends.
    private static func runWatched(_ worker: W, _ context: WorkerContext, _ options: WorkerOptions) async throws -> ExitCode {
        // A preview and a rehearsal at some other time are not what is watched.
        if options.isDryRun || options.now != nil || options.readsInstants {
            return try await run(worker, context.unwatched(), options)
        }
        let outcome: Result<ExitCode, any Error>
        do {
            outcome = .success(try await run(worker, context, options))
        } catch {
            outcome = .failure(error)
            context.monitor?.tell(Failure(error), schedules: options.schedules.isEmpty ? W.schedules : options.schedules)
        }
        await context.monitor?.flush()
        return try outcome.get()
    }

    private static func run(_ worker: W, _ context: WorkerContext, _ options: WorkerOptions) async throws -> ExitCode {
        let single = WorkerRun(worker: worker, context: context, options: options)
        let time = options.now.map { BusinessTime.fixed($0) } ?? .database
        if options.isDryRun { return try await preview(worker, context, options, at: time) }
        if options.isWatching {
            return report(try await ResidentRun(worker: worker, context: context, options: options).run(), context, options)
        }
        if options.readsInstants {
            var last = ExitCode.ok
            while !context.termination.isRequested, let line = readLine() {
                guard let instant = Timestamp(line) else {
                    throw UsageError("--now -: \(line) is not an instant such as 2026-11-20T08:15:00Z")
                }
                last = report(try await single.once(at: .fixed(instant)), context, options)
                if last != .ok { return last }
            }
            return last
        }
        return report(try await single.once(at: time), context, options)
    }

    private static func report(_ report: RunReport, _ context: WorkerContext, _ options: WorkerOptions) -> ExitCode {
        if options.printsJSON {
            print(report.json)
            fflush(nil)
        } else if report.error == nil, isatty(STDOUT_FILENO) == 1 {
            print(report.text)
        }
        if let error = report.error { Log.standardError("\(W.program): \(error)") }
        context.log.info(
            report.error == nil ? .runFinished : .runFailed,
            [
                "run": report.runID, "role": report.role, "exit": String(report.exit.rawValue),
                "ms": String(report.duration.wireMilliseconds),
                "done": report.counts.filter { $0.1 > 0 }.map { "\($0.0):\($0.1)" }.joined(separator: " "),
            ])
        if let path = options.metricsFile {
            do { try MetricsFile(path: path).write(report.samples) } catch {
                context.log.warning(.metricsNotWritten, ["path": path])
            }
        }
        return report.exit
    }

    private static func preview(
        _ worker: W, _ context: WorkerContext, _ options: WorkerOptions, at time: BusinessTime
    ) async throws -> ExitCode {
        _ = try await context.instance(at: time)
        let lines = try await worker.preview(
            context, at: time, schedules: options.schedules.isEmpty ? W.schedules : options.schedules,
            limit: options.limit ?? 1000)
        for line in lines {
            if options.printsJSON {
                print("{" + line.fields.map { "\(JSONText.quoted($0.0)):\(JSONText.quoted($0.1))" }.joined(separator: ",") + "}")
            } else {
                print(line.fields.map { $0.1 }.joined(separator: "  "))
            }
        }
        if !options.printsJSON {
            print(lines.isEmpty ? "Nothing is due." : "\(lines.count) steps; nothing was written (--dry-run).")
        }
        return .ok
    }

    private static var fullFlag: String {
        W.hasFullRun ? "  --full              look at everything, not only at what has changed or come due\n" : ""
    }

    private static var help: String {
        """
        \(W.program) — \(W.summary)

        Usage: \(W.program) [--once | --watch] [flags]

          --once              run once and exit (default): what a timer calls
          --watch             stay resident: start work the moment it is due
          --schedule NAME     run only this schedule (repeatable): \(W.schedules.joined(separator: ", "))
          --budget 50s        longest time of one run
          --limit N           most jobs performed in one run
          --dry-run           print what would be done, write nothing
          --json              print the run report as JSON
          --metrics-file F    write Prometheus metrics to F
          --now INSTANT       business time, on a development instance only; - reads instants from standard input
        \(fullFlag)  --help, --version

        Environment: DATABASE_URL (required), REDIS_URL, LOG_LEVEL, LOG_FORMAT (json, text, journal), and those of docs/configuration.md.
        Each secret KEY can come from the file that KEY_FILE names.

        Examples:
          \(W.program)                            one tick
          \(W.program) --watch                    resident, under systemd
          \(W.program) --dry-run                  what is due now?
          \(W.program) --json | jq .counts

        Exit codes: 0 done or not leader · 64 usage · 69 a dependency is unavailable · 70 bug · 75 try again later · 78 configuration
        """
    }
}
