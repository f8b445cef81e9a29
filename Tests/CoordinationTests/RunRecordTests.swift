import Coordination
import Postgres
import Primitives
import Runtime
import Schema
import TestSupport
import Testing

@Suite struct RunRecordTests {
    private static let shared = Task { try await TestDatabase.create() }

    private let program = "program\(UInt64.random(in: .min ... .max))"
    private let identity = ProcessIdentity()
    private let runID = RunRecord.newID()

    private var record: RunRecord { RunRecord(program: program, identity: identity, runID: runID) }

    private func execute(_ statement: (SQLStatement, [PostgresValue])) async throws -> Int {
        try await Self.shared.value.connection.execute(statement.0, statement.1)
    }

    private func row(_ columns: String) async throws -> [String] {
        try await Self.shared.value.rows("select \(columns) from relance.runs where id = $1::uuid", [.text(runID)])[0]
    }

    private func lead(_ holder: String, seconds: Int) async throws {
        try await Self.shared.value.execute(
            """
            insert into relance.leases (name, epoch, holder, expires_at)
            values ($1, 7, $2, clock_timestamp() + make_interval(secs => $3::integer))
            on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at
            """, [.text(program), .text(holder), .int(seconds)])
    }

    @Test func `a run that holds the lease is a leader's, under its epoch`() async throws {
        try await lead(identity.holder, seconds: 60)
        _ = try await execute(record.open(isDegraded: true))
        #expect(
            try await row("status, role, epoch, is_degraded, program, holder, host") == [
                "running", "leader", "7", "t", program, identity.holder, identity.host,
            ])
    }

    @Test(arguments: [("somebody", 60), ("self", -1)])
    func `a run without the lease is a follower's`(holder: String, seconds: Int) async throws {
        try await lead(holder == "self" ? identity.holder : holder, seconds: seconds)
        _ = try await execute(record.open(isDegraded: false))
        #expect(try await row("role, epoch is null, is_degraded") == ["follower", "t", "f"])
    }

    @Test(arguments: [
        (RunRecord.Status.completed, ExitCode.ok), (.failed, .unavailable), (.interrupted, .temporary),
    ])
    func `a run ends with its counts, its exit and its error`(status: RunRecord.Status, exit: ExitCode) async throws {
        _ = try await execute(record.open(isDegraded: false))
        let close = record.close(
            status, exit: exit, counts: [("a \"b\"", 3), ("c", 0)], error: "why", epoch: 4, isDegraded: true)
        #expect(try await execute(close) == 1)
        #expect(
            try await row("status, exit_code, counts, error, role, epoch, is_degraded, finished_at >= started_at")
                == [status.rawValue, "\(exit.rawValue)", #"{"c": 0, "a \"b\"": 3}"#, "why", "leader", "4", "t", "t"])
    }

    @Test func `a run ends once`() async throws {
        _ = try await execute(record.open(isDegraded: false))
        func close(_ status: RunRecord.Status) -> (SQLStatement, [PostgresValue]) {
            record.close(status, exit: .ok, counts: [], error: nil, epoch: nil, isDegraded: false)
        }
        #expect(try await execute(close(.completed)) == 1)
        #expect(try await execute(close(.failed)) == 0)
        #expect(try await execute(record.update(counts: [("late", 1)], epoch: 1)) == 0)
        #expect(try await row("status, role, counts") == ["completed", "follower", "{}"])
    }

    @Test func `a resident run tells its progress, and when it came to lead`() async throws {
        _ = try await execute(record.open(isDegraded: false))
        #expect(try await execute(record.update(counts: [("done", 1)], epoch: nil)) == 1)
        #expect(try await row("status, role, counts") == ["running", "follower", #"{"done": 1}"#])
        #expect(try await execute(record.update(counts: [("done", 2)], epoch: 9)) == 1)
        #expect(try await row("status, role, epoch, counts") == ["running", "leader", "9", #"{"done": 2}"#])
        // It stays one that led.
        _ = try await execute(record.close(.completed, exit: .ok, counts: [], error: nil, epoch: nil, isDegraded: false))
        #expect(try await row("role, epoch") == ["leader", "9"])
    }

    @Test func `a long error is cut`() async throws {
        _ = try await execute(record.open(isDegraded: false))
        _ = try await execute(
            record.close(
                .failed, exit: .software, counts: [], error: String(repeating: "é", count: 5000), epoch: nil, isDegraded: false))
        #expect(try await row("length(error)") == ["1000"])
    }

    @Test func `the run's row tells business time`() async throws {
        let time = Timestamp(microseconds: 1_900_000_000_000_000)
        let open = record.open(isDegraded: false)
        try await Self.shared.value.connection.run { session throws in _ = try session.batch(at: .fixed(time), [open]) }
        #expect(try await row("extract(epoch from business_now)::bigint") == ["1900000000"])
    }

    @Test func `an instance says what it is`() async throws {
        let database = try await TestDatabase.create()
        func read() async throws -> Instance {
            try await database.connection.run { session throws in
                try Instance(try session.batch([Instance.statement])[0].single())
            }
        }
        let instance = try await read()
        #expect(instance.isDevelopment)
        #expect(!instance.isPaused)
        #expect(instance.schemaVersion == Migration.newest)
        #expect(instance.hintChannel("messages").contains(instance.id))
        try await database.execute("update relance.instance set environment = 'production', sending_paused_at = now()")
        #expect(try await read().isDevelopment == false)
        #expect(try await read().isPaused)
    }
}

