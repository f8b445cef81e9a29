import Primitives
import Runtime
import Schema

/// `relance migrate`: takes the database to this build's schema, or to another version.
enum MigrateCommand: Command {
    static let name = "migrate"
    static let summary = "bring the database to this build's schema"
    static let help = """
        Usage: relance migrate [--to N] [--dry-run] [--json]

          --to N      go to version N, up or down; the default is this build's newest (\(Migration.newest))
          --dry-run   print the steps, take none

        Safe when two run at once. Connect as the owner of the database (relance_owner), not as a worker.

        Examples:
          relance migrate --dry-run
          relance migrate
          relance migrate --to \(Migration.newest - 1)     one step back
        """

    static func run(_ arguments: [String]) async throws -> ExitCode {
        var reader = ArgumentReader(arguments)
        var (target, isDryRun, printsJSON) = (Migration.newest, false, false)
        while let argument = reader.next() {
            switch argument {
            case "--to":
                let text = try reader.value(of: argument)
                guard let version = Int(text), (0...Migration.newest).contains(version) else {
                    throw UsageError("--to \(text): a version from 0 to \(Migration.newest) is expected")
                }
                target = version
            case "--dry-run": isDryRun = true
            case "--json": printsJSON = true
            default: throw UsageError("\(argument): unknown flag")
            }
        }
        let migrator = Migrator(try connect())
        let steps: [Migrator.Step]
        if isDryRun {
            steps = try await migrator.plan(to: target)
        } else {
            let isQuiet = printsJSON
            steps = try await migrator.migrate(to: target) { step in
                if !isQuiet { print("\(step.direction == .up ? "applying" : "taking back") \(step.version) \(step.name)") }
            }
        }
        let version = isDryRun ? target : try await migrator.currentVersion()
        if printsJSON {
            let list = steps.map { "{\"version\":\($0.version),\"name\":\(JSONText.quoted($0.name)),\"direction\":\"\($0.direction.rawValue)\"}" }
            print("{\"steps\":[\(list.joined(separator: ","))],\"dry_run\":\(isDryRun),\"version\":\(version)}")
        } else if isDryRun {
            steps.forEach { print("would \($0.direction == .up ? "apply" : "take back") \($0.version) \($0.name)") }
            if steps.isEmpty { print("Nothing to do: the schema is at version \(target).") }
        } else {
            print(steps.isEmpty ? "Nothing to do: the schema is at version \(version)." : "The schema is at version \(version).")
        }
        return .ok
    }
}
