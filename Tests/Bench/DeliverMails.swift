private import Foundation
import TestSupport

/// Day-before mails, already planned, sent by one reminder-sender to a provider at the other end of a local socket.
///
/// The whole way of a mail: claimed, loaded, rendered with its links, its attempt committed, posted to Resend's API as the
/// simulator speaks it, the answer recorded, the lead's history written, the job moved to history. From the process's start to
/// its end. Beside the rate: processor time for a mail in the worker, the server and the simulator, which share the machine.
struct DeliverMails: Experiment {
    private static let mails = 20_000

    var quantities: [Quantity] {
        [
            Quantity(name: "deliver_per_s", unit: "mails/s", target: "≥ 4 000"),
            Quantity(name: "deliver_worker_us", unit: "µs CPU/mail"),
            Quantity(name: "deliver_postgres_us", unit: "µs CPU/mail"),
            Quantity(name: "deliver_simulator_us", unit: "µs CPU/mail"),
        ]
    }

    func prepare(_ stage: Stage) async throws {
        try await PlanReminders.dueTomorrow(stage, count: stage.scaled(Self.mails))
    }

    func measure(_ stage: Stage) async throws -> [String: Double] {
        let mails = stage.scaled(Self.mails)
        try await SampleBookings(database: stage.database).rewindToDayBefore()
        try await PlanReminders.plan(stage, count: mails)
        try await stage.database.settle("relance.deliveries", "relance.jobs")
        try await stage.servers.awaitEnd(ofSessionsIn: stage.database)

        let simulator = try await SimulatorProcess(keepsRecords: false)
        let server = try await stage.servers.postmaster()
        let before = (ProcessorTime.milliseconds(of: simulator.process.pid), ProcessorTime.milliseconds(ofFamily: server))
        let worker = try await MailRun.send(stage, through: simulator)
        try await stage.servers.awaitEnd(ofSessionsIn: stage.database)
        let after = (ProcessorTime.milliseconds(of: simulator.process.pid), ProcessorTime.milliseconds(ofFamily: server))
        simulator.process.send(SIGTERM)
        let sent = try await stage.database.count("select count(*) from relance.deliveries where state = 'sent'")
        guard sent == mails else { throw BenchFailure("\(sent) of \(mails) mails were sent") }
        let perMail = 1000 / Double(mails)
        return [
            "deliver_per_s": Double(mails) / worker.milliseconds * 1000,
            "deliver_worker_us": worker.cpuMilliseconds * perMail,
            "deliver_postgres_us": (after.1 - before.1) * perMail,
            "deliver_simulator_us": (after.0 - before.0) * perMail,
        ]
    }
}
