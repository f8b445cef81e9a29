import Postgres
import Primitives
import Queue
import Redis
private import Runtime
private import Schema
private import Synchronization

/// How long a job waits for a resident instance that has nothing else to do.
///
/// From just before the enqueueing statement is sent, its durable commit included, over the hint by Redis, to the handler's
/// first line. The table holds waiting jobs of other days (100 000), as it would.
struct StartLatency: Experiment {
    private static let jobs = 300
    private let kind = JobKind(name: "bench.ping", queue: "bench")

    var quantities: [Quantity] {
        [
            Quantity(name: "queue_start_latency_p99_ms", unit: "ms", target: "< 20"),
            Quantity(name: "queue_start_latency_p50_ms", unit: "ms"),
        ]
    }

    func prepare(_ stage: Stage) async throws {
        try await stage.database.execute(
            """
            insert into relance.jobs (tenant_id, kind, queue, state, run_at)
            select 'org-' || i % 50, '\(kind.name)', '\(kind.queue)', 'scheduled', now() + interval '1 day' + i * interval '1 second'
            from generate_series(1, \(stage.scaled(100_000))) i
            """)
        try await stage.database.settle("relance.jobs")
    }

    func measure(_ stage: Stage) async throws -> [String: Double] {
        let (signal, termination, arrivals) = (WakeSignal(), Termination(), Arrivals())
        let channel = "relance:hint:bench-\(UInt32.random(in: .min ... .max))"
        let redis = try RedisConfiguration(url: stage.servers.redisURL)
        let drainer = Drainer(
            Ping(kind: kind, arrivals: arrivals), connection: try await stage.database.workerConnection(), holder: "bench",
            policy: Drainer.Policy(), failpoints: .none, log: Log(level: .warning))
        let waits = try await withThrowingTaskGroup(of: [Double]?.self) { group in
            let hints = RedisSubscription(to: [channel], on: redis).events()
            group.addTask {
                for await _ in hints { signal.raise() }
                return nil
            }
            group.addTask {
                _ = try await drainer.drain(
                    .resident, at: .database, until: .now + .seconds(600), wake: signal, termination: termination)
                return nil
            }
            group.addTask { try await send(stage, RedisConnection(redis), channel, arrivals) }
            var waits: [Double] = []
            while let result = try await group.next() {
                guard let result else { continue }
                waits = result
                break
            }
            termination.request()
            group.cancelAll()
            return waits
        }
        return [
            "queue_start_latency_p99_ms": percentile(0.99, of: waits), "queue_start_latency_p50_ms": percentile(0.5, of: waits),
        ]
    }

    private func send(_ stage: Stage, _ redis: RedisConnection, _ channel: String, _ arrivals: Arrivals) async throws -> [Double]
    {
        let connection = try await stage.database.workerConnection()
        var waits: [Double] = []
        // The first few find everybody connecting.
        for number in -5..<Self.jobs {
            try await Task.sleep(for: .milliseconds(Int.random(in: 10...40)))
            let begun = ContinuousClock.now
            let (statement, values) = JobQueue.enqueue([NewJob(tenantID: "org-1", kind: kind)])
            try await connection.execute(statement, values)
            try await redis.publish("", to: channel)
            let wait = await arrivals.next() - begun
            if number >= 0 { waits.append(wait / .milliseconds(1)) }
        }
        return waits
    }
}

/// Instants at which jobs began.
private final class Arrivals: Sendable {
    private let instants: AsyncStream<ContinuousClock.Instant>
    private let continuation: AsyncStream<ContinuousClock.Instant>.Continuation

    init() { (instants, continuation) = AsyncStream.makeStream() }

    func note() { continuation.yield(.now) }

    func next() async -> ContinuousClock.Instant {
        for await instant in instants { return instant }
        return .now
    }
}

/// Notes when it is called.
private struct Ping: JobHandler {
    let kind: JobKind
    let arrivals: Arrivals

    var lanes: [(kind: JobKind, capacity: Int)] { [(kind, 16)] }

    func perform(_ jobs: [ClaimedJob], inbox: JobInbox<Never>) async {
        for _ in jobs { arrivals.note() }
        inbox.finish(jobs.map { JobInbox.Finished($0, .completed) })
    }

    func statements(recording effects: [Never]) -> [JobQueue.Bound] { [] }
}
