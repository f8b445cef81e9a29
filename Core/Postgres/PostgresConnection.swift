private import Primitives

/// A connection that opens itself: at first use, and again after it broke.
///
/// An actor on its own thread, because libpq blocks. Work is handed in as a synchronous closure over the session, so
/// nothing else can run between two statements of a transaction.
public actor PostgresConnection {
    private let executor = ThreadExecutor()
    private let configuration: PostgresConfiguration
    private var session: PostgresSession?

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Nothing is opened until the first use.
    public init(_ configuration: PostgresConfiguration) { self.configuration = configuration }

    /// Lends the session to `body`, on the connection's thread. What `body` returns is decoded values, never rows.
    ///
    /// Nothing is retried here: after a lost connection only the caller knows whether its work may be repeated.
    public func run<Value: Sendable, Failure: Error>(
        _ body: @Sendable (PostgresSession) throws(Failure) -> Value
    ) throws -> Value {
        try body(try usableSession())
    }

    /// Runs one statement and returns its decoded rows.
    public func query<Value: Sendable>(
        _ statement: SQLStatement, _ values: [PostgresValue] = [],
        _ decode: @Sendable (PostgresRow) throws(PostgresError) -> Value
    ) throws(PostgresError) -> [Value] {
        try usableSession().query(statement, values).map(decode)
    }

    /// Runs one statement for its effect; returns the number of rows affected.
    @discardableResult
    public func execute(_ statement: SQLStatement, _ values: [PostgresValue] = []) throws(PostgresError) -> Int {
        try usableSession().query(statement, values).affected
    }

    /// Closes the connection; the next use opens another.
    public func close() { session = nil }

    private func usableSession() throws(PostgresError) -> PostgresSession {
        if let session, !session.isBroken { return session }
        session = nil
        let opened = try PostgresSession(configuration)
        session = opened
        return opened
    }
}
