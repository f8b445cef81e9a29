import Postgres
import Primitives
import Reminders
import Runtime
import Schema
import Synchronization
import TestSupport
import Testing

/// Planning against other planners and against the applications: fenced by the epoch (D-81), waiting for nobody.
@Suite(.serialized)
struct FenceTests {
    private static let booked: Timestamp = "2026-06-01T12:00:00Z"
    private static let start: Timestamp = "2026-06-10T12:00:00Z"

    /// A second application, whose transaction is open for as long as the body runs.
    private struct Application {
        private let session: PostgresConnection

        init(_ agenda: Agenda) {
            session = PostgresConnection(PostgresConfiguration(url: agenda.database.url, applicationName: "application"))
        }

        func run(_ sql: String) async throws {
            try await session.execute(SQLStatement(unsafe: sql, name: "application"))
        }

        /// Begins a transaction at a business time.
        func begin(at instant: Timestamp) async throws {
            try await run("begin")
            try await run("select relance.travel_to('\(instant)')")
        }
    }

    /// Whether a session waits for a lock in the agenda's database.
    private func isWaiting(_ agenda: Agenda, _ application: String) async throws -> Bool {
        try await agenda.database.count(
            """
            select count(*) from pg_stat_activity
            where datname = current_database() and application_name = $1 and wait_event_type = 'Lock'
            """, [.text(application)]) > 0
    }

    private func agenda(appointments: Int = 1) async throws -> Agenda {
        let agenda = try await Agenda()
        for number in 1...appointments { try await agenda.book("a\(number)", at: Self.booked, start: Self.start) }
        return agenda
    }

    @Test(arguments: [0, 2, 7])
    func `planning under an epoch that is not the leader's writes nothing`(epoch: Int64) async throws {
        let agenda = try await agenda()
        let report = try await agenda.plan(at: Self.booked, epoch: epoch)
        #expect(report.wasFenced)
        #expect((report.planned, report.skipped, report.missed) == (0, 0, 0))
        #expect(try await agenda.ledger() == [])
        #expect(try await agenda.database.value("select next_due_at from relance.appointment_due") == "-infinity")
    }

    @Test func `planning under a lease that has run out writes nothing`() async throws {
        let agenda = try await agenda()
        try await agenda.database.execute("update relance.leases set expires_at = clock_timestamp() - interval '1 ms'")
        #expect(try await agenda.plan(at: Self.booked).wasFenced)
        #expect(try await agenda.ledger() == [])
        try await agenda.database.execute("update relance.leases set expires_at = 'infinity'")
        #expect(try await agenda.plan(at: Self.booked).wasFenced == false)
        #expect(try await agenda.ledger().count == 1)
    }

    @Test func `a leader that is deposed between two batches stops there`() async throws {
        let agenda = try await agenda(appointments: 5)
        let batches = Mutex(0)
        let report = try await agenda.planner(batchSize: 2).plan(at: .fixed(Self.booked), runID: Agenda.runID) {
            if batches.withLock({
                $0 += 1; return $0
            }) == 2 {
                try await agenda.database.execute("update relance.leases set epoch = 2")
            }
            return 1
        }
        #expect(report.wasFenced)
        #expect(report.planned == 2)
        #expect(try await agenda.ledger().count == 2)
    }

    @Test func `a planner that is asked to stop leading plans no further batch`() async throws {
        let agenda = try await agenda(appointments: 5)
        let epochs = Mutex<[Int64?]>([1, nil])
        let report = try await agenda.planner(batchSize: 2).plan(at: .fixed(Self.booked), runID: Agenda.runID) {
            epochs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        }
        #expect(report.examined == 2 && !report.wasFenced)
    }