@Suite struct SlotTests {
    private static let hourly = Slot("hourly", every: "1 hour")
    private static let nightly = Slot("nightly", every: "1 day", after: "3 hours")

    /// A database that was installed long ago, and its lease.
    private func database() async throws -> TestDatabase {
        let database = try await TestDatabase.create()
        try await database.execute("update relance.instance set installed_at = '2026-01-01T00:00:00Z'")
        try await database.execute(
            "insert into relance.leases (name, epoch, holder, expires_at) values ('p', 5, 'me', clock_timestamp() + interval '1 hour')"
        )
        return database
    }

    private func due(_ database: TestDatabase, at time: String) async throws -> [String] {
        let instant = try #require(Timestamp(time))
        return try await Slot.due([Self.hourly, Self.nightly], at: .fixed(instant), on: database.connection)
            .map { "\($0.schedule) \($0.scheduledFor)" }.sorted()
    }

    private func record(_ database: TestDatabase, _ schedule: String, _ time: String, epoch: Int64 = 5) async throws {
        try await Slot.record(
            schedule, try #require(Timestamp(time)), program: "p", epoch: epoch, runID: RunRecord.newID(), on: database.connection
        )
    }

    @Test func `the latest slot of each schedule is due until it is done, once`() async throws {
        let database = try await database()
        #expect(
            try await due(database, at: "2026-11-20T08:15:00Z") == [
                "hourly 2026-11-20T08:00:00Z", "nightly 2026-11-20T03:00:00Z",
            ])
        try await record(database, "hourly", "2026-11-20T08:00:00Z")
        #expect(try await due(database, at: "2026-11-20T08:59:59Z") == ["nightly 2026-11-20T03:00:00Z"])
        try await record(database, "nightly", "2026-11-20T03:00:00Z")
        try await record(database, "nightly", "2026-11-20T03:00:00Z")
        #expect(try await due(database, at: "2026-11-20T08:59:59Z").isEmpty)
        #expect(try await due(database, at: "2026-11-20T09:00:00Z") == ["hourly 2026-11-20T09:00:00Z"])
        #expect(try await due(database, at: "2026-11-21T02:59:59Z") == ["hourly 2026-11-21T02:00:00Z"])
        #expect(try await database.count("select count(*) from relance.schedule_ticks") == 2)
    }

    @Test func `after an outage only the latest slot is made up for, on the calendar's beat`() async throws {
        let database = try await database()
        try await record(database, "hourly", "2026-11-20T08:00:00Z")
        try await record(database, "nightly", "2026-11-18T03:00:00Z")
        #expect(
            try await due(database, at: "2026-11-20T14:37:12Z") == [
                "hourly 2026-11-20T14:00:00Z", "nightly 2026-11-20T03:00:00Z",
            ])
    }

    @Test func `a new installation makes up for nothing`() async throws {
        let database = try await database()
        try await database.execute("update relance.instance set installed_at = '2026-11-20T08:10:00Z'")
        #expect(try await due(database, at: "2026-11-20T08:15:00Z").isEmpty)
        #expect(try await due(database, at: "2026-11-20T09:00:00Z") == ["hourly 2026-11-20T09:00:00Z"])
    }

    @Test(arguments: [4, 6])
    func `a slot is not marked under another epoch`(epoch: Int64) async throws {
        let database = try await database()
        try await record(database, "hourly", "2026-11-20T08:00:00Z", epoch: epoch)
        #expect(try await due(database, at: "2026-11-20T08:15:00Z").count == 2)
        try await database.execute("update relance.leases set expires_at = clock_timestamp()")
        try await record(database, "hourly", "2026-11-20T08:00:00Z")
        #expect(try await due(database, at: "2026-11-20T08:15:00Z").count == 2)
    }
}
