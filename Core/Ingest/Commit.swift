internal import API
private import Crypto
private import HTTPServer
internal import Postgres

/// One transaction for a batch of writes of any kinds.
struct Commit: Sendable {
    /// Sorted: kind by kind, each in the order of its locks.
    let writes: [PendingWrite]
    let oldest: ContinuousClock.Instant

    init(_ batch: [PendingWrite]) {
        oldest = batch.map(\.since).min() ?? .now
        writes = batch.sorted { left, right in
            let (kind, other) = (type(of: left.write).kind, type(of: right.write).kind)
            return kind == other ? left.write.order < right.write.order : kind < other
        }
    }

    /// How many there are of each kind.
    var sizes: [(String, Int)] { runs.map { (type(of: writes[$0.lowerBound].write).kind, $0.count) } }

    /// Commits them.
    ///
    /// - Returns: an answer for each of `writes`.
    func run(on connection: PostgresConnection) async -> [Result<Answer, Problem>] {
        do {
            return try await connection.run { session in
                do {
                    return try perform(writes, in: session)
                } catch let error as PostgresError where writes.count > 1 && Self.mayBeOneWrite(error) {
                    // Somebody's write is at fault, or there was a deadlock: each for itself then.
                    return replay(in: session)
                }
            }
        } catch {
            return writes.map { _ in .failure(Self.problem(error)) }
        }
    }

    /// Whether fewer writes may fare better: where the server refused one, and so wrote nothing; not where the connection is gone
    /// or the server short of something.
    private static func mayBeOneWrite(_ error: PostgresError) -> Bool {
        guard let state = error.sqlState else { return false }
        return !error.endsSession && !error.isExhaustion && !state.hasPrefix("57")
    }

    /// How long writes one by one may hold up those behind them.
    private static let replayLimit = Duration.seconds(5)

    /// Each write by itself. One that waits for somebody's lock gives up soon, and so do those that would wait for the same.
    private func replay(in session: PostgresSession) -> [Result<Answer, Problem>] {
        let deadline = ContinuousClock.now + Self.replayLimit
        var blocked: Set<String> = []
        return writes.map { write in
            let place = "\(type(of: write.write).kind)\u{1F}\(write.write.order.0)\u{1F}\(write.write.order.1)"
            if blocked.contains(place) { return .failure(.isBeingChanged) }
            guard .now < deadline else { return .failure(.unavailable("The database is busy at the moment.")) }
            do {
                return try perform([write], in: session, first: [(.waitBriefly, [])])[0]
            } catch {
                if (error as? PostgresError)?.sqlState == Self.lockNotAvailable { blocked.insert(place) }
                return .failure(Self.problem(error))
            }
        }
    }

    private static let lockNotAvailable = "55P03"

    private static func problem(_ error: any Error) -> Problem {
        guard let error = error as? PostgresError else { return .defect(error) }
        if error.sqlState == lockNotAvailable { return .isBeingChanged }
        return error.isTransient ? .unavailable("The database is not available at the moment.") : .defect(error)
    }

    /// - Parameter preamble: statements that come first in the transaction.
    private func perform(
        _ writes: [PendingWrite], in session: PostgresSession, first preamble: [(SQLStatement, [PostgresValue])] = []
    ) throws -> [Result<Answer, Problem>] {
        guard writes.contains(where: { $0.key != nil }) else { return try write(writes, in: session, first: preamble) }
        return try session.transaction { session in
            _ = try session.batch(preamble)
            return try performOnce(writes, in: session)
        }
    }

    // MARK: Idempotency keys

    private func performOnce(_ writes: [PendingWrite], in session: PostgresSession) throws -> [Result<Answer, Problem>] {
        let keys = writes.compactMap(\.key).sorted { $0.identity < $1.identity }
        let (tenants, names) = (keys.map { Optional($0.tenantID) }, keys.map { Optional($0.key) })
        let rows = try session.batch([
            (.claimIdempotencyKeys, [.texts(tenants), .texts(names), .texts(keys.map(\.requestHash))]),
            (.readIdempotencyKeys, [.texts(tenants), .texts(names)]),
        ])
        let claimed = Set(
            try rows[0].map { row throws(PostgresError) in try row.text("tenant_id") + "\u{1F}" + row.text("key") })
        var former: [String: Result<Answer, Problem>] = [:]
        for row in 0..<rows[1].count {
            let key = keys[Int(try rows[1][row].int("ordinal")) - 1]
            if !claimed.contains(key.identity) { former[key.identity] = try Self.formerAnswer(rows[1][row], to: key) }
        }
        let fresh = writes.filter { $0.key.map { claimed.contains($0.identity) } ?? true }
        var answers = try write(fresh, in: session)[...]
        try settleKeys(fresh, Array(answers), in: session)
        return writes.map { write in
            guard let key = write.key, !claimed.contains(key.identity) else { return answers.removeFirst() }
            return former[key.identity] ?? .failure(Problem(409, "conflict", "This Idempotency-Key is being worked on."))
        }
    }

