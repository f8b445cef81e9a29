import Coordination
import Messaging
import Postgres
public import Primitives
import Recoveries
import Runtime
import Schema
import TestSupport

/// Organisations with forms in a database of the test's own, visitors who break off, and a planner that leads it.
///
/// Everything is written at a business time, as the applications and the planner would have written it then.
struct Reception {
    /// The planner's program, whose lease it holds.
    static let program = "abandon-recovery"
    /// Every run of these tests.
    static let runID = "00000000-0000-4000-8000-000000000001"
    /// Monday, ten o'clock in Paris: every step of a visit of that hour falls into the hours of marketing.
    static let monday: Timestamp = "2026-06-08T08:00:00Z"
    /// The key of the address hashes.
    static let addresses = AddressBook(hashKey: Secret("0123456789abcdef"), allowed: [])

    let database: TestDatabase
    /// The planner's, with no more rights than a worker has.
    let worker: PostgresConnection

    /// Organisations with the active forms `f1` and `f2`.
    init(
        _ organizations: [String] = ["acme"], installed instant: Timestamp = "2026-01-01T00:00:00Z", zone: String = "Europe/Paris"
    ) async throws {
        database = try await TestDatabase.create()
        // These databases die with the test run: nothing in it waits for the disk.
        try await database.execute("set synchronous_commit = off")
        try await database.execute(
            "do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$")
        worker = PostgresConnection(PostgresConfiguration(url: database.workerURL, applicationName: "planner"))
        try await database.execute(
            "insert into relance.leases (name, epoch, holder, expires_at) values ($1, 1, 'test', 'infinity')",
            [.text(Self.program)])
        for organization in organizations {
            try await write(
                at: instant, "insert into organizations (id, name, timezone) values ($1, 'Atlas', $2)",
                [.text(organization), .text(zone)])
            try await write(
                at: instant,
                """
                insert into forms (tenant_id, id, name, status) values
                    ($1, 'f1', 'Devis', 'ACTIVE'), ($1, 'f2', 'Bilan', 'ACTIVE')
                """, [.text(organization)])
        }
    }

    /// Runs one statement in a transaction at a business time; returns each row's columns as text, null as an empty text.
    @discardableResult
    func write(at instant: Timestamp, _ sql: String, _ values: [PostgresValue] = []) async throws -> [[String]] {
        try await database.connection.run { session throws(PostgresError) in
            let rows = try session.batch(at: .fixed(instant), [(SQLStatement(unsafe: sql, name: "test"), values)])[0]
            let width = rows.columns.count
            return try rows.map { row throws(PostgresError) in (0..<width).map { row.optionalText($0) ?? "" } }
        }
    }

    /// A visitor breaks off, or goes on and breaks off again: one row for each visit, as ingest keeps it.
    func breakOff(
        _ id: String = "v1", at instant: Timestamp, email: String? = "eve@example.com", form: String = "f1",
        zone: String? = nil, consent: String = "unknown", phone: String? = nil, organization: String = "acme"
    ) async throws {
        try await write(
            at: instant,
            """
            insert into form_abandons (
                tenant_id, id, form_id, session_id, email, phone, name, timezone, marketing_consent, last_activity_at, created_at,
                answers)
            values ($1, $2, $3, $2, $4, $5, 'Ève', $6, $7, relance.now(), relance.now(), '{"secret": "typed"}')
            on conflict (tenant_id, form_id, session_id) do update
            set email = excluded.email, last_activity_at = excluded.last_activity_at
            where form_abandons.ended_at is null
            """,
            [
                .text(organization), .text(id), .text(form), .optional(email), .optional(phone), .optional(zone),
                .text(consent),
            ])
    }

    /// Somebody submits; ingest's part, the end of the abandons, is left to the planner.
    func submit(
        _ id: String = "s1", at instant: Timestamp, email: String? = nil, phone: String? = nil, session: String? = nil,
        form: String = "f1"
    ) async throws {
        try await write(
            at: instant,
            """
            insert into form_submissions (tenant_id, id, form_id, session_id, email, phone, created_at)
            values ('acme', $1, $2, $3, $4, $5, relance.now())
            """, [.text(id), .text(form), .optional(session), .optional(email), .optional(phone)])
    }

    /// A planner.
    func planner(batchSize: Int = 1000, failpoints: Failpoints = .none) -> RecoveryPlanner {
        RecoveryPlanner(
            program: Self.program, connection: worker, addresses: Self.addresses, failpoints: failpoints, batchSize: batchSize)
    }

    /// One tick of the planner.
    @discardableResult
    func plan(at instant: Timestamp, epoch: Int64 = 1, batchSize: Int = 1000) async throws -> RecoveryPlanner.Report {
        try await planner(batchSize: batchSize).plan(at: .fixed(instant), runID: Self.runID) { epoch }
    }

    /// What `--dry-run` shows: step and verdict of each line.
    func preview(at instant: Timestamp) async throws -> [String] {
        try await RecoveryPreview.read(worker, addresses: Self.addresses, at: .fixed(instant), limit: 1000)
            .map { "\($0.abandonID) \($0.step) \($0.verdict)" }
    }

    /// The ledger, a line each: step, state, reason; in the order of the sequence.
    func ledger(_ abandon: String = "v1") async throws -> [String] {
        try await database.rows(
            """
            select concat_ws(' ', step, state, reason) from relance.deliveries
            where subject = $1
            order by array_position(array['+1h', '+24h', '+72h'], step), revision
            """, [.text(abandon)]
        ).map { $0[0] }
    }

    /// Why a sequence has ended; empty while it lives.
    func end(_ abandon: String = "v1") async throws -> String {
        try await database.value("select ended_reason from form_abandons where id = $1", [.text(abandon)])
    }

    /// The full derivation against the pointers: how many abandons the planner would have forgotten.
    func forgotten(at instant: Timestamp) async throws -> Int {
        try await PointerProof.recoveries(over: database.connection, pageSize: 7).run(at: .fixed(instant)).forgotten
    }
}

/// Instants as tests write them; one that is none is a mistake in the test.
extension Timestamp: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) {
        guard let instant = Timestamp(text) else { preconditionFailure("\(text) is not an instant") }
        self = instant
    }
}

extension Timestamp {
    /// So many minutes later.
    func minutes(_ minutes: Int) -> Timestamp { self + .seconds(minutes * 60) }

    /// So many hours later.
    func hours(_ hours: Int) -> Timestamp { minutes(hours * 60) }
}
