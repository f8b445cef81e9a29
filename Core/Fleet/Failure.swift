private import Postgres
public import Runtime
private import Schema

/// What a thrown error means to the caller of a program: its exit code, and a sentence that names the next step.
public struct Failure: Sendable, Equatable {
    /// The exit code.
    public let exit: ExitCode
    /// Safe to print; its last line names the next step where there is one.
    public let message: String

    /// Classifies an error.
    public init(_ error: any Error) {
        switch error {
        case let error as UsageError: self.init(.usage, error.description)
        case let error as ConfigurationError: self.init(.configuration, error.description)
        case let error as SchemaError: self.init(.configuration, error.description)
        case let error as PostgresError: self.init(error)
        case let error as FailpointError: self.init(.temporary, error.description)
        case is CancellationError: self.init(.temporary, "interrupted")
        default: self.init(.software, "unexpected: \(error)")
        }
    }

    private init(_ exit: ExitCode, _ message: String) {
        self.exit = exit
        self.message = message
    }

    private init(_ error: PostgresError) {
        switch error {
        case .cannotConnect:
            self.init(
                .unavailable, "\(error)\nCheck DATABASE_URL and that the server runs; `relance status` tells when it is back.")
        case .server(_, "RL001", _, _):
            self.init(
                .configuration,
                "--now works on a development instance only: update relance.instance set environment = 'development'")
        case .server(_, "3F000", _, _), .server(_, "42P01", _, _), .server(_, "42703", _, _), .server(_, "42883", _, _):
            self.init(.configuration, "\(error)\nThe database does not have this build's schema: run `relance migrate`.")
        case .server(_, "42501", _, _):
            self.init(
                .configuration,
                "\(error)\nThe role in DATABASE_URL lacks a grant: connect as relance_worker (workers) or relance_ops (relance).")
        case .server(_, "53100", _, _):
            self.init(.temporary, "\(error)\nFree disk space on the database server; nothing was lost, the next run goes on.")
        default: self.init(error.isTransient ? .temporary : .software, error.description)
        }
    }
}
