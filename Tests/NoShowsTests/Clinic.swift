import Coordination
import HTTPClient
import NoShows
import Postgres
public import Primitives
import Providers
import Runtime
import Schema
import TestSupport

/// An organisation with people and appointments in a database of the test's own, and a detector that leads it.
///
/// Everything is written at a business time, as the applications, the webhooks and the fleet would have written it then.
struct Clinic {
    /// The planner's program, whose lease it holds.
    static let program = "no-show-detector"
    /// Every run of these tests.
    static let runID = "00000000-0000-4000-8000-000000000002"

    let database: TestDatabase
    /// The planner's, with no more rights than a worker has.
    let worker: PostgresConnection
    /// Whom the planner asks about silent rooms.
    var inquiry: RoomInquiry

    /// Organisations in a zone, each with the closers `c1` and `c2`, the administrator `boss` and the leads `l1` and `l2`.
    ///
    /// - Parameters:
    ///   - instant: when they were installed, and so when their steps were activated.
    ///   - liveKit: the room service; nil is nobody to ask.
    init(
        _ organizations: [String] = ["acme"], installed instant: Timestamp = "2026-01-01T00:00:00Z",
        zone: String = "Europe/Paris", liveKit: String? = nil
    ) async throws {
        database = try await TestDatabase.create()
        // These databases die with the test run: nothing in it waits for the disk.
        try await database.execute("set synchronous_commit = off")
        try await database.execute(
            "do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$")
        worker = PostgresConnection(PostgresConfiguration(url: database.workerURL, applicationName: "planner"))
        inquiry = RoomInquiry(liveKit.map { Self.project(at: $0) }, over: HTTPClient())
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
                insert into users (tenant_id, id, email, name, role) values
                    ($1, 'c1', 'c1@example.com', 'Claire', 'CLOSER'), ($1, 'c2', 'c2@example.com', 'Karim', 'CLOSER'),
                    ($1, 'boss', 'boss@example.com', 'Ada', 'ADMIN')
                """, [.text(organization)])
            try await write(
                at: instant,
                """
                insert into leads (tenant_id, id, name, email, phone) values
                    ($1, 'l1', 'Luc', 'luc@example.com', '+33639980011'), ($1, 'l2', 'Lea', 'lea@example.com', '+33639980012')
                """, [.text(organization)])
        }
    }

    /// LiveKit as the simulator plays it.
    static func project(at url: String) -> LiveKit {
        LiveKit(
            apiKey: "APItest", secret: Secret("a-secret-for-tests-0123456789abcdef"),
            endpoint: ProviderEndpoint(url, timeout: .seconds(2)))
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

    /// Books an appointment.
    func book(
        _ id: String = "a1", at instant: Timestamp, start: Timestamp, lead: String = "l1", closer: String? = "c1",
        video: String = "livekit", organization: String = "acme"
    ) async throws {
        try await write(
            at: instant,
            """
            insert into appointments (tenant_id, id, lead_id, closer_id, starts_at, created_at, video)
            values ($1, $2, $3, $4, $5, relance.now(), $6)
            """, [.text(organization), .text(id), .text(lead), .optional(closer), .timestamp(start), .text(video)])
    }

    /// Somebody comes into the appointment's call, as the webhooks tell it.
    func join(_ id: String = "a1", at instant: Timestamp, as role: String, organization: String = "acme") async throws {
        try await write(
            at: instant,
            """
            select relance.join_call($1, relance.open_call($1, $2, relance.now()), $3 || ':of-' || $2, $4, relance.now())
            """, [.text(organization), .text(id), .text(role == "lead" ? "lead" : "user"), .text(role)])
    }

    /// Somebody presses a button in the dashboard: the call is started, as `/calls/start` writes it. No room has told of it.
    func start(_ id: String = "a1", at instant: Timestamp, as role: String? = "closer", organization: String = "acme")
        async throws
    {
        let given = #"{"actor":"key:1"\#(role.map { #","role":"\#($0)""# } ?? "")}"#
        try await write(
            at: instant, "select relance.schedule($1, 'start_call', $2, $3::jsonb)",
            [.text(organization), .text(id), .text(given)])
    }

    /// The appointment's open call ends.
    func end(_ id: String = "a1", at instant: Timestamp, organization: String = "acme") async throws {
        try await write(
            at: instant,
            "select relance.end_call(tenant_id, id, relance.now()) from calls where tenant_id = $1 and appointment_id = $2 and ended_at is null",
            [.text(organization), .text(id)])
    }

    /// Gives an appointment a status.
    func set(_ id: String = "a1", at instant: Timestamp, status: String, organization: String = "acme") async throws {
        try await write(
            at: instant, "update appointments set status = $3 where (tenant_id, id) = ($1, $2)",
            [.text(organization), .text(id), .text(status)])
    }

    /// Moves an appointment, as the API does: a move gives another chance.
    func move(_ id: String = "a1", at instant: Timestamp, to start: Timestamp, organization: String = "acme") async throws {
        try await write(
            at: instant, "update appointments set starts_at = $3, status = 'SCHEDULED' where (tenant_id, id) = ($1, $2)",
            [.text(organization), .text(id), .timestamp(start)])
    }

    /// A planner.
    func planner(batchSize: Int = 200, failpoints: Failpoints = .none, on connection: PostgresConnection? = nil) -> NoShowPlanner
    {
        NoShowPlanner(
            program: Self.program, connection: connection ?? worker, inquiry: inquiry, failpoints: failpoints,
            batchSize: batchSize)
    }

    /// One tick.
    @discardableResult
    func tick(at instant: Timestamp, epoch: Int64 = 1, batchSize: Int = 200) async throws -> NoShowReport {
        try await planner(batchSize: batchSize).plan(at: .fixed(instant), runID: Self.runID) { epoch }
    }

    /// An appointment: status, then each of its marks as cause and state, in the order of revisions.
    func story(_ id: String = "a1", organization: String = "acme") async throws -> String {
        try await database.value(
            """
            select a.status || coalesce(' ' || string_agg(m.cause || ' ' || m.state, ' ' order by m.revision), '')
            from appointments a
            left join no_show_marks m on m.tenant_id = a.tenant_id and m.appointment_id = a.id
            where a.tenant_id = $1 and a.id = $2
            group by a.status
            """, [.text(organization), .text(id)])
    }

    /// The ledger of an organisation, a line each: step, channel, recipient, state, reason.
    func ledger(_ organization: String = "acme", kind: String = "no_show") async throws -> [String] {
        try await database.rows(
            """
            select concat_ws(' ', step, channel, recipient_id, state, reason) from relance.deliveries
            where tenant_id = $1 and kind = $2 order by due_at, step, channel, recipient_id, id
            """, [.text(organization), .text(kind)]
        ).map { $0[0] }
    }

    /// Whether a lead may not book in public.
    func isBlacklisted(_ lead: String = "l1", at instant: Timestamp, organization: String = "acme") async throws -> Bool {
        try await write(
            at: instant,
            "select relance.is_blacklisted(tenant_id, id, email, phone) from leads where (tenant_id, id) = ($1, $2)",
            [.text(organization), .text(lead)])[0][0] == "t"
    }

    /// The full derivation against the pointers: how many would have been forgotten.
    func forgotten(at instant: Timestamp, pageSize: Int = 7) async throws -> Int {
        try await NoShowProof(connection: database.connection, pageSize: pageSize).run(at: .fixed(instant)).forgotten
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
