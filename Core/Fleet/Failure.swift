private import Postgres
public import Runtime
private import Schema

/// What a thrown error means to the caller of a program: its exit code, and a sentence that names the next step.
public struct Failure: Sendable, Equatable {
    /// The exit code.
    public let exit: ExitCode
    /// Safe to print; its last line names the next step where there is one.
    public let message: String
    /// What it is, in words from a bounded set: for metrics and error trackers.
    public let label: String

    /// Classifies an error.
    public init(_ error: any Error) {
        switch error {
        case let error as UsageError: self.init(.usage, error.description, "usage")
        case let error as ConfigurationError: self.init(.configuration, error.description, "configuration")
        case let error as SchemaError: self.init(.configuration, error.description, "schema")
        case let error as PostgresError:
            let (exit, message) = Self.reading(error)
            self.init(exit, message, Self.label(error))
        case let error as FailpointError: self.init(.temporary, error.description, "failpoint")
        case is CancellationError: self.init(.temporary, "interrupted", "interrupted")
        // The name alone: what an unexpected error says may quote data (I8).
        default: self.init(.software, "unexpected: \(error)", "\(type(of: error))")
        }
    }

    private init(_ exit: ExitCode, _ message: String, _ label: String) {
        self.exit = exit
        self.message = message
        self.label = label
    }

    /// With the name of the statement, which is one of ours.
    private static func label(_ error: PostgresError) -> String {
        switch error {
        case .cannotConnect: error.label
        case .connectionLost(let statement, _), .timedOut(let statement, _), .server(let statement, _, _, _),
            .data(let statement, _):
            "\(error.label) in \(statement)"
        }
    }

    private static func reading(_ error: PostgresError) -> (ExitCode, String) {
        switch error {
        case .cannotConnect:
            (
                .unavailable, "\(error)\nCheck DATABASE_URL and that the server runs; `relance status` tells when it is back."
            )
        case .server(_, "RL001", _, _):
            (
                .configuration,
                "--now works on a development instance only: update relance.instance set environment = 'development'"
            )
        case .server(_, "3F000", _, _), .server(_, "42P01", _, _), .server(_, "42703", _, _), .server(_, "42883", _, _):
            (.configuration, "\(error)\nThe database does not have this build's schema: run `relance migrate`.")
        case .server(_, "42501", _, _):
            (
                .configuration,
                "\(error)\nThe role in DATABASE_URL lacks a grant: connect as relance_worker (workers) or relance_ops (relance)."
            )
        case .server(_, "53100", _, _):
            (.temporary, "\(error)\nFree disk space on the database server; nothing was lost, the next run goes on.")
        default: (error.isTransient ? .temporary : .software, error.description)
        }
    }
}
