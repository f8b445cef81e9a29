internal import API
internal import Postgres
internal import Synchronization

/// The keys of callers, looked up in Postgres and remembered for a few seconds: a revocation takes no longer to tell.
final class KeyRing: Sendable {
    /// What is known of a key.
    struct Entry: Sendable, Equatable {
        let tenantID: String
        let id: String
        let kind: APIKey.Kind
        let scopes: Set<Scope>
        let origins: [String]
        let perMinute: Int?
    }

    private struct Memory {
        let entry: Entry?
        let until: ContinuousClock.Instant
    }

    private struct Question: Sendable {
        let tenantID: String
        let hash: String
    }

    private static let trust = Duration.seconds(3)
    private static let distrust = Duration.seconds(1)
    private static let capacity = 10_000

    private let memory = Mutex<[String: Memory]>([:])
    private let lookUp: Coalescer<Question, (Entry, Duration)?>

    init(_ reads: ReadPool) {
        lookUp = Coalescer { questions in
            let found = try await reads.read { session throws(PostgresError) in
                try session.query(
                    .findKeys, [.texts(questions.map(\.tenantID)), .texts(questions.map(\.hash))]
                ).map { row throws(PostgresError) in
                    (try row.text("hash"), try KeyRing.entry(row), try row.optionalInt("seconds_left"))
                }
            }
            let byHash = Dictionary(found.map { ($0.0, ($0.1, $0.2)) }) { first, _ in first }
            return questions.map { question in
                byHash[question.hash].map { ($0.0, $0.1.map { .seconds($0) } ?? KeyRing.trust) }
            }
        }
    }

    /// What opens with a key; nil for one that opens nothing.
    func find(_ key: APIKey) async throws(Problem) -> Entry? {
        let hash = key.hash
        let now = ContinuousClock.now
        if let known = memory.withLock({ $0[hash] }), known.until > now { return known.entry }
        let found: (Entry, Duration)?
        do {
            found = try await lookUp.ask(Question(tenantID: key.tenantID, hash: hash))
        } catch {
            throw error as? Problem ?? .defect(error)
        }
        let until = now + (found.map { min($0.1, Self.trust) } ?? Self.distrust)
        memory.withLock { memory in
            if memory.count >= Self.capacity { memory = memory.filter { $0.value.until > now } }
            // Still full of what somebody made up: begin anew.
            if memory.count >= Self.capacity { memory = [:] }
            memory[hash] = Memory(entry: found?.0, until: until)
        }
        return found?.0
    }

    private static func entry(_ row: PostgresRow) throws(PostgresError) -> Entry {
        Entry(
            tenantID: try row.text("tenant_id"), id: try row.text("id"),
            kind: APIKey.Kind(rawValue: try row.text("kind")) ?? .publishable,
            scopes: Set(try row.text("scopes").split(separator: " ").compactMap { Scope(rawValue: String($0)) }),
            origins: try row.text("origins").split(separator: " ").map(String.init),
            perMinute: try row.optionalInt("per_minute").map { Int($0) })
    }
}

extension SQLStatement {
    fileprivate static let findKeys = SQLStatement(embedded: PackageResources.find_keys_sql)
}
