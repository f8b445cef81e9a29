public import Messaging
public import Postgres
private import Primitives
public import Runtime
public import Schema

/// Plans recovery mails: steps that are due become ledger rows and jobs, sequences that are over end.
///
/// Does: picks abandons whose pointer has come due, takes those that nobody holds, looks at each once (who is it about, has it
/// ended, which step is the latest that is due), writes what comes of it and the next pointer. Runs when: abandon-recovery leads,
/// every tick. Safe to repeat because: an abandon is decided about under its lock, a step has one row that is not cancelled, and
/// the statement is fenced by the leader's epoch. If it fails: the transaction leaves nothing behind; the pointers are still due.
public struct RecoveryPlanner: Sendable {
    /// What planning came to.
    public struct Report: Sendable, Equatable {
        /// Abandons looked at.
        public var examined = 0
        /// Mails planned.
        public var planned = 0
        /// Steps written as skipped, with the reason.
        public var skipped = 0
        /// Steps written as missed.
        public var missed = 0
        /// Sequences that came to their first mail and belong to the hold-out group.
        public var heldOut = 0
        /// Sequences that have ended.
        public var ended = 0
        /// The epoch was no longer ours: nothing of the last batch was written.
        public var wasFenced = false

        /// Nothing done yet.
        public init() {}

        /// For the run row and the metrics.
        public var counts: [(String, Int)] {
            [
                ("examined", examined), ("planned", planned), ("skipped", skipped), ("missed", missed), ("held_out", heldOut),
                ("ended", ended),
            ]
        }

        static func += (left: inout Report, right: Report) {
            left.examined += right.examined
            left.planned += right.planned
            left.skipped += right.skipped
            left.missed += right.missed
            left.heldOut += right.heldOut
            left.ended += right.ended
            left.wasFenced = left.wasFenced || right.wasFenced
        }
    }

    private let program: String
    private let connection: PostgresConnection
    private let addresses: AddressBook
    private let failpoints: Failpoints
    private let batchSize: Int

    /// - Parameters:
    ///   - addresses: knows the hashes under which addresses are suppressed (D-16).
    ///   - batchSize: abandons per transaction; bounds its length and the memory of its statement (I9).
    public init(
        program: String, connection: PostgresConnection, addresses: AddressBook, failpoints: Failpoints, batchSize: Int = 1000
    ) {
        self.program = program
        self.connection = connection
        self.addresses = addresses
        self.failpoints = failpoints
        self.batchSize = batchSize
    }

    /// Plans everything that is due, batch by batch, as long as we lead.
    ///
    /// - Parameters:
    ///   - keepLeading: renews the lease between batches and says under which epoch to go on, nil to stop.
    public func plan(
        at time: BusinessTime, runID: String, keepLeading: @Sendable () async throws -> Int64?
    ) async throws -> Report {
        var report = Report()
        while let epoch = try await keepLeading() {
            let batch = try await planBatch(at: time, runID: runID, epoch: epoch)
            report += batch
            // What somebody else holds stays due: a batch of nothing else would come back for ever.
            if batch.wasFenced || batch.examined == 0 { break }
        }
        return report
    }

    private func planBatch(at time: BusinessTime, runID: String, epoch: Int64) async throws -> Report {
        let (program, batchSize, failpoints, addresses) = (program, batchSize, failpoints, addresses)
        let result = try await connection.run { session throws -> Report in
            try session.transaction { session throws -> Report in
                // An idle tick is one look at an index.
                let picked = try session.batch(at: time, [(.guardRecoveries, []), (.pickDueAbandons, [.int(batchSize)])])[1]
                if picked.count == 0 { return Report() }
                try failpoints.reach(.planPicked)
                let keys = try picked.map { row throws(PostgresError) in (try row.text(0), try row.text(1)) }
                let pick: [PostgresValue] = [.texts(keys.map { $0.0 }), .texts(keys.map { $0.1 })]
                let locked = try session.query(.lockAbandons, pick).map { row throws(PostgresError) in
                    (tenant: try row.text(0), id: try row.text(1), email: row.optionalText(2))
                }
                let lock: [PostgresValue] = [.texts(locked.map(\.tenant)), .texts(locked.map(\.id))]
                try session.query(.correctFirstMails, lock)
                let hashes: PostgresValue = .texts(locked.map { $0.email.map { addresses.hash($0) } })
                let rows = try session.query(
                    .planRecoveries, [.text(program), .int(epoch)] + lock + [hashes, .text(runID)] + pick)
                try failpoints.reach(.planWritten)
                return try Self.read(rows, examined: locked.count)
            }
        }
        if result.examined > 0 { try failpoints.reach(.planCommitted) }
        return result
    }

    private static func read(_ rows: PostgresRows, examined: Int) throws(PostgresError) -> Report {
        var report = Report()
        report.examined = examined
        for index in 0..<rows.count {
            let count = Int(try rows[index].int("count"))
            switch try rows[index].text("state") {
            case "held": report.wasFenced = count == 0
            case "pending": report.planned += count
            case "missed": report.missed += count
            case "ended": report.ended += count
            case "held_out": report.heldOut += count
            default: report.skipped += count
            }
        }
        return report
    }

    /// How long a resident planner may sleep, at most `limit`.
    public func sleep(atMost limit: Duration) async throws -> Duration {
        let seconds = try await connection.query(.nextRecoveryDue) { row throws(PostgresError) in
            try row.optionalDouble("seconds")
        }
        guard let next = seconds.first ?? nil else { return limit }
        // Bounded before it becomes an integer: a pointer may be millennia away.
        return min(limit, max(.zero, .microseconds(Int64(min(next, 1e9) * 1_000_000))))
    }
}

extension SQLStatement {
    // A stopped leader cannot hold up its successor (D-81), and abandons are looked up by their keys.
    fileprivate static let guardRecoveries = SQLStatement(
        unsafe: """
            select set_config('idle_in_transaction_session_timeout', '5s', true), set_config('lock_timeout', '5s', true),
                set_config('work_mem', '32MB', true), set_config('random_page_cost', '1.1', true)
            """,
        name: "guard_recoveries")
    fileprivate static let pickDueAbandons = SQLStatement(embedded: PackageResources.pick_due_abandons_sql)
    fileprivate static let lockAbandons = SQLStatement(embedded: PackageResources.lock_abandons_sql)
    fileprivate static let correctFirstMails = SQLStatement(embedded: PackageResources.correct_first_mails_sql)
    fileprivate static let planRecoveries = SQLStatement(embedded: PackageResources.plan_recoveries_sql)
    fileprivate static let nextRecoveryDue = SQLStatement(embedded: PackageResources.next_recovery_due_sql)
}
