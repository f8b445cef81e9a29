import Fleet
import Glibc
import Runtime

/// relance: what operators and on-call engineers type.
@main
struct Relance {
    /// Every command, in the order of the help.
    static var commands: [any Command.Type] {
        [
            StatusCommand.self,
            ExplainAppointmentCommand.self, ExplainLeadCommand.self,
            DeliveriesListCommand.self, DeliveriesSummaryCommand.self, DeliveriesExplainCommand.self,
            DeliveriesResolveCommand.self, DeliveriesRetryCommand.self, DeliveriesCancelCommand.self,
            InboundListCommand.self, InboundShowCommand.self, InboundReplayCommand.self, InboundRematchCommand.self,
            AlertsListCommand.self, AlertsShowCommand.self, AlertsActCommand.self, AlertsResolveCommand.self,
            AlertsThresholdsCommand.self,
            JobsListCommand.self, JobsShowCommand.self, JobsRetryCommand.self,
            PauseSendingCommand.self, PauseQueueCommand.self, ResumeSendingCommand.self, ResumeQueueCommand.self,
            SuppressionsListCommand.self, SuppressionsAddCommand.self, SuppressionsLiftCommand.self,
            AccountsListCommand.self, AccountsSetCommand.self, AccountsEnableCommand.self, AccountsDisableCommand.self,
            WhatsAppTemplatesListCommand.self, WhatsAppTemplatesSetCommand.self, WhatsAppTemplatesUnsetCommand.self,
            TemplatesListCommand.self, TemplatesShowCommand.self, TemplatesSetCommand.self, TemplatesResetCommand.self,
            TemplatesRenderCommand.self, TemplatesCheckCommand.self,
            ExplainAbandonCommand.self, RecoveryRatesCommand.self, RecoverySetCommand.self,
            ImportOrganizationsCommand.self, ImportLeadsCommand.self, ImportBookingsCommand.self,
            NoShowListCommand.self, NoShowConfirmCommand.self, NoShowDismissCommand.self,
            BlacklistListCommand.self, BlacklistAddCommand.self, BlacklistLiftCommand.self,
            KeysCreateCommand.self, KeysListCommand.self, KeysRevokeCommand.self, MigrateCommand.self,
        ]
    }

    static func main() async {
        // A reader that has seen enough (`| head`) is no error of ours.
        signal(SIGPIPE, SIG_IGN)
        let code = await run(Array(CommandLine.arguments.dropFirst()))
        fflush(nil)
        exit(code.rawValue)
    }

    private static func run(_ words: [String]) async -> ExitCode {
        guard let first = words.first, !["--help", "-h", "help"].contains(first) else {
            print(help)
            return words.isEmpty ? .usage : .ok
        }
        if first == "--version" {
            print("relance \(relanceVersion)")
            return .ok
        }
        guard let (command, rest) = command(of: words) else { return group(words) }
        if rest.contains("--help") || rest.contains("-h") {
            print(CommandHelp(command: command).text)
            return .ok
        }
        do {
            return try await command.run(try Arguments(rest, flags: command.flags, operands: command.operands))
        } catch let error as CommandError {
            Log.standardError("relance: \(error.message)")
            return error.exit
        } catch {
            let failure = Failure(error)
            Log.standardError("relance: \(failure.message)")
            if failure.exit == .usage { Log.standardError("Try `relance \(command.name) --help`.") }
            return failure.exit
        }
    }

    /// The command whose words the line begins with, and what follows them.
    private static func command(of words: [String]) -> (any Command.Type, [String])? {
        for command in commands {
            let name = command.name.split(separator: " ").map(String.init)
            if words.starts(with: name) { return (command, Array(words.dropFirst(name.count))) }
        }
        return nil
    }

    /// A line that begins with no whole command: the first word may open a group, such as `jobs`.
    private static func group(_ words: [String]) -> ExitCode {
        let group = commands.filter { $0.name.hasPrefix(words[0] + " ") }
        let asksForHelp = words.count > 1 && ["--help", "-h", "help"].contains(words[1])
        if asksForHelp && !group.isEmpty {
            print("Usage: relance \(words[0]) …\n\n\(list(group))")
            return .ok
        }
        let typed = group.isEmpty ? words[0] : words.prefix(2).joined(separator: " ")
        let fault = words.count == 1 && !group.isEmpty ? "which one?" : "no such command."
        Log.standardError(
            "relance: \(typed): \(fault) There are:\n\n\(list(group.isEmpty ? commands : group))\n\nTry `relance --help`.")
        return .usage
    }

    private static func list(_ commands: [any Command.Type]) -> String {
        CommandHelp.aligned(commands.map { ($0.name, $0.summary) })
    }

    private static var help: String {
        """
        relance — operates the fleet

        Usage: relance COMMAND [arguments] [--json] [--tenant ID]

        \(list(commands))

        `relance COMMAND --help` shows a command's arguments and examples.
        Environment: DATABASE_URL (required), ADDRESS_HASH_KEY (where an address is
        given), NO_COLOR. Exit codes are those of sysexits.h: 0 done · 64 usage ·
        65 some of the data was refused · 69 a dependency is unavailable · 70 bug ·
        75 try again later · 78 configuration.
        """
    }
}
