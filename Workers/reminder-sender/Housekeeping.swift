import Coordination
import Fleet
import Messaging
import Postgres
import Reminders
import Runtime
import Schema

/// The worker's calendar work: what must be tidied and proved from time to time.
///
/// Does: hourly, takes request bodies older than 48 h out of the attempts (D-11) and makes history partitions ahead;
/// nightly at 03:00 UTC, proves that no appointment is forgotten (D-01). Runs when: its slot is due and we lead. Safe to
/// repeat because: each part is idempotent. If it fails: the slot stays open for the next tick.
struct Housekeeping {
    static let hourly = Slot("housekeeping", every: "1 hour")
    static let nightly = Slot("proof", every: "1 day", after: "3 hours")

    let context: WorkerContext
    let time: BusinessTime
    let runID: String

    /// Does what is due among `schedules`; returns counts for the run row.
    func run(_ schedules: [String], keepLeading: () async throws -> Int64?) async throws -> [(String, Int)] {
        let slots = [Self.hourly, Self.nightly].filter { schedules.contains($0.schedule) }
        guard !slots.isEmpty else { return [] }
        var counts: [(String, Int)] = []
        for (schedule, scheduledFor) in try await Slot.due(slots, at: time, on: context.main) {
            switch schedule {
            case Self.hourly.schedule: counts += try await tidy()
            default: counts += try await prove()
            }
            guard let epoch = try await keepLeading() else { break }
            try await Slot.record(
                schedule, scheduledFor, program: ReminderSender.program, epoch: epoch, runID: runID, on: context.main)
        }
        return counts
    }

    private func tidy() async throws -> [(String, Int)] {
        var purged = 0
        while true {
            let batch = try await context.main.execute(.purgeRequests)
            purged += batch
            if batch == 0 || context.termination.isRequested { break }
        }
        try await context.main.execute(SQLStatement(unsafe: "select relance.extend_job_history()", name: "extend_job_history"))
        return [("requests_purged", purged)]
    }

    private func prove() async throws -> [(String, Int)] {
        let report = try await PointerProof.reminders(over: context.main).run(at: time)
        if report.forgotten > 0 { context.log.error(.pointersRepaired, ["appointments": String(report.forgotten)]) }
        return [("proved", report.examined), ("forgotten", report.forgotten)]
    }
}
