import Fleet
import Postgres
import Runtime
import Schema

/// One command of the CLI.
protocol Command: Sendable {
    /// The word after `relance`.
    static var name: String { get }
    /// One line for the list of commands.
    static var summary: String { get }
    /// Usage, flags and examples.
    static var help: String { get }

    /// Runs it.
    ///
    /// - Parameter arguments: what stands after the command's name.
    static func run(_ arguments: [String]) async throws -> ExitCode
}

extension Command {
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
