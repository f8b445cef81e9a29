import Fleet
import Glibc
import Primitives
import Runtime

/// relance: what operators and on-call engineers type.
@main
struct Relance {
    /// Every command, in the order of the help.
    static var commands: [any Command.Type] { [MigrateCommand.self] }

    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        let code = await run(Array(CommandLine.arguments.dropFirst()))
        fflush(nil)
        exit(code.rawValue)
    }

    private static func run(_ arguments: [String]) async -> ExitCode {
        do {
            guard let first = arguments.first, !["--help", "-h", "help"].contains(first) else {
                print(help)
                return arguments.isEmpty ? .usage : .ok
            }
            if first == "--version" {
                print("relance \(relanceVersion)")
                return .ok
            }
            guard let command = commands.first(where: { $0.name == first }) else {
                throw UsageError("\(first): no such command (there are: \(commands.map { $0.name }.joined(separator: ", ")))")
            }
            let rest = Array(arguments.dropFirst())
            if rest.contains("--help") || rest.contains("-h") {
                print(command.help)
                return .ok
            }
            return try await command.run(rest)
        } catch {
            let failure = Failure(error)
            Log.standardError("relance: \(failure.message)")
            if failure.exit == .usage { Log.standardError("Try `relance \(arguments.first.map { commandNames.contains($0) ? "\($0) " : "" } ?? "")--help`.") }
            return failure.exit
        }
    }

    private static var commandNames: [String] { commands.map { $0.name } }

    private static var help: String {
        let width = commands.map { $0.name.count }.max() ?? 0
        let lines = commands.map { "  \($0.name)\(String(repeating: " ", count: width - $0.name.count))  \($0.summary)" }
        return """
            relance — operates the fleet

            Usage: relance COMMAND [arguments] [--json] [--tenant ID]

            \(lines.joined(separator: "\n"))

            `relance COMMAND --help` shows a command's arguments and examples.
            Environment: DATABASE_URL (required), REDIS_URL. Exit codes are those of sysexits.h: 0, 64, 65, 69, 70, 75, 78.
            """
    }
}
