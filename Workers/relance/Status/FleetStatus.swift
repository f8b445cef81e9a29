import Coordination
import Messaging
import Postgres
import Primitives
import Queue
import Runtime

/// The state of the fleet as the database knows it, read in one round trip.
struct FleetStatus: Sendable {
    /// Who must not be written to.
    struct Pause: Sendable {
        /// `everywhere`, `organisation` or `queue`.
        let scope: String
        let name: String?
        let since: Timestamp
        let reason: String?
    }

    /// A program's right to plan.
    struct Leader: Sendable {
        let program: String
        let epoch: Int64
        let holder: String
        let isHeld: Bool
        /// Nil once it was given back.
        let expiresInSeconds: Int64?
    }

    /// A program's last run.
    struct Run: Sendable {
        let program: String
        let status: String
        let role: String
        let host: String
        let isDegraded: Bool
        let exitCode: Int64?
        let error: String?
        let startedAgoSeconds: Int64
        let tookSeconds: Double
    }

    /// Jobs of one kind in one state.
    struct Lane: Sendable {
        let kind: String
        let queue: String
        let state: String
        let count: Int64
        /// No program of this build owns the kind.
        let isParked: Bool
        let oldestSeconds: Int64
    }

    /// What an organisation's text messages have cost this month, beside what they may.
    struct Budget: Sendable {
        let tenantID: String
        let spentCents: Int64
        let capCents: Int64
    }

    /// Something operators must know.
    struct Alert: Sendable {
        let id: Int64
        let tenantID: String?
        let kind: String
        let severity: String
        let message: String
        let occurrences: Int64
        let lastAgoSeconds: Int64
    }

    let instance: Instance
    let pauses: [Pause]
    let leaders: [Leader]
    let runs: [Run]
    let lanes: [Lane]
    /// State and count, of the last 24 hours.
    let deliveries: [(state: String, count: Int64)]
    /// The first of them.
    let alerts: [Alert]
    let alertCount: Int64
    /// Of the organisations that have a cap, those nearest to it.
    let budgets: [Budget]
    /// RECIPIENT_ALLOWLIST, as this process sees it; the workers' own counts.
    let allowList: [String]
    /// Appointments that the planner should have looked at by now.
    let waitingAppointments: Int64
    /// Since the oldest of them was due; negative until the next one is; nil where nothing lies ahead.
    let oldestAppointmentSeconds: Int64?
}

extension FleetStatus {
    /// Reads it.
    static func read(_ connection: PostgresConnection) async throws -> FleetStatus {
        let kinds = MessageChannel.allCases.map(\.kind.name)
        return try await connection.run { session throws(PostgresError) in
            let rows = try session.batch([
                Instance.statement, (.readPauses, []), (.readLeaders, []), (.readLastRuns, []), (.readQueue, [.texts(kinds)]),
                (.readDeliveryCounts, []), (.readOpenAlerts, []), (.readReminderPointer, []),
                (.readBudgets, []),
            ])
            let pointer = try rows[7].single()
            return FleetStatus(
                instance: try Instance(try rows[0].single()), pauses: try rows[1].map(Pause.init),
                leaders: try rows[2].map(Leader.init),
                runs: try rows[3].map(Run.init), lanes: try rows[4].map(Lane.init),
                deliveries: try rows[5].map { row throws(PostgresError) in (try row.text("state"), try row.int("count")) },
                alerts: try rows[6].map(Alert.init), alertCount: try rows[6].first?.int("total") ?? 0,
                budgets: try rows[8].map(Budget.init), allowList: Environment.ofProcess().list("RECIPIENT_ALLOWLIST"),
                waitingAppointments: try pointer.int("waiting"), oldestAppointmentSeconds: try pointer.optionalInt("oldest_s"))
        }
    }
}

extension FleetStatus.Pause {
    init(_ row: PostgresRow) throws(PostgresError) {
        scope = try row.text("scope")
        name = try row.optionalText("name")
        since = try row.timestamp("since")
        reason = try row.optionalText("reason")
    }
}

extension FleetStatus.Leader {
    init(_ row: PostgresRow) throws(PostgresError) {
        program = try row.text("name")
        epoch = try row.int("epoch")
        holder = try row.text("holder")
        isHeld = try row.bool("is_held")
        expiresInSeconds = try row.optionalInt("expires_in_s")
    }
}

extension FleetStatus.Run {
    init(_ row: PostgresRow) throws(PostgresError) {
        program = try row.text("program")
        status = try row.text("status")
        role = try row.text("role")
        host = try row.text("host")
        isDegraded = try row.bool("is_degraded")
        exitCode = try row.optionalInt("exit_code")
        error = try row.optionalText("error")
        startedAgoSeconds = try row.int("started_ago_s")
        tookSeconds = try row.optionalDouble("took_s") ?? 0
    }
}

extension FleetStatus.Lane {
    init(_ row: PostgresRow) throws(PostgresError) {
        kind = try row.text("kind")
        queue = try row.text("queue")
        state = try row.text("state")
        count = try row.int("count")
        isParked = try row.bool("is_parked")
        oldestSeconds = try row.int("oldest_s")
    }
}

extension FleetStatus.Budget {
    init(_ row: PostgresRow) throws(PostgresError) {
        tenantID = try row.text("tenant_id")
        spentCents = try row.int("spent_cents")
        capCents = try row.int("cap_cents")
    }
}

extension FleetStatus.Alert {
    init(_ row: PostgresRow) throws(PostgresError) {
        id = try row.int("id")
        tenantID = try row.optionalText("tenant_id")
        kind = try row.text("kind")
        severity = try row.text("severity")
        message = try row.text("message")
        occurrences = try row.int("occurrences")
        lastAgoSeconds = try row.int("last_ago_s")
    }
}

extension SQLStatement {
    fileprivate static let readPauses = SQLStatement(embedded: PackageResources.read_pauses_sql)
    fileprivate static let readLeaders = SQLStatement(embedded: PackageResources.read_leaders_sql)
    fileprivate static let readLastRuns = SQLStatement(embedded: PackageResources.read_last_runs_sql)
    fileprivate static let readQueue = SQLStatement(embedded: PackageResources.read_queue_sql)
    fileprivate static let readDeliveryCounts = SQLStatement(embedded: PackageResources.read_delivery_counts_sql)
    fileprivate static let readOpenAlerts = SQLStatement(embedded: PackageResources.read_open_alerts_sql)
    fileprivate static let readBudgets = SQLStatement(embedded: PackageResources.read_budgets_sql)
    fileprivate static let readReminderPointer = SQLStatement(embedded: PackageResources.read_reminder_pointer_sql)
}
