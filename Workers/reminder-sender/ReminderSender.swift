import AlertMessages
import Content
import Fleet
import HTTPClient
import Messaging
import NoShows
import Postgres
import Primitives
import Queue
import Recoveries
import Reminders
import Runtime
import Schema

/// reminder-sender: plans the confirmation sequence and delivers the messages of the whole fleet.
///
/// Does: T+0, T+10, J-1, H-1, T-0 (K-01..05), the notices of moves and cancellations (D-04, D-05), and every `message.*` job,
/// whoever planned it (D-90). Runs when: its timer ticks each minute, or resident. Safe to repeat because: the ledger's keys and
/// attempts stand in Postgres (D-10, D-11).
/// If it fails: what was due is still due; expired steps are recorded as missed, with an alert.
@main
struct ReminderSender: Worker {
    static let program = "reminder-sender"
    static let summary = "plans appointment reminders and delivers the fleet's messages"
    static let schedules = ["reminders", "housekeeping", "proof"]
    static let hintQueue = MessageChannel.queue

    private let messaging: MessagingConfiguration
    private let setting: ReminderSource.Setting
    private let client: HTTPClient

    static func main() { WorkerMain<ReminderSender>.run() }

    init(_ environment: inout Environment, _ resources: FleetConfiguration) {
        messaging = MessagingConfiguration(&environment, lease: resources.jobLease)
        client = messaging.client()
        setting = ReminderSource.Setting(&environment, sender: messaging.sender)
    }

    /// What the mails of abandon-recovery need (D-90).
    private var recoveries: RecoverySource.Setting {
        RecoverySource.Setting(
            apiURL: setting.apiURL, frontendURL: setting.frontendURL, linkKeys: setting.linkKeys, addresses: messaging.addresses)
    }

    func start(_ context: WorkerContext) {}

    func plan(
        _ context: WorkerContext, at time: BusinessTime, runID: String, schedules: [String],
        keepLeading: @escaping @Sendable () async throws -> Int64?
    ) async throws -> PlanReport {
        var report = PlanReport(counts: [], hasNewJobs: false, wasFenced: false)
        if schedules.contains("reminders") {
            let planned = try await planner(context).plan(at: time, runID: runID, keepLeading: keepLeading)
            if planned.missed > 0 { context.log.warning(.stepsMissed, ["steps": String(planned.missed)]) }
            if planned.planned > 0 { context.log.info(.planned, ["steps": String(planned.planned)]) }
            report = PlanReport(counts: planned.counts, hasNewJobs: planned.planned > 0, wasFenced: planned.wasFenced)
        }
        let housekeeping = Housekeeping(context: context, time: time, runID: runID)
        if !report.wasFenced { report.counts += try await housekeeping.run(schedules, keepLeading: keepLeading) }
        return report
    }

    private func planner(_ context: WorkerContext) -> ReminderPlanner {
        ReminderPlanner(
            program: Self.program, connection: context.main, helping: context.connection(),
            failpoints: context.configuration.failpoints)
    }

    func handler(_ context: WorkerContext, at time: BusinessTime) -> Deliverer {
        var setting = setting
        let log = context.log
        setting.onTemplateFailure = { tenant, name, error in
            log.warning(.templateReplaced, ["tenant": tenant, "template": name, "error": error.description])
        }
        return Deliverer(
            sources: [
                ReminderSource(setting), NoShowSource(noShows), NoShowRateSource(), RecoverySource(recoveries),
                AlertDigestSource(),
                AlertActionSource(
                    AlertActionSource.Setting(
                        apiURL: setting.apiURL, linkKeys: setting.linkKeys, addresses: messaging.addresses)),
            ], carriers: messaging.carriers(over: client), connection: context.side,
            addresses: messaging.addresses, time: time,
            limits: Deliverer.Limits(inFlightPerChannel: messaging.maxInFlight, lease: context.configuration.jobLease),
            failpoints: context.configuration.failpoints, log: context.log)
    }

    private var noShows: NoShowSource.Setting {
        NoShowSource.Setting(
            apiURL: setting.apiURL, linkKeys: setting.linkKeys, frontendURL: setting.frontendURL, addresses: messaging.addresses)
    }

    func preview(
        _ context: WorkerContext, at time: BusinessTime, schedules: [String], limit: Int
    ) async throws -> [PreviewLine] {
        // The others send nothing.
        guard schedules.contains("reminders") else { return [] }
        return try await ReminderPreview.read(context.main, at: time, limit: limit).map { line in
            PreviewLine([
                ("due_at", line.dueAt.description), ("tenant", line.tenantID), ("appointment", line.appointmentID),
                ("step", line.step), ("channel", line.channel), ("recipient", line.recipient), ("verdict", line.verdict),
            ])
        }
    }

    func sleep(_ context: WorkerContext, atMost limit: Duration) async throws -> Duration {
        try await planner(context).sleep(atMost: limit)
    }
}
