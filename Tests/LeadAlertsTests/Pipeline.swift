import LeadAlerts
import Postgres
public import Primitives
import Runtime
import Schema
import TestSupport

/// Organisations with leads and activities in a database of the test's own, and a generator that leads it.
///
/// Everything is written at a business time. Activities get that time as their own, so each of them is a late one to the
/// database's clock, and marked; tests about the clock write theirs without.
struct Pipeline {
    static let program = "alert-generator"
    static let runID = "00000000-0000-4000-8000-000000000001"
    /// When the organisations and their leads were made.
    static let origin: Timestamp = "2026-03-02T08:00:00Z"

    let database: TestDatabase
    /// The generator's, with no more rights than a worker has.
    let worker: PostgresConnection

    /// - Parameters:
    ///   - organizations: their ids; each has a manager `m1`, a closer `c1`, and the lead `l1`, who has telephone and mail.
    init(_ organizations: [String] = ["acme"], zone: String = "Europe/Paris", locale: String = "fr-FR") async throws {
        database = try await TestDatabase.create()
        try await database.execute("set synchronous_commit = off")
        worker = PostgresConnection(PostgresConfiguration(url: database.workerURL, applicationName: "generator"))
        try await database.execute(
            "insert into relance.leases (name, epoch, holder, expires_at) values ($1, 1, 'test', 'infinity')",
            [.text(Self.program)])
        try await database.execute(
            "update relance.instance set environment = 'development', installed_at = $1", [.timestamp(Self.origin)])
        try await database.execute(
            "update relance.lead_alert_progress set evaluated_at = $1", [.timestamp(Self.origin)])
        for organization in organizations {
            try await write(
                at: Self.origin,
                "insert into organizations (id, name, timezone, locale, created_at) values ($1, $1, $2, $3, relance.now())",
                [.text(organization), .text(zone), .text(locale)])
            try await write(
                at: Self.origin,
                """
                insert into users (tenant_id, id, email, name, role) values
                    ($1, 'm1', 'm1@example.com', 'Mona', 'MANAGER'), ($1, 'c1', 'c1@example.com', 'Claire', 'CLOSER')
                """, [.text(organization)])
            try await lead("l1", organization: organization)
        }
    }

    /// Runs one statement at a business time; returns each row's columns as text, null as an empty text.
    @discardableResult
    func write(at instant: Timestamp, _ sql: String, _ values: [PostgresValue] = []) async throws -> [[String]] {
        try await database.connection.run { session throws(PostgresError) in
            let rows = try session.batch(at: .fixed(instant), [(SQLStatement(unsafe: sql, name: "test"), values)])[0]
            let width = rows.columns.count
            return try rows.map { row throws(PostgresError) in (0..<width).map { row.optionalText($0) ?? "" } }
        }
    }

    /// A lead, born at an instant.
    func lead(_ id: String, at instant: Timestamp = origin, organization: String = "acme") async throws {
        try await write(
            at: instant,
            """
            insert into leads (tenant_id, id, name, email, phone, created_at)
            values ($1, $2, 'Luc', 'luc@example.com', '+33639980011', relance.now())
            """, [.text(organization), .text(id)])
    }

    /// An activity as another application would write it: no alert is looked at.
    func activity(
        _ direction: String, at instant: Timestamp, lead: String = "l1", channel: String = "whatsapp", status: String = "sent",
        automated: Bool = false, organization: String = "acme"
    ) async throws {
        try await write(
            at: instant,
            """
            insert into lead_activities (tenant_id, lead_id, channel, direction, status, meta, created_at)
            values ($1, $2, $3, $4, $5, jsonb_build_object('automated', $6::boolean), relance.now())
            """,
            [.text(organization), .text(lead), .text(channel), .text(direction), .text(status), .bool(automated)])
    }

    /// An open deal.
    func deal(_ cents: Int, at instant: Timestamp, lead: String = "l1", id: String = "d1", organization: String = "acme")
        async throws
    {
        try await write(
            at: instant,
            """
            insert into deals (tenant_id, id, lead_id, amount_cents) values ($1, $2, $3, $4)
            on conflict (tenant_id, id) do update set amount_cents = excluded.amount_cents
            """, [.text(organization), .text(id), .text(lead), .int(cents)])
    }

    /// A planner.
    func planner(pageSize: Int = 5000, failpoints: Failpoints = .none) -> LeadAlertPlanner {
        LeadAlertPlanner(
            program: Self.program, connection: worker,
            helping: PostgresConnection(PostgresConfiguration(url: database.workerURL, applicationName: "helping generator")),
            failpoints: failpoints, pageSize: pageSize)
    }

    /// A planner with connections of its own.
    func other(pageSize: Int = 5000) -> LeadAlertPlanner {
        LeadAlertPlanner(
            program: Self.program,
            connection: PostgresConnection(PostgresConfiguration(url: database.workerURL, applicationName: "another generator")),
            pageSize: pageSize)
    }

    /// One tick.
    @discardableResult
    func tick(at instant: Timestamp, isFull: Bool = false, epoch: Int64 = 1, pageSize: Int = 5000) async throws -> LeadAlertReport
    {
        try await planner(pageSize: pageSize).plan(at: .fixed(instant), runID: Self.runID, isFull: isFull) { epoch }
    }

    /// Resolves an active alert as a person does.
    func resolve(_ type: String, at instant: Timestamp, lead: String = "l1", organization: String = "acme") async throws {
        try await write(
            at: instant,
            """
            update max_alerts set resolved_at = relance.now(), resolved_by = 'user_manual'
            where tenant_id = $1 and lead_id = $2 and type = $3 and resolved_at is null
            """, [.text(organization), .text(lead), .text(type)])
    }

    /// Types of the active alerts of a lead, in the order of their names.
    func active(_ lead: String = "l1", organization: String = "acme") async throws -> [String] {
        try await database.rows(
            "select type from active_alerts where tenant_id = $1 and lead_id = $2 order by type",
            [.text(organization), .text(lead)]
        ).map { $0[0] }
    }

    /// What the active alert of a type says.
    func message(_ type: String, lead: String = "l1", organization: String = "acme") async throws -> String {
        try await database.rows(
            "select message from active_alerts where tenant_id = $1 and lead_id = $2 and type = $3",
            [.text(organization), .text(lead), .text(type)]
        ).first?.first ?? ""
    }

    /// How the alerts of a lead ended, in the order of their ends: `type by`.
    func ends(_ lead: String = "l1", organization: String = "acme") async throws -> [String] {
        try await database.rows(
            """
            select type || ' ' || resolved_by from max_alerts
            where tenant_id = $1 and lead_id = $2 and resolved_at is not null order by resolved_at, type
            """, [.text(organization), .text(lead)]
        ).map { $0[0] }
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
    /// So many days later.
    func days(_ days: Double) -> Timestamp { self + .milliseconds(Int64(days * 86_400_000)) }
    /// So many hours later.
    func hours(_ hours: Double) -> Timestamp { self + .milliseconds(Int64(hours * 3_600_000)) }
    /// So many minutes later.
    func minutes(_ minutes: Int) -> Timestamp { self + .seconds(minutes * 60) }
}
