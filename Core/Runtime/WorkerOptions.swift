public import Primitives

/// The flags every worker takes.
public struct WorkerOptions: Sendable, Equatable {
    /// Schedules to run; empty runs all.
    public var schedules: [String] = []
    /// Stay resident instead of running once.
    public var isWatching = false
    /// Longest time of one run.
    public var budget: Duration = .seconds(50)
    /// Most jobs drained in one run.
    public var limit: Int?
    /// Look at everything, not only at what has changed or come due.
    public var isFull = false
    /// Say what would be done, write nothing.
    public var isDryRun = false
    /// Business time; development instances only (D-91).
    public var now: Timestamp?
    /// One tick for each instant read from standard input; development instances only.
    public var readsInstants = false
    /// Print the run report as JSON on standard output.
    public var printsJSON = false
    /// Prometheus text file to write at the end of each run.
    public var metricsFile: String?

    /// The defaults.
    public init() {}

    /// What the command line asks for.
    public enum Request: Sendable, Equatable {
        /// Run with these options.
        case run(WorkerOptions)
        /// Print the help.
        case help
        /// Print the version.
        case version
    }

    /// Reads a command line (without the program's name).
    ///
    /// - Throws: `UsageError` with a sentence that names the flag.
    public static func parse(_ arguments: [String], schedules known: [String]) throws(UsageError) -> Request {
        var options = WorkerOptions()
        var arguments = ArgumentReader(arguments)
        while let argument = arguments.next() {
            switch argument {
            case "--help", "-h": return .help
            case "--version": return .version
            case "--once": options.isWatching = false
            case "--watch": options.isWatching = true
            case "--dry-run": options.isDryRun = true
            case "--full": options.isFull = true
            case "--json": options.printsJSON = true
            case "--schedule":
                let name = try arguments.value(of: argument)
                guard known.contains(name) else {
                    throw UsageError("--schedule \(name): this program has \(known.joined(separator: ", "))")
                }
                options.schedules.append(name)
            case "--budget":
                let text = try arguments.value(of: argument)
                guard let budget = Duration(text), budget > .zero else {
                    throw UsageError("--budget \(text): a duration such as 50s is expected")
                }
                options.budget = budget
            case "--limit":
                let text = try arguments.value(of: argument)
                guard let limit = Int(text), limit > 0 else { throw UsageError("--limit \(text): a number above 0 is expected") }
                options.limit = limit
            case "--metrics-file": options.metricsFile = try arguments.value(of: argument)
            case "--now":
                let text = try arguments.value(of: argument)
                if text == "-" {
                    options.readsInstants = true
                } else if let instant = Timestamp(text) {
                    options.now = instant
                } else {
                    throw UsageError(
                        "--now \(text): an instant such as 2026-11-20T08:15:00Z is expected, or - to read them from standard input"
                    )
                }
            default: throw UsageError("\(argument): unknown flag")
            }
        }
        if options.isWatching, options.now != nil || options.readsInstants || options.isDryRun || options.isFull {
            throw UsageError("--watch goes with none of --now, --dry-run and --full")
        }
        return .run(options)
    }
}

/// Walks over a command line; `--flag=value` and `--flag value` are the same.
public struct ArgumentReader {
    private var rest: ArraySlice<String>
    private var inlineValue: String?

    /// - Parameter arguments: without the program's name.
    public init(_ arguments: [String]) { rest = arguments[...] }

    /// The next argument, nil at the end.
    public mutating func next() -> String? {
        if let leftover = inlineValue {
            inlineValue = nil
            return "=" + leftover
        }
        guard let argument = rest.popFirst() else { return nil }
        guard argument.hasPrefix("--"), let equals = argument.firstIndex(of: "=") else { return argument }
        inlineValue = String(argument[argument.index(after: equals)...])
        return String(argument[..<equals])
    }

    /// The value that belongs to `flag`.
    public mutating func value(of flag: String) throws(UsageError) -> String {
        if let value = inlineValue {
            inlineValue = nil
            return value
        }
        // What looks like a flag is one: `--metrics-file --json` forgot its file. A value may still begin so after an equals sign.
        guard let value = rest.first, !value.hasPrefix("--") else { throw UsageError("\(flag): a value is missing") }
        rest.removeFirst()
        return value
    }
}

/// A command line that cannot be run.
public struct UsageError: Error, Equatable, CustomStringConvertible {
    public let description: String

    /// - Parameter description: a sentence that names the flag.
    public init(_ description: String) { self.description = description }
}
