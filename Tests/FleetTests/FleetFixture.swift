import Foundation
import Postgres
import TestSupport
import Testing

/// One database, one simulator and the environment in which the programs run, as a deployment would have them.
struct FleetFixture: Sendable {
    let database: TestDatabase
    let simulator: SimulatorProcess
    private let redisURL: String
    private let outbox: String

    /// - Parameters:
    ///   - database: on the run's shared server by default.
    ///   - redisURL: the run's shared Redis by default, each database with keys of its own only as far as programs differ:
    ///     tests that look at the lock bring a Redis.
    static func make(database: TestDatabase? = nil, redisURL: String? = nil) async throws -> FleetFixture {
        let own = if let database { database } else { try await TestDatabase.create() }
        return FleetFixture(
            database: own, simulator: try await SimulatorProcess(), redisURL: redisURL ?? "",
            outbox: "\(TestServers.directory)/outbox-\(UUID().uuidString)")
    }

    /// The programs' environment.
    func environment(_ changes: [String: String] = [:]) -> [String: String] {
        var variables = [
            "DATABASE_URL": database.workerURL, "LOG_FORMAT": "text", "LOG_LEVEL": "info",
            "ADDRESS_HASH_KEY": "a-key-for-tests-only-0123456789", "LINK_SIGNING_KEYS": "another-key-for-tests-0123456789ab",
            "API_URL": "https://api.example.test", "MAIL_FROM": "Relance <relance@example.test>",
            "RESEND_API_KEY": "re_test_0123456789", "RESEND_API_URL": simulator.url + "/resend",
            "SENDGRID_API_KEY": "SG.test.key", "SENDGRID_API_URL": simulator.url + "/sendgrid",
            "TWILIO_ACCOUNT_SID": "AC0123456789abcdef0123456789abcdef", "TWILIO_AUTH_TOKEN": "auth_token_0123456789abcdef0123",
            "TWILIO_API_URL": simulator.url + "/twilio", "TWILIO_SMS_FROM": "+33700000001",
            "TWILIO_WHATSAPP_FROM": "+33700000002",
            "EMAIL_PROVIDERS": "resend,sendgrid", "OUTBOX_DIR": outbox,
            "JOB_LEASE": "3s", "PROVIDER_TIMEOUT": "2s", "LEADER_LEASE": "6s",
        ]
        if !redisURL.isEmpty { variables["REDIS_URL"] = redisURL }
        variables.merge(changes) { $1 }
        return variables.filter { !$0.value.isEmpty }
    }

    /// Starts a reminder-sender.
    func start(_ arguments: [String] = [], _ changes: [String: String] = [:]) async throws -> ChildProcess {
        try await ChildProcess("reminder-sender", arguments, environment: environment(changes))
    }

    /// Runs a reminder-sender to its end.
    @discardableResult
    func run(
        _ arguments: [String] = [], _ changes: [String: String] = [:], within limit: Duration = .seconds(60)
    ) async throws -> (exit: ChildProcess.Exit, output: String, errors: String) {
        let process = try await start(arguments, changes)
        let exit = try await process.exit(within: limit)
        return (exit, process.standardOutput, process.standardError)
    }

    /// An organisation with a closer and an administrator, made an hour ago.
    func addOrganization(_ id: String = "acme") async throws {
        try await database.execute(
            "insert into organizations (id, name, created_at) values ($1, 'Acme', now() - interval '1 hour')", [.text(id)])
        try await database.execute(
            "update reminder_steps set activated_at = now() - interval '30 days' where tenant_id = $1", [.text(id)])
        try await database.execute(
            """
            insert into whatsapp_templates (tenant_id, name, content_sid)
            select $1, name || '.fr', 'HX' || md5(name) from unnest('{closer_booked,starting_now}'::text[]) name
            """, [.text(id)])
        try await database.execute(
            """
            insert into users (tenant_id, id, name, role, email, phone) values
                ($1, 'closer', 'Zoé Martin', 'CLOSER', 'zoe@example.test', '+33639980001'),
                ($1, 'admin', 'Ada', 'ADMIN', 'ada@example.test', null)
            """, [.text(id)])
    }

    /// Appointments just booked, each with a lead of its own, so that T+0 is due for each at once.
    ///
    /// - Parameters:
    ///   - startsIn: an interval from now.
    ///   - bookedAgo: an interval before now.
    func book(_ count: Int, startsIn: String = "5 days", bookedAgo: String = "0", tenant: String = "acme", prefix: String = "a")
        async throws
    {
        try await database.execute(
            """
            insert into leads (tenant_id, id, name, email, phone)
            select $1, $3 || g, 'Lead ' || g, $3 || g || '@lead.example', '+3363998' || lpad(g::text, 4, '0')
            from generate_series(1, $2::integer) g
            """, [.text(tenant), .int(count), .text(prefix)])
        try await database.execute(
            """
            insert into appointments (tenant_id, id, lead_id, closer_id, starts_at, created_at)
            select $1, $3 || g, $3 || g, 'closer', now() + $4::interval, now() - $5::interval from generate_series(1, $2::integer) g
            """, [.text(tenant), .int(count), .text(prefix), .text(startsIn), .text(bookedAgo)])
    }

    /// Deliveries by state.
    func states() async throws -> [String: Int] {
        let rows = try await database.rows("select state, count(*) from relance.deliveries group by state")
        return Dictionary(uniqueKeysWithValues: rows.map { ($0[0], Int($0[1]) ?? 0) })
    }

    /// What would have reached people: one entry for each accepted message.
    func effects() async throws -> [SimulatedEffect] {
        try JSONDecoder().decode([SimulatedEffect].self, from: try await simulator.effects())
    }
}

/// A message that the simulator accepted.
struct SimulatedEffect: Decodable, Sendable {
    let provider: String
    let to: String
    let key: String?
    /// The provider's id.
    let id: String
    /// What the provider echoes in its events (SendGrid).
    let arguments: [String: String]?
}

/// Runs until no job is left, as timers would; the connection may have to be made anew first.
@discardableResult
func settle(_ fleet: FleetFixture, _ changes: [String: String] = [:]) async throws -> Int {
    var runs = 0
    try await eventually(within: .seconds(60), "an empty queue") {
        runs += 1
        let result = try await fleet.run([], changes)
        #expect(result.exit == .status(0), "\(result.errors)")
        let left = try? await fleet.database.count(
            """
            select (select count(*) from relance.jobs)
                + (select count(*) from relance.appointment_due where next_due_at <= now())
            """)
        return left == 0
    }
    return runs
}