    private static func formerAnswer(_ row: PostgresRow, to key: IdempotencyKey) throws(PostgresError) -> Result<Answer, Problem>
    {
        guard try row.text("hash") == key.requestHash else {
            return .failure(Problem(422, "idempotency_key_reused", "This Idempotency-Key came before with another request."))
        }
        guard let status = try row.optionalInt("status"), let type = try row.optionalText("content_type"),
            let answer = try row.optionalText("answer").flatMap(Hex.decode)
        else { return .failure(Problem(409, "conflict", "This Idempotency-Key is being worked on.")) }
        return .success(
            Answer(status: Int(status), contentType: type, body: answer, headers: [.init("Idempotent-Replayed", "true")]))
    }

    /// Stores the answers; a request that was refused gives its key back.
    private func settleKeys(
        _ writes: [PendingWrite], _ answers: [Result<Answer, Problem>], in session: PostgresSession
    ) throws(PostgresError) {
        var stored: [(key: IdempotencyKey, answer: Answer)] = []
        var refused: [IdempotencyKey] = []
        for (write, answer) in zip(writes, answers) {
            guard let key = write.key else { continue }
            if case .success(let answer) = answer { stored.append((key, answer)) } else { refused.append(key) }
        }
        var statements: [(SQLStatement, [PostgresValue])] = []
        if !stored.isEmpty {
            statements.append(
                (
                    .storeAnswers,
                    [
                        .texts(stored.map { $0.key.tenantID }), .texts(stored.map { $0.key.key }),
                        .ints(stored.map { Int64($0.answer.status) }), .texts(stored.map { $0.answer.contentType }),
                        .texts(stored.map { String(decoding: $0.answer.body, as: UTF8.self) }),
                    ]
                ))
        }
        if !refused.isEmpty {
            statements.append(
                (.releaseIdempotencyKeys, [.texts(refused.map { $0.tenantID }), .texts(refused.map { $0.key })]))
        }
        _ = try session.batch(statements)
    }

    // MARK: Kinds

    /// Writes of one kind next to each other.
    private var runs: [Range<Int>] { Self.runs(writes) }

    private static func runs(_ writes: [PendingWrite]) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start = 0
        while start < writes.count {
            let kind = ObjectIdentifier(type(of: writes[start].write))
            let end = writes[start...].firstIndex { ObjectIdentifier(type(of: $0.write)) != kind } ?? writes.count
            runs.append(start..<end)
            start = end
        }
        return runs
    }

    /// Runs the statements of all kinds in one round trip.
    private func write(
        _ writes: [PendingWrite], in session: PostgresSession, first preamble: [(SQLStatement, [PostgresValue])] = []
    ) throws -> [Result<Answer, Problem>] {
        let batches = Self.runs(writes).map { range in
            Self.batch(like: writes[range.lowerBound].write, writes[range].map(\.write))
        }
        // First, so that nobody waits for them who holds what the one before may want.
        let tenants = writes.compactMap(\.write.schedulingTenant)
        let first = preamble + (tenants.isEmpty ? [] : [(.lockScheduling, [.texts(tenants)])])
        var rows = try session.batch(first + batches.flatMap(\.statements)).dropFirst(first.count)
        var answers: [Result<Answer, Problem>] = []
        for batch in batches {
            answers += try batch.read(Array(rows.prefix(batch.statements.count)))
            rows = rows.dropFirst(batch.statements.count)
        }
        return answers
    }

    /// The writes of one kind, as that kind sees them.
    private struct KindBatch {
        let statements: [(SQLStatement, [PostgresValue])]
        let read: ([PostgresRows]) throws(PostgresError) -> [Result<Answer, Problem>]
    }

    private static func batch<Kind: Write>(like first: Kind, _ writes: [any Write]) -> KindBatch {
        let typed = writes.compactMap { $0 as? Kind }
        return KindBatch(statements: Kind.statements(for: typed)) { rows throws(PostgresError) in
            try Kind.answers(to: typed, from: rows)
        }
    }
}

extension Problem {
    fileprivate static let isBeingChanged = Problem(409, "conflict", "Another request is changing the same just now.")
}

extension SQLStatement {
    fileprivate static let waitBriefly = SQLStatement(
        unsafe: "select set_config('lock_timeout', '250ms', true)", name: "wait_briefly")
    fileprivate static let lockScheduling = SQLStatement(embedded: PackageResources.lock_scheduling_sql)
    fileprivate static let claimIdempotencyKeys = SQLStatement(embedded: PackageResources.claim_idempotency_keys_sql)
    fileprivate static let readIdempotencyKeys = SQLStatement(embedded: PackageResources.read_idempotency_keys_sql)
    fileprivate static let storeAnswers = SQLStatement(embedded: PackageResources.store_answers_sql)
    fileprivate static let releaseIdempotencyKeys = SQLStatement(embedded: PackageResources.release_idempotency_keys_sql)
}
