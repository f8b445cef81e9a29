import TestSupport
import Testing

/// The lifecycles stand in CHECKs: what no program of ours writes, no other program and no hand writes either.
@Suite struct LifecycleTests {
    private static let job = "insert into relance.jobs (tenant_id, kind, queue, state, run_at"
    private static let delivery = """
        insert into relance.deliveries (tenant_id, dedupe_key, kind, subject, step, channel, recipient_type, recipient_id,
            message_class, due_at, expires_at
        """
    private static let due =
        "values ('acme', 'k', 'reminder', 'a', 'J-1', 'email', 'lead', 'lead', 'transactional', now(), now() + interval '1 hour'"
    private static let appointment = "insert into appointments (tenant_id, id, lead_id, starts_at"
    private static let run = "insert into relance.runs (id, program, host, holder, business_now, status"

    @Test(arguments: [
        "\(job)) values ('acme', 'k', 'q', 'available', now())",
        "\(job), lease, leased_until, leased_by) values ('acme', 'k', 'q', 'running', now(), 1, now(), 'me')",
        "\(delivery), state) \(due), 'pending')",
        "\(delivery), state, settled_at, sent_at, provider) \(due), 'sent', now(), now(), 'resend')",
        "\(delivery), state, settled_at, reason) \(due), 'skipped', now(), 'booked_late')",
        "\(appointment)) values ('acme', 'valid', 'lead', now())",
        "\(run)) values (gen_random_uuid(), 'p', 'h', 'me', now(), 'running')",
    ])
    func `what is in order is taken`(statement: String) async throws {
        #expect(try await sharedDatabase.value.failure(of: statement) == nil, "\(statement)")
    }

