private import Coordination
private import Monitoring
private import Redis
import Postgres
import Primitives
import Queue
import Runtime
import Schema

/// One run of a worker: lock, epoch, plan, drain, run row.
struct WorkerRun<W: Worker>: Sendable {
    let worker: W
    let context: WorkerContext
    let options: WorkerOptions

    private var schedules: [String] { options.schedules.isEmpty ? W.schedules : options.schedules }

    /// Runs once at a business time.
    func once(at time: BusinessTime) async throws -> RunReport {
        let runID = RunRecord.newID()
        return try await WorkerRun(worker: worker, context: context.during(runID), options: options).once(at: time, runID: runID)
    }

    private func once(at time: BusinessTime, runID: String) async throws -> RunReport {
        let clock = ContinuousClock()
        let started = clock.now
        let opening = try await open(at: time, runID: runID)
        var report = RunReport(
            program: W.program, runID: runID, role: opening.epoch == nil ? "follower" : "leader", epoch: opening.epoch,
            isDegraded: await opening.leadership.isDegraded, businessNow: opening.instance.businessNow, duration: .zero,
            counts: [],
            exit: .ok, failure: nil)
        if opening.epoch != nil { context.monitor?.started(run: runID, schedules: schedules) }
        do {
            if opening.epoch != nil {
                try context.configuration.failpoints.reach(.leaderAcquired)
                let plan = try await plan(
                    at: time, runID: runID, leadership: opening.leadership, instance: opening.instance)
                report.counts += plan.counts
            }
            if opening.instance.isPaused { context.log.warning(.sendingPaused) }
            report.counts += try await drain(at: time, deadline: started + options.budget)
            if context.termination.isRequested { report.exit = .temporary }
        } catch {
            let failure = Failure(error)
            report.exit = failure.exit
            report.failure = failure
        }
        report.isDegraded = await opening.leadership.isDegraded
        report.duration = clock.now - started
        let status: RunRecord.Status = report.exit == .ok ? .completed : report.error == nil ? .interrupted : .failed
        await context.close(report, as: status, leadership: opening.leadership)
        context.monitor?.tell(report, schedules: schedules, hasStarted: opening.epoch != nil)
        return report
    }

    private struct Opening {
        let instance: Instance
        let leadership: Leadership
        let epoch: Int64?
    }

    private func open(at time: BusinessTime, runID: String) async throws -> Opening {
        // Read before anything is written: the schema may be another build's, failpoints may be forbidden here.
        let instance = try await context.instance(at: time)
        let leadership = context.leadership(of: W.program, on: instance)
        let mayTry = await leadership.passesFilter()
        let record = RunRecord(program: W.program, identity: context.identity, runID: runID)
        let openRun = record.open(isDegraded: await leadership.isDegraded)
        let attempt = leadership.attempt
        let epoch = try await context.main.run { session throws in
            let rows = try session.batch(at: time, (mayTry ? [attempt] : []) + [openRun])
            return mayTry ? try rows[0].first?.int(0) : nil
        }
        if mayTry { _ = await leadership.took(epoch) }
        return Opening(instance: instance, leadership: leadership, epoch: epoch)
    }

    private func plan(
        at time: BusinessTime, runID: String, leadership: Leadership, instance: Instance
    ) async throws -> PlanReport {
        let termination = context.termination
        let report = try await worker.plan(context, at: time, runID: runID, schedules: schedules) {
            if termination.isRequested { return nil }
            guard case .leader(let epoch) = try await leadership.keep() else { return nil }
            return epoch
        }
        if report.wasFenced { await leadership.lost() }
        if report.hasNewJobs { _ = try? await context.redis?.publish("", to: instance.hintChannel(W.hintQueue)) }
        return report
    }

    private func drain(at time: BusinessTime, deadline: ContinuousClock.Instant) async throws -> [(String, Int)] {
        let drainer = Drainer(
            worker.handler(context, at: time), connection: context.main, holder: context.identity.holder,
            policy: Drainer.Policy(lease: context.configuration.jobLease, limit: options.limit),
            failpoints: context.configuration.failpoints, log: context.log)
        return try await drainer.drain(
            .untilEmpty, at: time, until: deadline, wake: WakeSignal(), termination: context.termination
        ).counts
    }
}
