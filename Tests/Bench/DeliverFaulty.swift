import Foundation
import TestSupport

/// The same delivery through a provider that fails 3 % of the requests at once (429, 500, a reset) and leaves 1 % without an
/// answer until they time out after 10 s; beside it, as the peer, the run without a fault.
///
/// The rate is that of the healthy mails: those that went out at the first attempt, up to the instant by which 95 of 100 had.
/// At most 1 000 transfers are in flight.
struct DeliverFaulty: Experiment {
    private static let mails = 100_000
    private static let faults = """
        [{"kind":"status","status":429,"probability":0.01},{"kind":"status","status":500,"probability":0.01},
         {"kind":"reset_before_accept","probability":0.01},{"kind":"hang_after_accept","probability":0.01,"delay_ms":60000}]
        """

    var quantities: [Quantity] {
        [
            Quantity(name: "deliver_faulty_per_s", unit: "mails/s", peer: "no fault", target: "ratio ≥ 0.8"),
            Quantity(name: "deliver_peak_mb", unit: "MB", peer: "no fault"),
        ]
    }

    func prepare(_ stage: Stage) async throws {
        try await PlanReminders.dueTomorrow(stage, count: stage.scaled(Self.mails))
    }

    func measure(_ stage: Stage) async throws -> [String: Double] { try await run(stage, faults: Self.faults) }

    func measurePeer(_ stage: Stage) async throws -> [String: Double] { try await run(stage, faults: "[]") }

    private func run(_ stage: Stage, faults: String) async throws -> [String: Double] {
        let mails = stage.scaled(Self.mails)
        try await SampleBookings(database: stage.database).rewindToDayBefore()
        try await PlanReminders.plan(stage, count: mails)
        try await stage.database.settle("relance.deliveries", "relance.jobs")
        try await stage.servers.awaitEnd(ofSessionsIn: stage.database)
        let simulator = try await SimulatorProcess(keepsRecords: false)
        try await simulator.setFaults(Data(faults.utf8))
        let worker = try await MailRun.send(
            stage, through: simulator, ["MAX_IN_FLIGHT": "1000", "PROVIDER_TIMEOUT": "10s", "JOB_LEASE": "30s"])
        simulator.process.send(SIGTERM)
        let atOnce = "from relance.deliveries where state = 'sent' and attempts = 1"
        let count = try await stage.database.count("select count(*) \(atOnce)")
        let milliseconds = try await stage.database.count(
            """
            select (1000 * extract(epoch from (select percentile_disc(0.95) within group (order by settled_at) \(atOnce))
                - (select min(opened_at) from relance.delivery_attempts)))::bigint
            """)
        guard count > mails * 9 / 10, milliseconds > 0 else { throw BenchFailure("\(count) of \(mails) mails went out at once") }
        return [
            "deliver_faulty_per_s": Double(count) * 0.95 / Double(milliseconds) * 1000, "deliver_peak_mb": worker.peakMegabytes,
        ]
    }
}