    @Test(arguments: ["plan.picked", "plan.written"])
    func `a plan that is interrupted leaves nothing behind and is made by the next tick`(point: String) async throws {
        let agenda = try await agenda()
        let failpoints = try Failpoints("\(point)=fail@1")
        failpoints.arm()
        let planner = agenda.planner(failpoints: failpoints)
        await #expect(throws: FailpointError.self) {
            try await planner.plan(at: .fixed(Self.booked), runID: Agenda.runID) { 1 }
        }
        #expect(try await agenda.ledger() == [])
        #expect(try await planner.plan(at: .fixed(Self.booked), runID: Agenda.runID) { 1 }.planned == 1)
    }

    @Test func `several planners at once write each step once`() async throws {
        let agenda = try await agenda(appointments: 40)
        let reports = try await withThrowingTaskGroup { group in
            for _ in 1...4 {
                let connection = PostgresConnection(
                    PostgresConfiguration(url: agenda.database.workerURL, applicationName: "planner"))
                let planner = ReminderPlanner(program: Agenda.program, connection: connection, failpoints: .none, batchSize: 3)
                group.addTask { try await planner.plan(at: .fixed(Self.booked.minutes(10)), runID: Agenda.runID) { 1 } }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        // A planner that finds less than a batch free stops: what others hold is theirs to finish.
        try await agenda.plan(at: Self.booked.minutes(10))
        #expect(reports.allSatisfy { !$0.wasFenced })
        #expect(try await agenda.ledger().count == 80)
        #expect(try await agenda.database.count("select count(*) from relance.jobs") == 80)
    }

    @Test func `an appointment that an application is changing is left for the next tick, without waiting`() async throws {
        let agenda = try await agenda(appointments: 2)
        let application = Application(agenda)
        try await application.begin(at: Self.booked.minutes(1))
        try await application.run("update appointments set starts_at = '2026-06-20T12:00:00Z' where id = 'a1'")
        // Would time out here if it waited.
        #expect(try await agenda.plan(at: Self.booked.minutes(1)).examined == 1)
        #expect(try await agenda.ledger(appointment: "a1") == [])
        try await application.run("commit")
        try await agenda.plan(at: Self.booked.minutes(2))
        #expect(try await agenda.ledger(appointment: "a1") == ["T+0 email l1 pending", "moved email l1 pending"])
        #expect(try await agenda.forgotten(at: Self.booked.minutes(2)) == 0)
    }

    @Test(arguments: ["commit", "rollback"])
    func `a change made between pick and plan is never lost`(ending: String) async throws {
        let agenda = try await agenda()
        try await agenda.plan(at: Self.booked.minutes(10))
        let tick: Timestamp = "2026-06-09T12:00:00Z"
        // The planner has picked the appointment and stands at its fence.
        let gate = Application(agenda)
        try await gate.begin(at: tick)
        try await gate.run("select from relance.leases for update")
        let planning = Task { try await agenda.plan(at: tick) }
        try await eventually("the planner at its fence") { try await isWaiting(agenda, "planner") }
        // The application's change stands at the pointer that the planner holds.
        let application = Application(agenda)
        try await application.begin(at: tick)
        let change = Task { try await application.run("update appointments set starts_at = '2026-06-20T12:00:00Z'") }
        try await eventually("the application at the pointer") { try await isWaiting(agenda, "application") }
        try await gate.run("rollback")
        #expect(try await planning.value.planned == 1)
        try await change.value
        try await application.run(ending)

        // Planned by the old start; the change, if it came about, is looked at next.
        let isCommitted = ending == "commit"
        #expect(try await agenda.ledger(step: "J-1") == ["J-1 email l1 pending"])
        #expect(
            try await agenda.database.value("select next_due_at = '-infinity' from relance.appointment_due")
                == (isCommitted ? "t" : "f"))
        try await agenda.plan(at: tick.minutes(1))
        try await agenda.plan(at: "2026-06-19T12:00:00Z")
        #expect(try await agenda.forgotten(at: "2026-06-19T12:00:00Z") == 0)
        #expect(try await agenda.ledger(step: "J-1", since: 1) == (isCommitted ? ["J-1 email l1 pending"] : []))
    }

    @Test func `a stalled planner holds up an application, but neither loses and there is no deadlock`() async throws {
        let agenda = try await agenda(appointments: 3)
        let failpoints = try Failpoints("plan.picked=stall:300ms@1;plan.written=stall:300ms@1")
        failpoints.arm()
        let planner = agenda.planner(failpoints: failpoints)
        let planning = Task { try await planner.plan(at: .fixed(Self.booked), runID: Agenda.runID) { 1 } }
        try await eventually("the pick") {
            try await agenda.database.count(
                """
                select count(*) from pg_locks l join pg_class c on c.oid = l.relation
                where c.relname = 'appointment_due' and l.mode = 'RowShareLock' and l.database = (
                    select oid from pg_database where datname = current_database())
                """) > 0
        }
        // In the opposite order of the planner's, one statement each.
        let application = Application(agenda)
        try await application.begin(at: Self.booked.minutes(1))
        for id in ["a3", "a2", "a1"] {
            try await application.run("update appointments set status = 'CANCELLED' where id = '\(id)'")
        }
        try await application.run("commit")
        #expect(try await planning.value.planned == 3)
        try await agenda.plan(at: "2026-06-10T11:30:00Z")
        let rest = try await agenda.ledger().filter { !$0.hasPrefix("T+0") }
        #expect(rest == Array(repeating: "cancelled email l1 missed no_tick_before_expiry", count: 3))
    }
}
