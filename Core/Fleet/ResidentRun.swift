private import Coordination
private import Monitoring
import Postgres
import Primitives
import Queue
private import Redis
import Runtime
import Schema
private import Synchronization
private import Systemd

/// A worker that stays: plans at every due instant, drains at every hint, until it is asked to stop.
struct ResidentRun<W: Worker>: Sendable {
    let worker: W
    let context: WorkerContext
    let options: WorkerOptions

    /// What a resident run keeps count of.
    private final class Tally: Sendable {
        private let counts = Mutex<[String: Int]>([:])
        func add(_ more: [(String, Int)]) {
            counts.withLock { counts in for (name, count) in more { counts[name, default: 0] += count } }
        }
        var all: [(String, Int)] { counts.withLock { $0.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } } }
    }

    private var schedules: [String] { options.schedules.isEmpty ? W.schedules : options.schedules }

    /// Runs until termination.
    func run() async throws -> RunReport {
        let runID = RunRecord.newID()
        return try await ResidentRun(worker: worker, context: context.during(runID), options: options).run(runID)
    }

    private func run(_ runID: String) async throws -> RunReport {
        let clock = ContinuousClock()
        let started = clock.now
        let instance = try await context.instance(at: .database)
        let leadership = context.leadership(of: W.program, on: instance)
        let record = RunRecord(program: W.program, identity: context.identity, runID: runID)
        let openRun = record.open(isDegraded: false)
        try await context.main.execute(openRun.0, openRun.1)
        Supervisor.notify(.ready)
        context.log.info(.runStarted)

        let tally = Tally()
        let (planWake, drainWake) = (WakeSignal(), WakeSignal())
        context.termination.onRequest { planWake.raise() }
        var failure: (any Error)?
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                let hints = Task { await listen(on: instance, waking: [planWake, drainWake]) }
                defer { hints.cancel() }
                group.addTask {
                    try await planLoop(
                        leadership, instance, record, runID, tally, wake: planWake, drainWake: drainWake)
                }
                group.addTask { tally.add(try await drainLoop(wake: drainWake)) }
                try await group.waitForAll()
            }
        } catch {
            failure = error
            context.termination.request()
        }
        Supervisor.notify(.stopping)
        let epoch = await leadership.currentEpoch
        let report = RunReport(
            program: W.program, runID: runID, role: epoch == nil ? "follower" : "leader", epoch: epoch,
            isDegraded: await leadership.isDegraded, businessNow: instance.businessNow, duration: clock.now - started,
            counts: tally.all, exit: failure.map { Failure($0).exit } ?? .ok, failure: failure.map { Failure($0) })
        await context.close(report, as: failure == nil ? .completed : .failed, leadership: leadership)
        if let failure = report.failure { context.monitor?.tell(failure, schedules: schedules) }
        return report
    }

    private func planLoop(
        _ leadership: Leadership, _ instance: Instance, _ record: RunRecord, _ runID: String, _ tally: Tally, wake: WakeSignal,
        drainWake: WakeSignal
    ) async throws {
        let termination = context.termination
        var pulse = Pulse(context, schedules: schedules)
        var nextAttempt = ContinuousClock.now
        var nextUpdate = ContinuousClock.now + .seconds(60)
        while !termination.isRequested {
            do {
                var standing = try await leadership.keep()
                if standing == .follower, ContinuousClock.now >= nextAttempt {
                    nextAttempt = .now + context.configuration.leaderLease / 3
                    standing = try await leadership.acquire()
                }
                var sleep = Duration.seconds(1) * Double.random(in: 0.75...1.25)
                if case .leader = standing {
                    let report = try await worker.plan(context, at: .database, runID: runID, schedules: schedules) {
                        guard !termination.isRequested, case .leader(let epoch) = try await leadership.keep() else { return nil }
                        return epoch
                    }
                    if report.wasFenced { await leadership.lost() }
                    tally.add(report.counts)
                    if report.hasNewJobs {
                        drainWake.raise()
                        _ = try? await context.redis?.publish("", to: instance.hintChannel(W.hintQueue))
                    }
                    sleep = try await worker.sleep(context, atMost: sleep)
                    if !report.wasFenced { pulse.turn(.ok, tally.all) }
                }
                if ContinuousClock.now >= nextUpdate {
                    nextUpdate = .now + .seconds(60)
                    let update = record.update(counts: tally.all, epoch: await leadership.currentEpoch)
                    try await context.main.execute(update.0, update.1)
                }
                // The watchdog sees the loop's progress, not a thread's (D-86).
                Supervisor.notify(.watchdog)
                await wake.wait(atMost: sleep)
            } catch let error as PostgresError where error.isTransient {
                context.log.warning(.drainInterrupted, ["error": error.description])
                pulse.turn(Failure(error).exit, tally.all)
                Supervisor.notify(.watchdog)
                await wake.wait(atMost: .seconds(1))
            }
        }
    }

    private func drainLoop(wake: WakeSignal) async throws -> [(String, Int)] {
        let handler = worker.handler(context, at: .database)
        let kinds = handler.lanes.map(\.kind)
        let connection = context.connection()
        let drainer = Drainer(
            handler, connection: connection, holder: context.identity.holder,
            // A resident instance outlives any outage of Postgres.
            policy: Drainer.Policy(lease: context.configuration.jobLease, limit: options.limit, patience: .seconds(86_400)),
            failpoints: context.configuration.failpoints, log: context.log)
        return try await drainer.drain(
            .resident, at: .database, until: .now + .seconds(10 * 365 * 86_400), wake: wake, termination: context.termination
        ) {
            let (statement, values) = JobQueue.nextDue(kinds)
            let seconds = try await connection.query(statement, values) { row throws(PostgresError) in
                try row.optionalDouble("seconds")
            }
            guard let next = seconds.first ?? nil else { return .seconds(3600) }
            return max(.zero, .microseconds(Int64(next * 1_000_000)))
        }.counts
    }

    /// Hints only hasten work; polling goes on in any case (D-85).
    private func listen(on instance: Instance, waking signals: [WakeSignal]) async {
        guard let redis = context.configuration.redis else { return }
        for await event in RedisSubscription(to: [instance.hintChannel(W.hintQueue)], on: redis).events() {
            switch event {
            case .interrupted(let error): context.log.warning(.hintsUnavailable, ["error": error.description])
            case .subscribed, .message: signals.forEach { $0.raise() }
            }
        }
    }
}
