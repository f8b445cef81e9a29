import Coordination
import Fleet
import LeadAlerts
import Primitives
import Queue
import Runtime
import Schema

/// alert-generator: keeps the alerts about leads true.
///
/// Does: raises, retells and resolves the six kinds of alerts (M-06..12), each tick for the leads that time or activity has brought
/// up, each night for all; at 09:00 of each organisation's day tells its team of alerts that nobody has dealt with for three days
/// (M-16). Runs when: its timer ticks each minute, or resident. Safe to repeat because: it writes the difference between what
/// should stand and what stands. If it fails: marks and slots stay for the next tick. Messages are delivered by reminder-sender
/// (D-90).
@main
struct AlertGenerator: Worker {
    static let program = "alert-generator"
    static let summary = "raises, retells and resolves the alerts about leads"
    static let schedules = ["alerts", "digest", "full"]
    static let hintQueue = "messages"
    static let hasFullRun = true
    /// Every lead is looked at once a night, in case a mark was lost: a trigger switched off, a restore.
    private static let nightly = Slot("full-alerts", every: "1 day", after: "2 hours")

    static func main() { WorkerMain<AlertGenerator>.run() }

    init(_ environment: inout Environment, _ resources: FleetConfiguration) {}

    func start(_ context: WorkerContext) {}

    func plan(
        _ context: WorkerContext, at time: BusinessTime, runID: String, schedules: [String],
        keepLeading: @escaping @Sendable () async throws -> Int64?
    ) async throws -> PlanReport {
        let planner = planner(context)
        let (alerts, digest) = (schedules.contains("alerts"), schedules.contains("digest"))
        var night: [(schedule: String, scheduledFor: Timestamp)] = []
        if schedules.contains("full") { night = try await Slot.due([Self.nightly], at: time, on: context.main) }
        let isFull = context.isFull || !night.isEmpty
        var report = LeadAlertReport()
        if alerts || isFull {
            report = try await planner.plan(
                at: time, runID: runID, isFull: isFull, tellsTeams: digest, keepLeading: keepLeading)
        } else if digest {
            report = try await planner.planDigests(at: time, runID: runID, keepLeading: keepLeading)
        }
        if report.missed > 0 { context.log.warning(.stepsMissed, ["steps": String(report.missed)]) }
        if !report.wasFenced, let slot = night.first, let epoch = try await keepLeading() {
            try await Slot.record(
                slot.schedule, slot.scheduledFor, program: Self.program, epoch: epoch, runID: runID, on: context.main)
        }
        return PlanReport(counts: report.counts, hasNewJobs: report.digests > 0, wasFenced: report.wasFenced)
    }

    private func planner(_ context: WorkerContext) -> LeadAlertPlanner {
        LeadAlertPlanner(
            program: Self.program, connection: context.main, helping: context.connection(),
            failpoints: context.configuration.failpoints)
    }

    func handler(_ context: WorkerContext, at time: BusinessTime) -> NoJobs { NoJobs() }

    func preview(
        _ context: WorkerContext, at time: BusinessTime, schedules: [String], limit: Int
    ) async throws -> [PreviewLine] {
        var isFull = context.isFull
        if !isFull, schedules.contains("full") {
            isFull = try await !Slot.due([Self.nightly], at: time, on: context.main).isEmpty
        }
        return try await LeadAlertPreview.read(
            context.main, at: time, looksAtLeads: isFull || schedules.contains("alerts"), isFull: isFull,
            tellsTeams: schedules.contains("digest"), limit: limit
        ).map { line in
            PreviewLine([
                ("verb", line.verb), ("tenant", line.tenantID), ("subject", line.subject), ("type", line.type),
                ("severity", line.severity), ("anchor_at", line.anchorAt?.description ?? ""), ("message", line.message),
            ])
        }
    }

    /// As long as it may: alerts tell of days, and what comes in is settled by ingest at once.
    func sleep(_ context: WorkerContext, atMost limit: Duration) async throws -> Duration { limit }
}
