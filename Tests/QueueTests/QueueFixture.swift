import Postgres
import Primitives
import Queue
import Schema
import TestSupport

/// A kind of a test's own in the target's database, and the queue's statements, run one at a time.
struct QueueFixture: Sendable {
    /// The target's database. Tests share it: each has kinds of its own.
    let database: TestDatabase
    /// The test's kind, in a queue of the same name.
    let kind: JobKind

    private static let shared = Task { try await TestDatabase.create() }

    /// What a rescue reports.
    struct Rescue: Sendable, Equatable {
        var rescued = 0
        var quarantined = 0
        var hasSuspects = false
    }

    init(maxAttempts: Int = 8, in database: TestDatabase? = nil) async throws {
        if let database { self.database = database } else { self.database = try await Self.shared.value }
        kind = Self.newKind(maxAttempts: maxAttempts)
    }

    /// A further kind.
    static func newKind(maxAttempts: Int = 8) -> JobKind {
        let name = "kind\(UInt64.random(in: .min ... .max))"
        return JobKind(name: name, queue: name, maxAttempts: maxAttempts)
    }

    /// A connection of its own, as another process would have.
    func newConnection(_ applicationName: String = "tests") -> PostgresConnection {
        PostgresConnection(PostgresConfiguration(url: database.url, applicationName: applicationName))
    }

    // MARK: Statements

    /// Puts jobs in; returns the ids of those that were not there already.
    @discardableResult
    func enqueue(_ jobs: [NewJob], at time: BusinessTime = .database) async throws -> [Int64] {
        try await run(JobQueue.enqueue(jobs), at: time) { rows throws(PostgresError) in
            try rows.map { row throws(PostgresError) in try row.int("id") }
        }
    }

    /// Puts plain jobs of the test's kind in.
    @discardableResult
    func enqueue(count: Int, tenant: String = "acme") async throws -> [Int64] {
        try await enqueue(Array(repeating: NewJob(tenantID: tenant, kind: kind), count: count))
    }

    func claim(
        _ places: Int = 10, of kind: JobKind? = nil, lease: Duration = .seconds(30), by holder: String = "holder",
        on connection: PostgresConnection? = nil
    ) async throws -> [ClaimedJob] {
        try await run(JobQueue.claim([(kind ?? self.kind, places)], lease: lease, by: holder), on: connection) {
            rows throws(PostgresError) in try JobQueue.claimed(rows)
        }
    }

    func claimSuspect(by holder: String = "holder") async throws -> [ClaimedJob] {
        try await run(JobQueue.claimSuspect([kind], lease: .seconds(30), by: holder)) { rows throws(PostgresError) in
            try JobQueue.claimed(rows)
        }
    }

    /// Writes outcomes; returns the ids of those that were no longer the claimer's.
    @discardableResult
    func settle(_ settlements: [Settlement], at time: BusinessTime = .database) async throws -> [Int64] {
        try await run(JobQueue.settle(settlements), at: time) { rows throws(PostgresError) in
            try rows.map { row throws(PostgresError) in try row.int("id") }
        }
    }

    @discardableResult
    func settle(_ jobs: [ClaimedJob], _ outcome: JobOutcome, at time: BusinessTime = .database) async throws -> [Int64] {
        try await settle(jobs.map { Settlement($0, outcome) }, at: time)
    }

    /// Returns the ids of the jobs that are still the claimer's.
    func renew(_ jobs: [ClaimedJob], lease: Duration = .seconds(30)) async throws -> [Int64] {
        try await run(JobQueue.renew(jobs, lease: lease)) { rows throws(PostgresError) in
            try rows.map { row throws(PostgresError) in try row.int(0) }
        }
    }

    @discardableResult
    func rescue(_ kinds: [JobKind]? = nil) async throws -> Rescue {
        try await run(JobQueue.rescue(kinds ?? [kind])) { rows throws(PostgresError) in
            let row = try rows.single()
            return Rescue(
                rescued: Int(try row.int("rescued")), quarantined: Int(try row.int("quarantined")),
                hasSuspects: try row.bool("has_suspects"))
        }
    }

    func stage(_ kinds: [JobKind]? = nil, at time: BusinessTime = .database) async throws {
        try await run(JobQueue.stage(kinds ?? [kind]), at: time) { _ in }
    }

    func nextDue(at time: BusinessTime = .database) async throws -> Double? {
        try await run(JobQueue.nextDue([kind]), at: time) { rows throws(PostgresError) in
            try rows.single().optionalDouble("seconds")
        }
    }

    private func run<Value: Sendable>(
        _ statement: JobQueue.Bound, at time: BusinessTime = .database, on connection: PostgresConnection? = nil,
        _ decode: @Sendable (PostgresRows) throws(PostgresError) -> Value
    ) async throws -> Value {
        try await (connection ?? database.connection).run { session throws(PostgresError) in
            try decode(try session.batch(at: time, [statement])[0])
        }
    }

    // MARK: What became of it

    /// Lets the leases of all running jobs of the kind run out, as if their process had died long ago.
    func expireLeases() async throws {
        try await database.execute(
            "update relance.jobs set leased_until = clock_timestamp() - interval '1 second' where kind = $1 and state = 'running'",
            [.text(kind.name)])
    }

    /// `column` of the live jobs of the kind, by id.
    func live(_ column: String) async throws -> [String] {
        try await database.rows("select (\(column))::text from relance.jobs where kind = $1 order by jobs.id", [.text(kind.name)])
            .map { $0[0] }
    }

    /// `column` of the finished jobs of the kind, by id.
    func history(_ column: String) async throws -> [String] {
        try await database.rows(
            "select (\(column))::text from relance.job_history where kind = $1 order by job_history.id", [.text(kind.name)]
        )
        .map { $0[0] }
    }

    /// `column` of the dead jobs of the kind, by id.
    func dead(_ column: String) async throws -> [String] {
        try await database.rows(
            "select (\(column))::text from relance.dead_jobs where kind = $1 order by dead_jobs.id", [.text(kind.name)]
        )
        .map { $0[0] }
    }

    func pause(_ queue: String) async throws {
        try await database.execute("insert into relance.queue_controls (queue, paused_by) values ($1, 'test')", [.text(queue)])
    }

    func resume(_ queue: String) async throws {
        try await database.execute("delete from relance.queue_controls where queue = $1", [.text(queue)])
    }
}
