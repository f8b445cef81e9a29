import Postgres
import Queue

/// Jobs put in the queue, each under a dedupe key of its own: what a planner of any worker does.
///
/// Ours: two connections, `JobQueue.enqueue` in batches of 1000, one transaction each, the jobs' values made on the way. Peer:
/// two connections of pgbench with the same statement and the same parameters from the client, but for a suffix that makes the
/// batch's dedupe keys new.
struct QueueEnqueue: Experiment {
    private static let batch = 1000
    private let kind = JobKind(name: "bench.noop", queue: "bench")

    var quantities: [Quantity] {
        [Quantity(name: "queue_enqueue_per_s", unit: "jobs/s", peer: "pgbench, same SQL", target: "≥ 80 000")]
    }

    func prepare(_ stage: Stage) async throws {}

    func measure(_ stage: Stage) async throws -> [String: Double] {
        let batches = try await clear(stage)
        let connections = [try await stage.database.workerConnection(), try await stage.database.workerConnection()]
        let begun = ContinuousClock.now
        try await withThrowingDiscardingTaskGroup { group in
            for (client, connection) in connections.enumerated() {
                group.addTask {
                    for number in 0..<batches {
                        let (statement, values) = JobQueue.enqueue(jobs("\(client)-\(number)"))
                        try await connection.execute(statement, values)
                    }
                }
            }
        }
        let seconds = (ContinuousClock.now - begun) / .seconds(1)
        return ["queue_enqueue_per_s": try await confirm(batches, stage) / seconds]
    }

    func measurePeer(_ stage: Stage) async throws -> [String: Double] {
        let batches = try await clear(stage)
        let sample = jobs("")
        let script =
            "\\set batch :batch + 1\n"
            + Pgbench.text(
                JobQueue.enqueue([]).0,
                [
                    ":tenants", ":kinds", ":queues", ":priorities", ":run_ats", ":expiries", ":keys", ":args", ":attempts",
                    ":traces",
                ]
            ).replacing("n.dedupe_key,", with: "n.dedupe_key || :client_id || '-' || :batch,") + ";\n"
        func list(_ value: (NewJob) -> String) -> String { "{" + sample.map(value).joined(separator: ",") + "}" }
        let seconds = try await Pgbench.run(
            script, transactions: batches,
            variables: [
                "tenants": list(\.tenantID), "kinds": list { _ in kind.name }, "queues": list { _ in kind.queue },
                "priorities": list { String($0.priority) }, "run_ats": list { _ in "NULL" }, "expiries": list { _ in "NULL" },
                "keys": list { $0.dedupeKey ?? "" }, "args": list { "\"" + $0.args.replacing("\"", with: "\\\"") + "\"" },
                "attempts": list { _ in String(kind.maxAttempts) }, "traces": list { $0.traceID ?? "" }, "batch": "0",
            ], on: stage.database)
        return ["queue_enqueue_per_s": try await confirm(batches, stage) / seconds]
    }

    private func jobs(_ batch: String) -> [NewJob] {
        (0..<Self.batch).map { number in
            NewJob(
                tenantID: "org-\(number % 50)", kind: kind, dedupeKey: "bench:\(number):\(batch)",
                args: #"{"delivery":\#(number)}"#,
                traceID: "0af7651916cd43dd8448eb211c80319c")
        }
    }

    private func clear(_ stage: Stage) async throws -> Int {
        try await stage.database.execute("truncate relance.jobs")
        try await stage.database.settle("relance.jobs")
        return stage.scaled(200_000) / Self.batch / 2
    }

    private func confirm(_ batches: Int, _ stage: Stage) async throws -> Double {
        let jobs = try await stage.database.count("select count(*) from relance.jobs where state = 'available'")
        guard jobs == batches * 2 * Self.batch else { throw BenchFailure("\(jobs) jobs are in the queue") }
        return Double(jobs)
    }
}
