public import Postgres
private import Primitives

/// The statements of the queue, and the values they take. No state and no I/O of its own: each call runs in the session
/// or batch that the caller holds, so that jobs and what belongs to them commit together.
public enum JobQueue {
    /// A statement with its values, ready for `PostgresSession.batch`.
    public typealias Bound = (SQLStatement, [PostgresValue])

    /// Puts jobs in the queue. Its rows are the new jobs (`id, tenant_id, kind, dedupe_key`); those whose key is already
    /// live are missing from them.
    public static func enqueue(_ jobs: [NewJob]) -> Bound {
        (
            .enqueueJobs,
            [
                .texts(jobs.map(\.tenantID)), .texts(jobs.map(\.kind.name)), .texts(jobs.map(\.kind.queue)),
                .ints(jobs.map { Int64($0.priority) }), .timestamps(jobs.map(\.runAt)), .timestamps(jobs.map(\.expiresAt)),
                .texts(jobs.map(\.dedupeKey)), .texts(jobs.map(\.args)), .ints(jobs.map { Int64($0.kind.maxAttempts) }),
                .texts(jobs.map(\.traceID)),
            ]
        )
    }

    /// Claims up to `places` jobs of each kind, `limit` in all. Rows are read by `claimed`.
    public static func claim(
        _ lanes: [(kind: JobKind, places: Int)], atMost limit: Int? = nil, lease: Duration, by holder: String
    ) -> Bound {
        (
            .claimJobs,
            [
                .texts(lanes.map(\.kind.name)), .texts(lanes.map(\.kind.queue)), .ints(lanes.map { Int64($0.places) }),
                .text(lease.wireSeconds), .text(holder), limit.map { .int($0) } ?? .null,
            ]
        )
    }

    /// Claims one suspect, to run alone.
    public static func claimSuspect(_ kinds: [JobKind], lease: Duration, by holder: String) -> Bound {
        (.claimSuspectJob, [.texts(kinds.map(\.name)), .text(lease.wireSeconds), .text(holder)])
    }

    /// Writes outcomes. Its rows (`id`, `lease`) are those that came too late: the job was no longer under that lease.
    public static func settle(_ settlements: [Settlement]) -> Bound {
        (
            .settleJobs,
            [
                .ints(settlements.map(\.id)), .ints(settlements.map(\.lease)), .texts(settlements.map(\.outcome.word)),
                .ints(settlements.map { $0.outcome.delay.wireMilliseconds }), .texts(settlements.map { $0.outcome.reason }),
            ]
        )
    }

    /// Extends leases. Its rows (`id`) are the jobs that are still ours.
    public static func renew(_ jobs: [ClaimedJob], lease: Duration) -> Bound {
        (.renewLeases, [.ints(jobs.map(\.id)), .ints(jobs.map(\.lease)), .text(lease.wireSeconds)])
    }

    /// Takes back jobs of dead processes. One row: `rescued`, `quarantined`.
    public static func rescue(_ kinds: [JobKind]) -> Bound { (.rescueJobs, [.texts(kinds.map(\.name))]) }

    /// Makes what has come due claimable.
    public static func stage(_ kinds: [JobKind]) -> Bound { (.stageJobs, [.texts(kinds.map(\.name))]) }

    /// One row: `seconds` until the next waiting job, or null.
    public static func nextDue(_ kinds: [JobKind]) -> Bound { (.nextJobDue, [.texts(kinds.map(\.name))]) }

    /// Reads the rows of a claim.
    public static func claimed(_ rows: PostgresRows) throws(PostgresError) -> [ClaimedJob] {
        try rows.map { row throws(PostgresError) in
            ClaimedJob(
                id: try row.int(0), lease: try row.int(1), kind: try row.text(2), tenantID: try row.text(3),
                attempts: Int(try row.int(4)), maxAttempts: Int(try row.int(5)), hasBegun: row.bool(6), isSuspect: row.bool(7),
                args: try row.text(8), traceID: row.optionalText(9))
        }
    }
}

extension SQLStatement {
    static let enqueueJobs = SQLStatement(embedded: PackageResources.enqueue_jobs_sql)
    static let claimJobs = SQLStatement(embedded: PackageResources.claim_jobs_sql)
    static let claimSuspectJob = SQLStatement(embedded: PackageResources.claim_suspect_job_sql)
    static let settleJobs = SQLStatement(embedded: PackageResources.settle_jobs_sql)
    static let renewLeases = SQLStatement(embedded: PackageResources.renew_leases_sql)
    static let rescueJobs = SQLStatement(embedded: PackageResources.rescue_jobs_sql)
    static let stageJobs = SQLStatement(embedded: PackageResources.stage_jobs_sql)
    static let nextJobDue = SQLStatement(embedded: PackageResources.next_job_due_sql)
}
