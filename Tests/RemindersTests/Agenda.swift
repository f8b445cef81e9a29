import Coordination
import Postgres
public import Primitives
import Reminders
import Runtime
import Schema
import TestSupport

/// Organisations with people and appointments in a database of the test's own, and a planner that leads it.
///
/// Everything is written at a business time, as the applications and the planner would have written it then.
struct Agenda {
    /// The planner's program, whose lease it holds.
    static let program = "reminder-sender"
    /// Every run of these tests.
    static let runID = "00000000-0000-4000-8000-000000000001"

    let database: TestDatabase
    /// The planner's, with no more rights than a worker has.
    let worker: PostgresConnection

    /// Organisations with the sequence of the product document; each has the closers `c1` and `c2` and the lead `l1`.
    ///
    /// - Parameters:
    ///   - organizations: their ids.
    ///   - instant: when they were installed, and so when their steps were activated.
    ///   - zone: of the organisations.
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
                at: instant, "insert into organizations (id, name, timezone) values ($1, $1, $2)",
                [.text(organization), .text(zone)])
            try await write(
                at: instant,
                """
                insert into users (tenant_id, id, email, name, role, phone) values
                    ($1, 'c1', 'c1@example.com', 'Claire', 'CLOSER', '+33639980001'),
                    ($1, 'c2', 'c2@example.com', 'Karim', 'CLOSER', '+33639980002')
                """, [.text(organization)])
            try await write(
                at: instant,
                "insert into leads (tenant_id, id, name, email, phone) values ($1, 'l1', 'Luc', 'luc@example.com', '+33639980011')",
                [.text(organization)])
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

    /// Books an appointment with the lead `l1`.
    func book(
        _ id: String = "a1", at instant: Timestamp, start: Timestamp, closer: String? = "c1", organization: String = "acme"
    ) async throws {
        try await write(
            at: instant,
            """
            insert into appointments (tenant_id, id, lead_id, closer_id, starts_at, created_at)
            values ($1, $2, 'l1', $3, $4, relance.now())
            """, [.text(organization), .text(id), .optional(closer), .timestamp(start)])
    }

    /// Moves an appointment.
    func move(_ id: String = "a1", at instant: Timestamp, to start: Timestamp, organization: String = "acme") async throws {
        try await write(
            at: instant, "update appointments set starts_at = $3 where (tenant_id, id) = ($1, $2)",
            [.text(organization), .text(id), .timestamp(start)])
    }

    /// Gives an appointment a status.
    func set(_ id: String = "a1", at instant: Timestamp, status: String, organization: String = "acme") async throws {
        try await write(
            at: instant, "update appointments set status = $3 where (tenant_id, id) = ($1, $2)",
            [.text(organization), .text(id), .text(status)])
    }

    /// Gives an appointment another closer.
    func assign(_ id: String = "a1", at instant: Timestamp, to closer: String?, organization: String = "acme") async throws {
        try await write(
            at: instant, "update appointments set closer_id = $3 where (tenant_id, id) = ($1, $2)",
            [.text(organization), .text(id), .optional(closer)])
    }

    /// A planner.
    func planner(batchSize: Int = 5000, failpoints: Failpoints = .none) -> ReminderPlanner {
        ReminderPlanner(
            program: Self.program, connection: worker,
            helping: PostgresConnection(PostgresConfiguration(url: database.workerURL, applicationName: "helping planner")),
            failpoints: failpoints, batchSize: batchSize)
    }

    /// One tick.
    @discardableResult
    func plan(at instant: Timestamp, epoch: Int64 = 1, batchSize: Int = 5000) async throws -> ReminderPlanner.Report {
        try await planner(batchSize: batchSize).plan(at: .fixed(instant), runID: Self.runID) { epoch }
    }

    /// The ledger of an organisation, a line each: step, channel, recipient, state, reason; in the order of the sequence.
    func ledger(_ organization: String = "acme", appointment: String? = nil, since revision: Int? = nil) async throws -> [String]
    {
        try await database.rows(
            """
            select concat_ws(' ', step, channel, recipient_id, state, reason) from relance.deliveries
            where tenant_id = $1 and subject = coalesce($2, subject) and revision >= coalesce($3::integer, 0)
            order by array_position(array['T+0', 'T+10', 'J-1', 'H-1', 'T-0', 'moved', 'cancelled'], step), subject, revision, channel, recipient_id
            """, [.text(organization), .optional(appointment), revision.map { .int($0) } ?? .null]
        ).map { $0[0] }
    }

    /// The ledger, those lines only that are about one step.
    func ledger(step: String, since revision: Int? = nil) async throws -> [String] {
        try await ledger(since: revision).filter { $0.hasPrefix(step + " ") }
    }

    /// The full derivation against the pointers: how many appointments the planner would have forgotten.
    func forgotten(at instant: Timestamp) async throws -> Int {
        try await PointerProof.reminders(over: database.connection, pageSize: 7).run(at: .fixed(instant)).forgotten
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
}
