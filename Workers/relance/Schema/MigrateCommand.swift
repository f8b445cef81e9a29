import Primitives
import Runtime
import Schema

/// `relance migrate`: takes the database to this build's schema, or to another version.
enum MigrateCommand: Command {
    static let name = "migrate"
    static let summary = "bring the database to this build's schema"
    static let flags = [target, dryRun, .json]
    static let notes = "Safe when two run at once. Connect as the owner of the database (relance_owner), not as a worker."
    static let examples = [
        (line: "migrate --dry-run", purpose: "what would be done"),
        (line: "migrate", purpose: ""),
        (line: "migrate --to \(Migration.newest - 1)", purpose: "one step back"),
    ]

    private static let target = Flag(
        "--to", "N", "go to version N, up or down; the default is this build's newest (\(Migration.newest))")
    private static let dryRun = Flag("--dry-run", nil, "print the steps, take none")

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let target = try arguments.number(target, default: Migration.newest, in: 0...Migration.newest)
        let (isDryRun, printsJSON) = (arguments.has(dryRun), arguments.has(.json))
        let migrator = Migrator(try connect())
        let steps: [Migrator.Step]
        if isDryRun {
            steps = try await migrator.plan(to: target)
        } else {
            steps = try await migrator.migrate(to: target) { step in
                if !printsJSON { print("\(step.direction == .up ? "applying" : "taking back") \(step.version) \(step.name)") }
            }
        }
        let version = isDryRun ? target : try await migrator.currentVersion()
        if printsJSON {
            print(json(steps, isDryRun: isDryRun, version: version).text)
        } else if isDryRun {
            steps.forEach { print("would \($0.direction == .up ? "apply" : "take back") \($0.version) \($0.name)") }
            if steps.isEmpty { print("Nothing to do: the schema is at version \(version).") }
        } else {
            print(steps.isEmpty ? "Nothing to do: the schema is at version \(version)." : "The schema is at version \(version).")
        }
        return .ok
    }

    private static func json(_ steps: [Migrator.Step], isDryRun: Bool, version: Int) -> JSONValue {
        .object([
            (
                "steps",
                .array(
                    steps.map { step in
                        .object([
                            ("version", .int(Int64(step.version))), ("name", .text(step.name)),
                            ("direction", .text(step.direction.rawValue)),
                        ])
                    })
            ),
            ("dry_run", .bool(isDryRun)), ("version", .int(Int64(version))),
        ])
    }
}
