import Postgres
import Queue
private import Primitives
private import Runtime
private import Schema

/// Jobs that do nothing, claimed and completed: what the queue itself costs.
///
/// Ours: two drainers on a connection each, batches of 500, until the queue is empty. Peer: two connections of pgbench, the
/// text of our own two statements, batches of 500, settle and next claim in one pipeline and one transaction as ours. The
/// claimed ids stay in the session (`set_config`) for the next transaction's settle; the other parameters come from the client
/// as ours do, and the claimed rows are sent to it. Both begin with the same queue, vacuumed and analyzed.
struct QueueDrain: Experiment {
    private static let batch = 500
    private let kind = JobKind(name: "bench.noop", queue: "bench")

    var quantities: [Quantity] {
        [Quantity(name: "queue_drain_per_s", unit: "jobs/s", peer: "pgbench, same SQL", target: "≥ 0.8 of peer, ≥ 40 000")]
    }

    func prepare(_ stage: Stage) async throws {}

    func measure(_ stage: Stage) async throws -> [String: Double] {
        let jobs = try await fill(stage)
        let drainers = [try await drainer(stage), try await drainer(stage)]
        let begun = ContinuousClock.now
        let done = try await withThrowingTaskGroup(of: Int.self) { group in
            for drainer in drainers {
                group.addTask {
                    try await drainer.drain(
                        .untilEmpty, at: .database, until: .now + .seconds(600), wake: WakeSignal(), termination: Termination()
                    ).completed
                }
            }
            return try await group.reduce(0, +)
        }
        let seconds = (ContinuousClock.now - begun) / .seconds(1)
        guard done == jobs else { throw BenchFailure("\(done) of \(jobs) jobs were completed") }
        try await confirm(jobs, stage)
        return ["queue_drain_per_s": Double(jobs) / seconds]
    }

    func measurePeer(_ stage: Stage) async throws -> [String: Double] {
        let jobs = try await fill(stage)
        let settle = JobQueue.settle([]).0
        let claim = JobQueue.claim([], lease: .seconds(30), by: "").0
        // Each connection has its half of the batches, and one more transaction that only settles the last.
        let batches = jobs / Self.batch / 2
        let script = """
            \\set number :number + 1
            \\set places case when :number > \(batches) then 0 else \(Self.batch) end
            \\startpipeline
            \(Pgbench.text(settle, ["current_setting('bench.ids', true)", "current_setting('bench.leases', true)", ":outcomes", ":delays", ":reasons"]));
            with claimed as (
            \(Pgbench.text(claim, [":kinds", ":queues", "array[:places::integer]", ":lease", ":holder", "null"]))
            )
            select claimed.*, kept.is_kept
            from claimed
            cross join (
                select set_config('bench.ids', coalesce(array_agg(id), '{}')::text, false) is not null
                    and set_config('bench.leases', coalesce(array_agg(lease), '{}')::text, false) is not null as is_kept
                from claimed) kept;
            \\endpipeline
            """
        let seconds = try await Pgbench.run(
            script, transactions: batches + 1,
            variables: [
                "kinds": "{\(kind.name)}", "queues": "{\(kind.queue)}", "number": "0", "lease": "30", "holder": "bench",
                "outcomes": list("completed"), "delays": list("0"), "reasons": list("NULL"),
            ], on: stage.database)
        try await confirm(jobs, stage)
        return ["queue_drain_per_s": Double(jobs) / seconds]
    }

    private func list(_ word: String) -> String { "{" + Array(repeating: word, count: Self.batch).joined(separator: ",") + "}" }

    private func fill(_ stage: Stage) async throws -> Int {
        let jobs = stage.scaled(200_000)
        try await stage.database.execute("truncate relance.jobs, relance.job_history")
        try await stage.database.execute(
            """
            insert into relance.jobs (tenant_id, kind, queue, state, run_at, dedupe_key, args, trace_id)
            select 'org-' || i % 50, '\(kind.name)', '\(kind.queue)', 'available', now(), 'bench:' || i,
                jsonb_build_object('delivery', i), md5(i::text)
            from generate_series(1, \(jobs)) i
            """)
        try await stage.database.settle("relance.jobs")
        return jobs
    }

    private func confirm(_ jobs: Int, _ stage: Stage) async throws {
        let history = try await stage.database.count("select count(*) from relance.job_history where state = 'completed'")
        guard history == jobs else { throw BenchFailure("\(history) of \(jobs) jobs are in the history") }
    }

    private func drainer(_ stage: Stage) async throws -> Drainer<NoOperation> {
        Drainer(
            NoOperation(kind: kind, capacity: Self.batch), connection: try await stage.database.workerConnection(),
            holder: "bench \(UInt32.random(in: .min ... .max))", policy: Drainer.Policy(), failpoints: .none,
            log: Log(level: .warning))
    }
}

/// Completes whatever it is given.
private struct NoOperation: JobHandler {
    let kind: JobKind
    let capacity: Int

    var lanes: [(kind: JobKind, capacity: Int)] { [(kind, capacity)] }

    func perform(_ jobs: [ClaimedJob], inbox: JobInbox<Never>) async {
        inbox.finish(jobs.map { JobInbox.Finished($0, .completed) })
    }

    func statements(recording effects: [Never]) -> [JobQueue.Bound] { [] }
}
