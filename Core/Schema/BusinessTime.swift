public import Postgres
public import Primitives

/// Which clock decides what is due (D-91).
public enum BusinessTime: Sendable, Equatable {
    /// The database's own clock.
    case database
    /// A given instant; the database refuses it unless it is a development instance.
    case fixed(Timestamp)
}

extension PostgresSession {
    /// Runs statements in one round trip and one transaction in which `relance.now()` is the business time.
    public func batch(
        at time: BusinessTime, _ statements: [(SQLStatement, [PostgresValue])]
    ) throws(PostgresError) -> [PostgresRows] {
        switch time {
        case .database: return try batch(statements)
        case .fixed(let instant): return Array(try batch([(.travel, [.timestamp(instant)])] + statements).dropFirst())
        }
    }
}

extension SQLStatement {
    fileprivate static let travel = SQLStatement(unsafe: "select relance.travel_to($1::timestamptz)", name: "travel_to")
}
