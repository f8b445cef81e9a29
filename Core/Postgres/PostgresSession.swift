private import CPostgres
private import Glibc

/// One connection, used synchronously on one thread: send, wait (bounded), read.
///
/// Not `Sendable`; `PostgresConnection` lends it out on the connection's own thread. Every wait ends at the
/// configuration's answer time-out, after which the session is given up (`isBroken`): a server that does not answer
/// cannot be trusted to have stopped working.
public final class PostgresSession {
    private let handle: PostgresHandle
    private let configuration: PostgresConfiguration

    /// Whether the session can run no further statement.
    public private(set) var isBroken = false

    /// Whether what is on its way ends in a commit: then a loss leaves its outcome unknown.
    private var isCommitting = false

    /// Connects.
    ///
    /// - Throws: `PostgresError.cannotConnect`.
    public init(_ configuration: PostgresConfiguration) throws(PostgresError) {
        self.configuration = configuration
        handle = try PostgresHandle.open(configuration)
    }

    /// Runs one statement.
    ///
    /// - Parameter values: bound to `$1`, `$2`, … in order.
    /// - Returns: its rows; none for a command.
    @discardableResult
    public func query(_ statement: SQLStatement, _ values: [PostgresValue] = []) throws(PostgresError) -> PostgresRows {
        try ensureUsable(statement)
        try refuseNUL(statement, values)
        let deadline = ContinuousClock.now + configuration.answerTimeout
        isCommitting =
            statement.name == SQLStatement.commit.name || (isOutsideTransaction && statement.name != SQLStatement.begin.name)
        defer { isCommitting = false }
        try send(statement, values)
        let outcome = try collect(statement, until: deadline)
        if case .failure(let error) = outcome, isBroken { throw error }
        try drain(statement, until: deadline)
        return try outcome.get()
    }

    /// Runs a script of several statements without values, as one implicit transaction (migrations).
    public func script(_ statement: SQLStatement) throws(PostgresError) {
        try ensureUsable(statement)
        // A migration may rightly take longer than any statement of a worker.
        let deadline = ContinuousClock.now + .seconds(3600)
        isCommitting = isOutsideTransaction
        defer { isCommitting = false }
        guard PQsendQuery(handle.raw, statement.text) == 1 else { throw lost(statement) }
        var failure: PostgresError?
        while let result = try next(statement, until: deadline) {
            if let error = take(result, statement).error, failure == nil { failure = error }
        }
        if let failure { throw failure }
    }

    /// Runs several statements in one round trip and one transaction: either all take effect or none.
    ///
    /// Each statement takes its own snapshot (READ COMMITTED), so a later one sees what an earlier one locked or wrote.
    public func batch(_ statements: [(SQLStatement, [PostgresValue])]) throws(PostgresError) -> [PostgresRows] {
        guard let first = statements.first else { return [] }
        try ensureUsable(first.0)
        for (statement, values) in statements { try refuseNUL(statement, values) }
        let deadline = ContinuousClock.now + configuration.answerTimeout
        let commits = isOutsideTransaction
        guard PQenterPipelineMode(handle.raw) == 1 else { throw lost(first.0) }
        for (statement, values) in statements { try send(statement, values, until: deadline) }
        // The server commits when it reads the sync, never before.
        isCommitting = commits
        defer { isCommitting = false }
        guard PQpipelineSync(handle.raw) == 1 else { throw lost(first.0) }
        var answers: [PostgresRows] = []
        var failure: PostgresError?
        for (statement, _) in statements {
            switch try collect(statement, until: deadline) {
            case .success(let rows): answers.append(rows)
            case .failure(let error): failure = failure ?? error
            }
            if let failure, isBroken { throw failure }
            try drain(statement, until: deadline)
        }
        let commitFailure = try synchronize(first.0, until: deadline)
        if let failure = failure ?? commitFailure { throw failure }
        return answers
    }

    /// Runs `body` between BEGIN and COMMIT; rolls back when it throws, and throws that on.
    ///
    /// - Throws: what `body` throws; `PostgresError`, with `duringCommit` set where the commit's outcome is unknown.
    public func transaction<Value>(_ body: (PostgresSession) throws -> Value) throws -> Value {
        try query(.begin)
        let value: Value
        do {
            value = try body(self)
        } catch {
            if !isBroken { _ = try? query(.rollback) }
            throw error
        }
        // The server answers a commit of a failed transaction with a polite ROLLBACK.
        guard PQtransactionStatus(handle.raw) != PQTRANS_INERROR else {
            try query(.rollback)
            throw PostgresError.data(
                statement: SQLStatement.commit.name, "rolled back: a statement of the transaction had failed")
        }
        try query(.commit)
        return value
    }

    // MARK: Wire

    private var isOutsideTransaction: Bool { PQtransactionStatus(handle.raw) == PQTRANS_IDLE }

    private func ensureUsable(_ statement: SQLStatement) throws(PostgresError) {
        if isBroken { throw .connectionLost(statement: statement.name, duringCommit: false) }
    }

    private func refuseNUL(_ statement: SQLStatement, _ values: [PostgresValue]) throws(PostgresError) {
        for value in values where value.holdsNUL { throw .data(statement: statement.name, "U+0000 in a text") }
    }

    private func send(
        _ statement: SQLStatement, _ values: [PostgresValue], until deadline: ContinuousClock.Instant? = nil
    ) throws(PostgresError) {
        let sent = withBound(values) { types, pointers, lengths, formats in
            PQsendQueryParams(handle.raw, statement.text, Int32(values.count), types, pointers, lengths, formats, 0)
        }
        guard sent == 1 else { throw lost(statement) }
        // In a pipeline the server may answer before everything is sent: read while writing, or both sides stall.
        if let deadline { try flush(statement, until: deadline) }
    }

