import Fleet
import Postgres
import Runtime
import Schema

/// One command of the CLI.
protocol Command: Sendable {
    /// The words after `relance`, such as `jobs list`.
    static var name: String { get }
    /// One line for the list of commands.
    static var summary: String { get }
    /// What it takes besides flags.
    static var operands: [Operand] { get }
    /// The flags it takes; `--help` is every command's.
    static var flags: [Flag] { get }
    /// What else a user must know, in a paragraph or two.
    static var notes: String { get }
    /// Command lines without `relance`, each with what it is for.
    static var examples: [(line: String, purpose: String)] { get }

    /// Runs it.
    static func run(_ arguments: Arguments) async throws -> ExitCode
}

extension Command {
    static var operands: [Operand] { [] }
    static var notes: String { "" }

    /// A connection to the database that DATABASE_URL names.
    static func connect() throws -> PostgresConnection {
        var environment = Environment.ofProcess()
        let url = environment.required("DATABASE_URL", example: "postgresql:///relance?host=/run/postgresql")
        try environment.finish()
        return PostgresConnection(PostgresConfiguration(url: url, applicationName: "relance \(name)"))
    }

    /// The same, after a look at its schema.
    static func connectToSchema() async throws -> PostgresConnection {
        let connection = try connect()
        try await connection.run { session throws in try SchemaVersion.check(session) }
        return connection
    }
}