    @Test(arguments: [
        // Jobs: a lease exactly while running.
        "\(job)) values ('acme', 'k', 'q', 'completed', now())",
        "\(job)) values ('acme', 'k', 'q', 'running', now())",
        "\(job), lease) values ('acme', 'k', 'q', 'running', now(), 1)",
        "\(job), lease, leased_until) values ('acme', 'k', 'q', 'running', now(), 1, now())",
        "\(job), lease, leased_until, leased_by) values ('acme', 'k', 'q', 'available', now(), 1, now(), 'me')",
        "\(job), leased_by) values ('acme', 'k', 'q', 'available', now(), 'me')",
        "\(job)) values ('acme', '', 'q', 'available', now())",
        "\(job)) values ('acme', 'k', '', 'available', now())",
        "\(job), priority) values ('acme', 'k', 'q', 'available', now(), 10)",
        "\(job), priority) values ('acme', 'k', 'q', 'available', now(), -1)",
        "\(job), attempts) values ('acme', 'k', 'q', 'available', now(), -1)",
        "\(job), max_attempts) values ('acme', 'k', 'q', 'available', now(), 0)",
        "\(job), crashes) values ('acme', 'k', 'q', 'available', now(), -1)",
        "\(job), args) values ('acme', 'k', 'q', 'available', now(), '[]')",
        // Deliveries: settled or open, with a reason or a send.
        "\(delivery), state) \(due), 'lost')",
        "\(delivery), state) \(due), 'sent')",
        "\(delivery), state, settled_at) \(due), 'sent', now())",
        "\(delivery), state, settled_at, sent_at) \(due), 'sent', now(), now())",
        "\(delivery), state, settled_at, provider) \(due), 'delivered', now(), 'resend')",
        "\(delivery), state, settled_at) \(due), 'pending', now())",
        "\(delivery), state, settled_at) \(due), 'sending', now())",
        "\(delivery), state) \(due), 'cancelled')",
        "\(delivery), state, reason) \(due), 'missed', 'late')",
        "\(delivery), state, settled_at) \(due), 'missed', now())",
        "\(delivery), state, settled_at) \(due), 'failed', now())",
        "\(delivery), state, settled_at) \(due), 'uncertain', now())",
        "\(delivery), state) values ('acme', 'k', 'r', 'a', 's', 'email', 'lead', 'l', 'transactional', now(), now(), 'pending')",
        "\(delivery), state) values ('acme', 'k', 'r', 'a', 's', 'pigeon', 'lead', 'l', 'transactional', now(), 'infinity', 'pending')",
        "\(delivery), state) values ('acme', 'k', 'r', 'a', 's', 'email', 'none', 'none', 'transactional', now(), 'infinity', 'pending')",
        "\(delivery), state) values ('acme', 'k', 'r', 'a', 's', 'email', 'lead', 'l', 'spam', now(), 'infinity', 'pending')",
        // Runs and alerts.
        "\(run)) values (gen_random_uuid(), 'p', 'h', 'me', now(), 'completed')",
        "\(run), finished_at) values (gen_random_uuid(), 'p', 'h', 'me', now(), 'running', now())",
        "\(run), role) values (gen_random_uuid(), 'p', 'h', 'me', now(), 'running', 'leader')",
        "\(run)) values (gen_random_uuid(), 'p', 'h', 'me', now(), 'paused')",
        "insert into relance.system_alerts (fingerprint, kind, severity, message) values ('f', 'k', 'fatal', 'm')",
        "insert into relance.suppressions (tenant_id, channel, address_hash, scope, reason) values ('acme', 'email', '', 'some', 'r')",
        "insert into relance.instance (is_singleton, environment) values (false, 'staging')",
        "update relance.instance set environment = 'test'",
        // Products.
        "\(appointment), status) values ('acme', 'x', 'lead', now(), 'POSTPONED')",
        "\(appointment), duration_min) values ('acme', 'x', 'lead', now(), 0)",
        "\(appointment), duration_min) values ('acme', 'x', 'lead', now(), 1441)",
        "\(appointment), video) values ('acme', 'x', 'lead', now(), 'telepathy')",
        "\(appointment), revision) values ('acme', 'x', 'lead', now(), -1)",
        "\(appointment)) values ('acme', 'x', 'lead', 'infinity')",
        "\(appointment)) values ('acme', 'x', 'lead', '-infinity')",
        "insert into organizations (id, name) values ('', 'Nameless')",
        "insert into organizations (id, name, timezone) values ('x', 'X', 'Europe/Atlantis')",
        "insert into organizations (id, name, region) values ('x', 'X', 'France')",
        "insert into users (tenant_id, id, name, role) values ('acme', 'x', 'X', 'KING')",
        "insert into users (tenant_id, id, name, role, timezone) values ('acme', 'x', 'X', 'ADMIN', 'CET')",
        "insert into leads (tenant_id, id, name, status) values ('acme', 'x', 'X', 'HOT')",
        "insert into leads (tenant_id, id, name, score) values ('acme', 'x', 'X', 101)",
        "insert into lead_activities (tenant_id, lead_id, channel, direction) values ('acme', 'l', 'fax', 'in')",
        "insert into lead_activities (tenant_id, lead_id, channel, direction) values ('acme', 'l', 'email', 'sideways')",
        "update forms set status = 'OPEN' where id = 'form'",
        "update organization_settings set lead_quota = -1 where tenant_id = 'acme'",
        // Steps: expiry lies after due (D-02).
        "update reminder_steps set step = 'J-2' where tenant_id = 'acme' and step = 'J-1'",
        "update reminder_steps set channels = '{}' where tenant_id = 'acme' and step = 'J-1'",
        "update reminder_steps set channels = '{pigeon}' where tenant_id = 'acme' and step = 'J-1'",
        "update reminder_steps set offset_min = -1 where tenant_id = 'acme' and step = 'T+0'",
        "update reminder_steps set offset_min = 1440 where tenant_id = 'acme' and step = 'T+0'",
        "update reminder_steps set offset_min = 1441 where tenant_id = 'acme' and step = 'T+10'",
        "update reminder_steps set offset_min = -120 where tenant_id = 'acme' and step = 'J-1'",
        "update reminder_steps set offset_min = -43201 where tenant_id = 'acme' and step = 'J-1'",
        "update reminder_steps set offset_min = -5 where tenant_id = 'acme' and step = 'H-1'",
        "update reminder_steps set offset_min = -1441 where tenant_id = 'acme' and step = 'H-1'",
        "update reminder_steps set offset_min = 20 where tenant_id = 'acme' and step = 'T-0'",
        "update reminder_steps set offset_min = -61 where tenant_id = 'acme' and step = 'T-0'",
    ])
    func `what is out of order is refused`(statement: String) async throws {
        let failure = try await sharedDatabase.value.failure(of: statement)
        #expect(failure == "23514", "\(statement): \(failure ?? "taken")")
    }

    @Test(arguments: [
        "insert into relance.jobs (tenant_id, kind, queue, state, run_at, dedupe_key) select 'acme', 'twin', 'q', 'available', now(), 'k' from generate_series(1, 2)",
        "insert into relance.system_alerts (fingerprint, kind, severity, message) select 'f', 'k', 'info', 'm' from generate_series(1, 2)",
        "insert into relance.instance default values",
    ])
    func `what may be there once is there once`(statement: String) async throws {
        #expect(try await sharedDatabase.value.failure(of: statement) == "23505")
    }

    @Test func `business time is set on a development instance only, and for one transaction`() async throws {
        let database = try await TestDatabase.create()
        #expect(try await database.failure(of: "select relance.travel_to(now())") == nil)
        #expect(try await database.value("select relance.now() = now()") == "t")
        try await database.execute("update relance.instance set environment = 'production'")
        #expect(try await database.failure(of: "select relance.travel_to(now())") == "RL001")
    }
}
