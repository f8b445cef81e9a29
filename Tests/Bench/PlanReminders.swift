import Postgres
import Reminders
private import Runtime
private import Schema

/// Bookings whose day-before mail is due, planned: ledger rows and jobs written, pointers moved on. No mail is sent.
struct PlanReminders: Experiment {
    var quantities: [Quantity] { [Quantity(name: "plan_100k_s", unit: "s", target: "< 5")] }

    func prepare(_ stage: Stage) async throws {
        try await Self.dueTomorrow(stage, count: stage.scaled(100_000))
    }

    func measure(_ stage: Stage) async throws -> [String: Double] {
        try await SampleBookings(database: stage.database).rewindToDayBefore()
        let begun = ContinuousClock.now
        try await Self.plan(stage, count: stage.scaled(100_000))
        return ["plan_100k_s": (ContinuousClock.now - begun) / .seconds(1)]
    }

    /// Loads bookings of tomorrow morning: their day-before mail is due, the next step is hours away.
    static func dueTomorrow(_ stage: Stage, count: Int) async throws {
        let bookings = SampleBookings(database: stage.database)
        try await bookings.people(leads: count)
        try await bookings.appointments(
            from: 1, through: count, status: "SCHEDULED", startsAt: "now() + interval '20 hours' + i % 180 * interval '1 minute'")
    }

    /// Plans them, as a leader would.
    static func plan(_ stage: Stage, count: Int) async throws {
        let connection = try await stage.database.workerConnection()
        let helping = try await stage.database.workerConnection()
        let epoch = try await stage.database.count(
            """
            insert into relance.leases as l (name, epoch, holder, acquired_at, expires_at)
            values ('reminder-sender', 1, 'bench', now(), now() + interval '10 minutes')
            on conflict (name) do update set epoch = l.epoch + 1, holder = 'bench', expires_at = now() + interval '10 minutes'
            returning epoch
            """)
        let report = try await ReminderPlanner(
            program: "reminder-sender", connection: connection, helping: helping, failpoints: .none
        ).plan(
            at: .database, runID: "00000000-0000-4000-8000-000000000000"
        ) { Int64(epoch) }
        guard report.planned == count, report.missed == 0 else { throw BenchFailure("planned \(report) of \(count)") }
        try await stage.database.execute("update relance.leases set expires_at = '-infinity'")
    }
}
