import Coordination
import Postgres
import Primitives
import Runtime
import Schema

/// The business time of an import, as `--now` gives it.
enum ImportTime {
    /// The database's clock.
    case database
    /// One instant.
    case fixed(Timestamp)
    /// One instant after the other, from standard input.
    case instants

    /// Reads `--now`.
    init(_ arguments: Arguments) throws(UsageError) {
        switch try arguments.text(.now) {
        case nil: self = .database
        case "-": self = .instants
        case let text?:
            guard let instant = Timestamp(text) else {
                throw UsageError(
                    "--now \(text): an instant such as 2026-11-20T08:15:00Z is expected, or - to read them from standard input")
            }
            self = .fixed(instant)
        }
    }

    /// For imports that take place once.
    func single() throws(UsageError) -> BusinessTime {
        switch self {
        case .database: .database
        case .fixed(let now): .fixed(now)
        case .instants: throw UsageError("--now -: only import bookings reads instants from standard input")
        }
    }

    /// The next instant of standard input; nil at its end.
    static func nextInstant() throws(UsageError) -> Timestamp? {
        guard let line = readLine() else { return nil }
        guard let instant = Timestamp(line) else {
            throw UsageError("--now -: \(line) is not an instant such as 2026-11-20T08:15:00Z")
        }
        return instant
    }

    /// What time it is, by the database; refuses a fixed time on any but a development instance.
    static func read(_ time: BusinessTime, _ connection: PostgresConnection) async throws -> Timestamp {
        try await connection.run { session throws(PostgresError) in
            try Instance(try session.batch(at: time, [Instance.statement])[0].single()).businessNow
        }
    }
}
