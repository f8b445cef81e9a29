import Coordination
import Fleet
import Messaging
import Postgres
import Primitives
import Recoveries
import Runtime
import Schema

/// abandon-recovery: wins abandoned forms back, in up to three mails over a week (K-12).
///
/// Does: plans the mail that is due an hour, a day and three days after a visitor broke off (D-50), ends sequences (D-51), keeps
/// the recovery rate and its alert (D-52). Runs when: its timer ticks each minute, or resident; the product's hourly tick would do.
/// Safe to repeat because: the ledger's keys stand in Postgres, and what is over is over. If it fails: what was due is still due;
/// what was missed collapses into the latest step. Mails are delivered by reminder-sender, which asks everything again (D-90).
@main
struct AbandonRecovery: Worker {
    static let program = "abandon-recovery"
    static let summary = "plans the mails that win abandoned forms back"
    static let schedules = ["recoveries", "rates", "proof"]
    static let hintQueue = MessageChannel.queue
    private static let hourly = Slot("recovery-rates", every: "1 hour")
    private static let nightly = Slot("recovery-proof", every: "1 day", after: "3 hours")

    private let addresses: AddressBook

    static func main() { WorkerMain<AbandonRecovery>.run() }

    init(_ environment: inout Environment, _ resources: FleetConfiguration) {
        addresses = AddressBook(&environment)
    }

    func start(_ context: WorkerContext) {}

    func plan(
        _ context: WorkerContext, at time: BusinessTime, runID: String, schedules: [String],
        keepLeading: @escaping @Sendable () async throws -> Int64?
    ) async throws -> PlanReport {
        var report = PlanReport(counts: [], hasNewJobs: false, wasFenced: false)
        if schedules.contains("recoveries") {
            let planned = try await planner(context).plan(at: time, runID: runID, keepLeading: keepLeading)
            if planned.missed > 0 { context.log.warning(.stepsMissed, ["steps": String(planned.missed)]) }
            if planned.planned > 0 { context.log.info(.planned, ["steps": String(planned.planned)]) }
            report = PlanReport(counts: planned.counts, hasNewJobs: planned.planned > 0, wasFenced: planned.wasFenced)
        }
        if !report.wasFenced {
            report.counts += try await keepCalendar(context, at: time, runID: runID, schedules, keepLeading: keepLeading)
        }
        return report
    }

    /// What belongs to a point of the calendar: the rates each hour, the proof at 03:00 UTC.
    private func keepCalendar(
        _ context: WorkerContext, at time: BusinessTime, runID: String, _ schedules: [String],
        keepLeading: @Sendable () async throws -> Int64?
    ) async throws -> [(String, Int)] {
        let slots = (schedules.contains("rates") ? [Self.hourly] : []) + (schedules.contains("proof") ? [Self.nightly] : [])
        if slots.isEmpty { return [] }
        var counts: [(String, Int)] = []
        for (schedule, scheduledFor) in try await Slot.due(slots, at: time, on: context.main) {
            if schedule == Self.hourly.schedule {
                let rates = RecoveryRates(program: Self.program, connection: context.main)
                counts.append(("low_rates", try await rates.refresh(at: time, keepLeading: keepLeading)))
            } else {
                let proof = try await PointerProof.recoveries(over: context.main).run(at: time)
                if proof.forgotten > 0 { context.log.error(.pointersRepaired, ["abandons": String(proof.forgotten)]) }
                counts += [("proved", proof.examined), ("forgotten", proof.forgotten)]
            }
            guard let epoch = try await keepLeading() else { break }
            try await Slot.record(
                schedule, scheduledFor, program: Self.program, epoch: epoch, runID: runID, on: context.main)
        }
        return counts
    }

    private func planner(_ context: WorkerContext) -> RecoveryPlanner {
        RecoveryPlanner(
            program: Self.program, connection: context.main, addresses: addresses,
            failpoints: context.configuration.failpoints)
    }

    func handler(_ context: WorkerContext, at time: BusinessTime) -> NoJobs { NoJobs() }

    func preview(
        _ context: WorkerContext, at time: BusinessTime, schedules: [String], limit: Int
    ) async throws -> [PreviewLine] {
        // Rates and proof send nothing.
        guard schedules.contains("recoveries") else { return [] }
        return try await RecoveryPreview.read(context.main, addresses: addresses, at: time, limit: limit).map { line in
            PreviewLine([
                ("due_at", line.dueAt.description), ("tenant", line.tenantID), ("abandon", line.abandonID),
                ("form", line.formID), ("step", line.step), ("recipient", line.recipient), ("verdict", line.verdict),
            ])
        }
    }

    func sleep(_ context: WorkerContext, atMost limit: Duration) async throws -> Duration {
        try await planner(context).sleep(atMost: limit)
    }
}
