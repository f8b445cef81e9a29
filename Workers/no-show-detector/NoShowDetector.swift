import Coordination
import Fleet
import NoShows
import Primitives
import Queue
import Runtime
import Schema

/// no-show-detector: finds appointments that did not take place, and what follows from them.
///
/// Does: a quarter of an hour after a start, attributes from calls who was missed (K-06, D-20); plans J+0, J+2, the notice of an
/// absent host and the weekly rate (K-07..09), which reminder-sender delivers (D-90). Runs when: its timer ticks each minute, or
/// resident. Safe to repeat because: a mark stands once for each revision, a message once for each mark, a rate once for each week.
/// If it fails: what was due is still due; whatever expired is recorded as missed, with an alert.
@main
struct NoShowDetector: Worker {
    static let program = "no-show-detector"
    static let summary = "finds no-shows, plans their recovery and the weekly rate"
    static let schedules = ["no-shows", "weekly-rate", "no-show-proof"]
    /// Its messages are the fleet's.
    static let hintQueue = "messages"
    /// After the reminders' proof.
    private static let nightly = Slot("no-show-proof", every: "1 day", after: "3 hours 30 minutes")

    private let inquiry: RoomInquiry

    static func main() { WorkerMain<NoShowDetector>.run() }

    init(_ environment: inout Environment, _ resources: FleetConfiguration) { inquiry = RoomInquiry(&environment) }

    func start(_ context: WorkerContext) {}

    func plan(
        _ context: WorkerContext, at time: BusinessTime, runID: String, schedules: [String],
        keepLeading: @escaping @Sendable () async throws -> Int64?
    ) async throws -> PlanReport {
        let report = try await planner(context).plan(Self.work(schedules), at: time, runID: runID, keepLeading: keepLeading)
        if report.missed > 0 { context.log.warning(.stepsMissed, ["steps": String(report.missed)]) }
        if report.planned > 0 { context.log.info(.planned, ["steps": String(report.planned)]) }
        var counts = report.counts
        if !report.wasFenced, schedules.contains(Self.nightly.schedule) {
            counts += try await prove(context, at: time, runID: runID, keepLeading: keepLeading)
        }
        return PlanReport(counts: counts, hasNewJobs: report.planned > 0, wasFenced: report.wasFenced)
    }

    private func prove(
        _ context: WorkerContext, at time: BusinessTime, runID: String, keepLeading: () async throws -> Int64?
    ) async throws -> [(String, Int)] {
        guard let slot = try await Slot.due([Self.nightly], at: time, on: context.main).first else { return [] }
        let report = try await NoShowProof(connection: context.main).run(at: time)
        if report.forgotten > 0 { context.log.error(.pointersRepaired, ["appointments": String(report.forgotten)]) }
        if let epoch = try await keepLeading() {
            try await Slot.record(
                slot.schedule, slot.scheduledFor, program: Self.program, epoch: epoch, runID: runID, on: context.main)
        }
        return [("proved", report.examined), ("forgotten", report.forgotten)]
    }

    private static func work(_ schedules: [String]) -> NoShowPlanner.Work {
        var work: NoShowPlanner.Work = []
        if schedules.contains("no-shows") { work.insert(.appointments) }
        if schedules.contains("weekly-rate") { work.insert(.rates) }
        return work
    }

    private func planner(_ context: WorkerContext) -> NoShowPlanner {
        NoShowPlanner(
            program: Self.program, connection: context.main, inquiry: inquiry, failpoints: context.configuration.failpoints)
    }

    func handler(_ context: WorkerContext, at time: BusinessTime) -> NoJobs { NoJobs() }

    func preview(
        _ context: WorkerContext, at time: BusinessTime, schedules: [String], limit: Int
    ) async throws -> [PreviewLine] {
        try await NoShowPreview.read(
            Self.work(schedules), context.main, inquiry: inquiry, at: time, runID: RunRecord.newID(), limit: limit
        ).map { line in
            PreviewLine([
                ("due_at", line.dueAt?.description ?? "now"), ("tenant", line.tenantID), ("appointment", line.appointmentID),
                ("step", line.step), ("channel", line.channel), ("recipient", line.recipient), ("verdict", line.verdict),
            ])
        }
    }

    func sleep(_ context: WorkerContext, atMost limit: Duration) async throws -> Duration {
        try await planner(context).sleep(atMost: limit)
    }
}
