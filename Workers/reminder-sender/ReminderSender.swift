import Content
import Crypto
import Fleet
import HTTPClient
import Messaging
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
        setting = ReminderSource.Setting(
            sender: messaging.sender, apiURL: environment.url("API_URL", default: "http://localhost:8080"),
            linkKeys: Self.linkKeys(&environment),
            frontendURL: environment.url("FRONTEND_URL", default: "http://localhost:3000"),
            videoToken: VideoCalls.token(&environment))
    }

    private static func linkKeys(_ environment: inout Environment) -> SignedLinkKeys? {
        let keys = (environment.secret("LINK_SIGNING_KEYS")?.reveal() ?? "").split(separator: ",").map { Array($0.utf8) }
        if keys.isEmpty { return nil }
        do {
            return try SignedLinkKeys(newestFirst: keys)
        } catch {
            environment.fault("LINK_SIGNING_KEYS: \(error)")
            return nil
        }
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
            sources: [ReminderSource(setting), RecoverySource(recoveries)], carriers: messaging.carriers(over: client),
            connection: context.side,
            addresses: messaging.addresses, time: time,
            limits: Deliverer.Limits(inFlightPerChannel: messaging.maxInFlight, lease: context.configuration.jobLease),
            failpoints: context.configuration.failpoints, log: context.log)
    }

    func preview(_ context: WorkerContext, at time: BusinessTime, limit: Int) async throws -> [PreviewLine] {
        try await ReminderPreview.read(context.main, at: time, limit: limit).map { line in
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
