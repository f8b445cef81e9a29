/// What went wrong between us and Postgres.
public enum PostgresError: Error, Sendable, Equatable {
    /// No connection could be made (server down, refused, wrong password, unknown host).
    case cannotConnect(String)
    /// The connection broke while a statement ran. Whether its transaction was committed is unknown when `duringCommit` is
    /// true: the statement was a commit, or stood in no transaction and so was to be committed by itself. Otherwise it was
    /// rolled back.
    case connectionLost(statement: String, duringCommit: Bool)
    /// The server did not answer within the client's own time-out; the connection is given up. `duringCommit` as above.
    case timedOut(statement: String, duringCommit: Bool)
    /// The server refused the statement.
    case server(statement: String, sqlState: String, message: String, constraint: String?)
    /// A row did not have the shape the code expects, or a value cannot be sent (U+0000 in a text).
    case data(statement: String, String)

    /// Bounded word for metrics.
    public var label: String {
        switch self {
        case .cannotConnect: "cannot_connect"
        case .connectionLost: "connection_lost"
        case .timedOut: "timed_out"
        case .server(_, let sqlState, _, _): "sqlstate_\(sqlState)"
        case .data: "data"
        }
    }

    /// The statement and the constraint that it broke, where there is one: names of ours, safe in any log.
    public var origin: String {
        switch self {
        case .cannotConnect: ""
        case .connectionLost(let statement, _), .timedOut(let statement, _), .data(let statement, _): statement
        case .server(let statement, _, _, let constraint): constraint.map { "\(statement) \($0)" } ?? statement
        }
    }

    /// Whether the same statement may succeed later with nothing changed: connection trouble, serialization failures
    /// and deadlocks (class 40), resources (53, disk full among them), operator intervention (57), lock time-outs.
    public var isTransient: Bool {
        switch self {
        case .cannotConnect, .connectionLost, .timedOut: true
        case .server(_, let sqlState, _, _):
            ["08", "40", "53", "57", "58"].contains(String(sqlState.prefix(2))) || ["55P03", "25P03", "25006"].contains(sqlState)
        case .data: false
        }
    }

    /// Whether the server has run out of something (class 53: disk, memory, connections): trying again at once makes it worse.
    public var isExhaustion: Bool { sqlState?.hasPrefix("53") ?? false }

    /// Whether the session can run no further statement.
    public var endsSession: Bool {
        switch self {
        case .cannotConnect, .connectionLost, .timedOut: true
        // Terminated by an administrator, a crash, shutdown, or an idle-in-transaction time-out.
        case .server(_, let sqlState, _, _): ["57P01", "57P02", "57P03", "57P05", "25P03", "25P02"].contains(sqlState)
        case .data: false
        }
    }

    /// The five characters of SQLSTATE, if the server spoke.
    public var sqlState: String? {
        if case .server(_, let sqlState, _, _) = self { sqlState } else { nil }
    }
}

extension PostgresError: CustomStringConvertible {
    /// Safe to log: the server's DETAIL, which quotes row data, is never kept, and quoted input in data errors
    /// (SQLSTATE class 22) is cut.
    public var description: String {
        switch self {
        case .cannotConnect(let why): "Postgres cannot be reached: \(why)"
        case .connectionLost(let statement, let duringCommit):
            "Postgres connection lost in \(statement)" + (duringCommit ? " (outcome of the commit unknown)" : "")
        case .timedOut(let statement, let duringCommit):
            "Postgres did not answer in time in \(statement)" + (duringCommit ? " (outcome of the commit unknown)" : "")
        case .server(let statement, let sqlState, let message, let constraint):
            "Postgres refused \(statement): \(sqlState) \(message)" + (constraint.map { " [\($0)]" } ?? "")
        case .data(let statement, let what): "unexpected data in \(statement): \(what)"
        }
    }
}
