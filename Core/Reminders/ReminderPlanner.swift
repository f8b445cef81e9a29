public import Postgres
private import Primitives
public import Runtime
public import Schema

/// Plans reminders: due steps become ledger rows and jobs.
///
/// Does: picks appointments whose pointer has come due, derives their steps, writes what is due, skipped or missed, moves
/// the pointers on. Runs when: reminder-sender leads, every tick and at every due instant while resident.
/// Safe to repeat because: the ledger's key stands for good, and the statement is fenced by the leader's epoch. If it
/// fails: the transaction leaves nothing behind; the pointers are still due for the next tick.
public struct ReminderPlanner: Sendable {
    /// What planning came to.
    public struct Report: Sendable, Equatable {
        /// Ledger rows written, by state.
        public var planned = 0
        /// Written as skipped, with the reason.
        public var skipped = 0
        /// Written as missed.
        public var missed = 0
        /// Appointments looked at.
        public var examined = 0
        /// The epoch was no longer ours: nothing of the last batch was written.
        public var wasFenced = false

        /// Nothing done yet.
        public init() {}

        /// For the run row and the metrics.
        public var counts: [(String, Int)] {
            [("examined", examined), ("planned", planned), ("skipped", skipped), ("missed", missed)]
        }

        static func += (left: inout Report, right: Report) {
            left.planned += right.planned
            left.skipped += right.skipped
            left.missed += right.missed
            left.examined += right.examined
            left.wasFenced = left.wasFenced || right.wasFenced
        }
    }

    private let program: String
    private let connection: PostgresConnection
    private let helping: PostgresConnection?
    private let failpoints: Failpoints
    private let batchSize: Int

    /// - Parameters:
    ///   - helping: a second connection, for a backlog: planning costs the server more than us, and it has other cores. It is
    ///     not opened unless there is more than one batch.
    ///   - batchSize: appointments per transaction; bounds its length and the memory of its statement.
    public init(
        program: String, connection: PostgresConnection, helping: PostgresConnection? = nil, failpoints: Failpoints,
        batchSize: Int = 5000
    ) {
        self.program = program
        self.connection = connection
        self.helping = helping
        self.failpoints = failpoints
        self.batchSize = batchSize
    }

    /// Plans everything that is due, batch by batch, as long as we lead.
    ///
    /// - Parameters:
    ///   - keepLeading: renews the lease between batches and says under which epoch to go on, nil to stop.
    public func plan(
        at time: BusinessTime, runID: String, keepLeading: @escaping @Sendable () async throws -> Int64?
    ) async throws -> Report {
        guard let epoch = try await keepLeading() else { return Report() }
        let first = try await planBatch(on: connection, at: time, runID: runID, epoch: epoch)
        if first.wasFenced || first.examined < batchSize { return first }
        // A backlog. Batches pick with SKIP LOCKED, so two never meet at an appointment.
        return try await withThrowingTaskGroup { group in
            for connection in [connection] + (helping.map { [$0] } ?? []) {
                group.addTask { try await planBatches(on: connection, at: time, runID: runID, keepLeading: keepLeading) }
            }
            var report = first
            for try await part in group { report += part }
            return report
        }
    }

    private func planBatches(
        on connection: PostgresConnection, at time: BusinessTime, runID: String,
        keepLeading: @Sendable () async throws -> Int64?
    ) async throws -> Report {
        var report = Report()
        while let epoch = try await keepLeading() {
            let batch = try await planBatch(on: connection, at: time, runID: runID, epoch: epoch)
            report += batch
            if batch.wasFenced || batch.examined < batchSize { break }
        }
        return report
    }

    private func planBatch(
        on connection: PostgresConnection, at time: BusinessTime, runID: String, epoch: Int64
    ) async throws -> Report {
        let (program, batchSize, failpoints) = (program, batchSize, failpoints)
        let report = try await connection.run { session throws -> Report in
            try session.transaction { session throws -> Report in
                let picked = try session.query(at: time, .guardTransaction, then: .pickDueAppointments, [.int(batchSize)])
                if picked.count == 0 { return Report() }
                try failpoints.reach(.planPicked)
                let tenants = try picked.map { row throws(PostgresError) in try row.text(0) }
                let ids = try picked.map { row throws(PostgresError) in try row.text(1) }
                let rows = try session.query(
                    .planReminders, [.text(program), .int(epoch), .texts(tenants), .texts(ids), .text(runID)])
                try failpoints.reach(.planWritten)
                return try Self.read(rows, examined: picked.count)
            }
        }
        if report.examined > 0 { try failpoints.reach(.planCommitted) }
        return report
    }

    private static func read(_ rows: PostgresRows, examined: Int) throws(PostgresError) -> Report {
        var report = Report()
        report.examined = examined
        report.wasFenced = true
        for index in 0..<rows.count {
            let count = Int(try rows[index].int("count"))
            switch try rows[index].text("state") {
            case "held": report.wasFenced = count == 0
            case "pending": report.planned += count
            case "missed": report.missed += count
            default: report.skipped += count
            }
        }
        return report
    }

    /// How long a resident planner may sleep, at most `limit`.
    public func sleep(atMost limit: Duration) async throws -> Duration {
        let seconds = try await connection.query(.nextReminderDue) { row throws(PostgresError) in
            try row.optionalDouble("seconds")
        }
        guard let next = seconds.first ?? nil else { return limit }
        // Bounded before it becomes an integer: a pointer may be millennia away.
        return min(limit, max(.zero, .microseconds(Int64(min(next, 1e9) * 1_000_000))))
    }
}

extension PostgresSession {
    /// Opens a planning transaction's work: bounds its idle time below the leader's lease (a stopped leader cannot hold
    /// up its successor, D-81) and fits the server's planning to a batch; sets business time; runs the first statement.
    fileprivate func query(
        at time: BusinessTime, _ guardStatement: SQLStatement, then statement: SQLStatement, _ values: [PostgresValue]
    ) throws(PostgresError) -> PostgresRows {
        try query(guardStatement)
        return try batch(at: time, [(statement, values)])[0]
    }
}

extension SQLStatement {
    // A batch of steps and its sorts stay in memory instead of in temporary files. The picked appointments are looked up by
    // their keys: at the price of a rotating disk the planner would rather read all appointments, in every batch.
    fileprivate static let guardTransaction = SQLStatement(
        unsafe: """
            select set_config('idle_in_transaction_session_timeout', '5s', true), set_config('lock_timeout', '5s', true),
                set_config('work_mem', '32MB', true), set_config('random_page_cost', '1.1', true)
            """,
        name: "guard_transaction")
}