    private func flush(_ statement: SQLStatement, until deadline: ContinuousClock.Instant) throws(PostgresError) {
        while true {
            let left = PQflush(handle.raw)
            if left == 0 { return }
            guard left > 0 else { throw lost(statement) }
            let events = handle.wait(for: Int16(POLLIN | POLLOUT), until: deadline)
            guard events != 0 else { throw giveUp(statement) }
            if events & Int16(POLLIN) != 0, PQconsumeInput(handle.raw) == 0 { throw lost(statement) }
        }
    }

    /// The next result, or nil at the end of the statement's results.
    private func next(_ statement: SQLStatement, until deadline: ContinuousClock.Instant) throws(PostgresError) -> OpaquePointer?
    {
        try flush(statement, until: deadline)
        while PQisBusy(handle.raw) == 1 {
            guard handle.wait(for: Int16(POLLIN), until: deadline) != 0 else { throw giveUp(statement) }
            guard PQconsumeInput(handle.raw) == 1 else { throw lost(statement) }
        }
        return PQgetResult(handle.raw)
    }

    private func collect(
        _ statement: SQLStatement, until deadline: ContinuousClock.Instant
    ) throws(PostgresError) -> Result<PostgresRows, PostgresError> {
        guard let result = try next(statement, until: deadline) else {
            if PQstatus(handle.raw) == CONNECTION_BAD { throw lost(statement) }
            return .failure(.data(statement: statement.name, "no answer to the statement"))
        }
        let (rows, error) = take(result, statement)
        if let error { return .failure(error) }
        guard let rows else { return .failure(.data(statement: statement.name, "no answer to the statement")) }
        return .success(rows)
    }

    private func drain(_ statement: SQLStatement, until deadline: ContinuousClock.Instant) throws(PostgresError) {
        while let extra = try next(statement, until: deadline) { PQclear(extra) }
    }

    /// Reads up to the sync; returns what kept the server from committing there.
    private func synchronize(
        _ statement: SQLStatement, until deadline: ContinuousClock.Instant
    ) throws(PostgresError) -> PostgresError? {
        var failure: PostgresError?
        while let result = try next(statement, until: deadline) {
            if PQresultStatus(result) == PGRES_PIPELINE_SYNC {
                PQclear(result)
                guard PQexitPipelineMode(handle.raw) == 1 else { throw lost(statement) }
                return failure
            }
            failure = failure ?? take(result, statement).error
        }
        // libpq counts an error at the sync as the sync itself and so loses its place: the session is of no further use.
        isBroken = true
        throw failure ?? lost(statement)
    }

    /// Turns a raw result into rows or an error; frees it in the latter case.
    private func take(_ result: OpaquePointer, _ statement: SQLStatement) -> (rows: PostgresRows?, error: PostgresError?) {
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
            return (PostgresRows(adopting: result, statement: statement.name), nil)
        case PGRES_PIPELINE_ABORTED:
            PQclear(result)
            return (nil, .data(statement: statement.name, "not run: an earlier statement of the batch failed"))
        default:
            defer { PQclear(result) }
            let error = error(result, statement)
            let severity = PQresultErrorField(result, Int32(UInt8(ascii: "V"))).map { String(cString: $0) }
            if error.endsSession || severity == "FATAL" || severity == "PANIC" || PQstatus(handle.raw) == CONNECTION_BAD {
                isBroken = true
            }
            return (nil, error)
        }
    }

    private func error(_ result: OpaquePointer, _ statement: SQLStatement) -> PostgresError {
        func field(_ code: Unicode.Scalar) -> String? {
            PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
        }
        guard let sqlState = field("C") else { return lost(statement) }
        var message = field("M") ?? ""
        if sqlState.hasPrefix("22") { message = Self.withoutInput(message) }
        return .server(statement: statement.name, sqlState: sqlState, message: message, constraint: field("n"))
    }

    /// Class 22 quotes the offending input, after a colon or between quotes; that input can be personal data.
    private static func withoutInput(_ message: String) -> String {
        var message = message.prefix { $0 != ":" }
        if let first = message.firstIndex(of: "\""), let last = message.lastIndex(of: "\""), first < last {
            message.replaceSubrange(message.index(after: first)..<last, with: "…")
        }
        return String(message)
    }

    private func lost(_ statement: SQLStatement) -> PostgresError {
        isBroken = true
        return .connectionLost(statement: statement.name, duringCommit: isCommitting)
    }

    private func giveUp(_ statement: SQLStatement) -> PostgresError {
        isBroken = true
        return .timedOut(statement: statement.name, duringCommit: isCommitting)
    }
}

extension SQLStatement {
    static let begin = SQLStatement(unsafe: "begin", name: "begin")
    static let commit = SQLStatement(unsafe: "commit", name: "commit")
    static let rollback = SQLStatement(unsafe: "rollback", name: "rollback")
}

/// Lends the values in the form `PQsendQueryParams` wants: types, memory, lengths, formats.
private func withBound<Result>(
    _ values: [PostgresValue],
    _ body: (UnsafePointer<Oid>, UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<Int32>, UnsafePointer<Int32>) -> Result
) -> Result {
    let bound = values.map { WireValue($0) }
    return withExtendedLifetime(bound) {
        body(bound.map(\.type), bound.map { UnsafePointer($0.start) }, bound.map { Int32($0.count) }, bound.map(\.format))
    }
}
