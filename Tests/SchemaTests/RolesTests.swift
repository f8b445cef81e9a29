import Postgres
import TestSupport
import Testing

/// What logs in owns nothing and may do what it must, no more.
@Suite struct RolesTests {
    @Test(arguments: [("relance_worker", "5s"), ("relance_ingest", "1s"), ("relance_ops", "5s")])
    func `a role has its time-outs, is nobody special and owns nothing`(role: String, forLocks: String) async throws {
        let database = try await sharedDatabase.value
        let settings = try await database.value(
            "select array_to_string(array(select unnest(rolconfig) order by 1), ', ') from pg_roles where rolname = $1",
            [.text(role)])
        #expect(
            settings
                == "TimeZone=UTC, idle_in_transaction_session_timeout=10s, jit=off, lock_timeout=\(forLocks), search_path=public, statement_timeout=60s"
        )
        let special = try await database.value(
            """
            select rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls or not rolcanlogin
            from pg_roles where rolname = $1
            """, [.text(role)])
        #expect(special == "f")
        #expect(
            try await database.count(
                "select count(*) from pg_class c join pg_roles r on r.oid = c.relowner where rolname = $1", [.text(role)]) == 0)
        #expect(
            try await database.count(
                "select count(*) from pg_auth_members m join pg_roles r on r.oid = m.member where rolname = $1", [.text(role)])
                == 0)
    }

    @Test(arguments: [
        "drop table relance.jobs", "alter table relance.jobs add column x text", "truncate relance.jobs",
        "create table public.x (n integer)",
        "create table relance.x (n integer)", "create function relance.x() returns integer language sql as 'select 1'",
        "drop trigger arm_appointment on appointments", "create index on leads (name)", "create schema x", "create role x",
        "delete from relance.deliveries", "delete from relance.delivery_attempts", "delete from relance.dead_jobs",
        "update relance.dead_jobs set reason = 'x'", "delete from relance.job_history",
        "update relance.job_history set reason = 'x'",
        "select * from relance.operator_actions",
        "insert into relance.operator_actions (operator, action, target) values ('a', 'b', 'c')",
        "update relance.instance set environment = 'development'",
        "insert into relance.queue_controls (queue, paused_by) values ('q', 'me')",
        "delete from relance.leases", "delete from relance.runs", "delete from relance.schedule_ticks",
        "delete from relance.suppressions",
        "update relance.suppressions set scope = 'marketing'", "select setval('relance.lease_number', 1)",
        "update appointments set status = 'CANCELLED'", "delete from appointments", "update leads set email = null",
        "delete from leads",
        "update organizations set name = 'x'", "update users set role = 'ADMIN'", "update reminder_steps set is_enabled = false",
        "select answers from form_submissions", "select answers from form_abandons", "update form_abandons set email = null",
        "update recovery_settings set holdout_percent = 1", "update deals set amount_cents = 0",
        "select message_snippet from lead_activities", "update lead_activities set status = 'x'", "delete from notifications",
        "update relance_migrations set version = 0", "delete from relance_migrations",
        "update no_show_steps set is_enabled = false", "update no_show_marks set state = 'active'",
        "insert into calls (tenant_id, id, appointment_id) values ('acme', 'c', 'a')", "delete from blacklist_entries",
        "select relance.decide_no_show('acme', gen_random_uuid(), true, 'me', null)",
        "select relance.point_at_no_shows_ahead('acme', 'J+0')",
        "select relance.mark_appointments_ahead('acme')",
        "select relance.retry_job('acme', 1, 'me', null)", "select metadata from events", "copy (select 1) to program 'true'",
    ])
    func `a worker may not`(statement: String) async throws {
        let failure = try await sharedDatabase.value.failure(of: statement, as: "relance_worker")
        #expect(failure == "42501", "\(statement): \(failure ?? "done")")
    }

    @Test(arguments: [
        "select * from relance.no_show_looks", "select * from relance.open_no_show_messages",
        "select * from relance.no_show_rate_slots", "select * from relance.no_show_due for update",
        "select * from relance.no_show_counts('acme', now(), now())",
        "select * from relance.detect_no_shows('p', 1, '{}', '{}', '[]')",
        "select * from relance.jobs for update", "select * from relance.open_steps", "select * from relance.appointment_steps",
        "select relance.now(), relance.travel_to('2026-11-20T08:15:00Z'), relance.extend_job_history()",
        "select nextval('relance.lease_number')", "select * from relance_migrations", "select email, phone from leads",
        "insert into relance.jobs (tenant_id, kind, queue, state, run_at) values ('acme', 'k', 'q', 'available', now())",
        "delete from relance.jobs", "delete from relance.appointment_due", "select amount_cents from deals",
        "delete from relance.abandon_due",
        "select email, name, last_activity_at from form_abandons", "select * from relance.open_recoveries",
        "select * from relance.look_at_recoveries('{}', '{}', '{}')", "select * from recovery_rates, relance.recovery_weeks",
        "update form_abandons set ended_at = null where id = 'nobody'",
        "insert into lead_activities (tenant_id, lead_id, channel, direction) values ('acme', 'lead', 'email', 'out')",
        "insert into notifications (tenant_id, user_id, kind, title, body) values ('acme', 'closer', 'k', 't', 'b')",
        "select relance.mark_no_show('acme', 'none', 'lead', 'auto', 'me')", "select * from call_participants",
        "select relance.revert_no_show('acme', 'none', 'me', 'late_join')", "select * from no_show_marks",
    ])
    func `a worker may`(statement: String) async throws {
        let failure = try await sharedDatabase.value.failure(of: statement, as: "relance_worker")
        #expect(failure == nil, "\(statement)")
    }

    @Test(arguments: [
        "drop table relance.jobs", "delete from relance.deliveries", "delete from relance.operator_actions",
        "update relance.operator_actions set operator = 'somebody else'", "delete from leads", "delete from appointments",
        "update relance_migrations set version = 0", "update no_show_marks set state = 'active'",
        "insert into lead_activities (lead_id, channel, direction) values ('l', 'sms', 'in')",
    ])
    func `an operator may not`(statement: String) async throws {
        let failure = try await sharedDatabase.value.failure(of: statement, as: "relance_ops")
        #expect(failure == "42501", "\(statement): \(failure ?? "done")")
    }

    @Test(arguments: [
        "update lead_activities set status = 'x'", "delete from lead_activities", "delete from max_alerts",
        "insert into relance.api_keys (tenant_id, kind, name, key_hash, hint, scopes, created_by) values ('a','server','n','','','{}','')",
        "update relance.api_keys set revoked_at = null", "delete from relance.jobs",
        "update relance.jobs set state = 'available'",
        "insert into relance.deliveries default values", "delete from relance.deliveries", "delete from relance.inbound_messages",
        "update organizations set name = 'x'", "select relance.travel_to(now())", "select * from relance.operator_actions",
        "update alert_thresholds set hot_lead_inbound = 1", "copy (select 1) to program 'true'",
        "delete from appointments", "update appointments set revision = 7", "update appointments set lead_id = 'x'",
        "insert into no_show_marks default values", "delete from blacklist_entries",
        "update blacklist_entries set ended_at = now()", "select relance.settle_blacklist('acme', 'lead', 'me')",
        "select relance.revert_mark('acme', 'a', 0, 'me', 'status')", "delete from calls",
        "update leads set name = 'x'", "delete from form_abandons", "delete from notifications",
        "update notifications set title = 'x'", "update form_submissions set answers = '{}'", "delete from relance.dead_jobs",
        "select args from relance.dead_jobs", "update forms set status = 'ACTIVE'", "update events set event_type = 'x'",
        "insert into relance.operator_actions (operator, action, target) values ('a', 'b', 'c')",
    ])
    func `ingest may not`(statement: String) async throws {
        let failure = try await sharedDatabase.value.failure(of: statement, as: "relance_ingest")
        #expect(failure == "42501", "\(statement): \(failure ?? "done")")
    }

    @Test(arguments: [
        "select * from max_alerts for update", "select * from relance.api_keys", "select * from leads",
        "select * from alert_thresholds",
        "insert into lead_activities (tenant_id, lead_id, channel, direction) values ('acme', 'lead', 'email', 'in')",
        "insert into relance.idempotency_keys (tenant_id, key, request_hash) values ('acme', 'k', '')",
        "insert into relance.inbound_messages (provider, account, event_key, kind, type, target, body, outcome) values ('p', 'a', 'k', 'other', 'x', '/', '', 'ignored')",
        "select relance.is_contact('in', 'sent', '{}'), relance.now(), relance.masked('a@b.c')",
        "select relance.schedule('acme', 'change', 'none', '{}')", "select relance.plan_due_steps('acme', 'none')",
        "select relance.open_call('acme', 'none', now())", "select * from blacklist_entries",
        "insert into leads (tenant_id, id, name) values ('acme', 'by-form', 'x')",
        "update leads set phone = null where id = 'nobody'", "update form_abandons set ended_at = null where id = 'nobody'",
        "update notifications set read_at = now() where user_id = 'nobody'",
        "insert into monitoring_metrics (tenant_id, service, metric, value) values ('acme', 's', 'm', 1)",
        "select * from relance.retry_job('acme', 1, 'me', null)",
    ])
    func `ingest may`(statement: String) async throws {
        let failure = try await sharedDatabase.value.failure(of: statement, as: "relance_ingest")
        #expect(failure == nil, "\(statement)")
    }

    @Test func `an application with rights on the business tables alone can do all its work`() async throws {
        let database = try await TestDatabase.create()
        let role = uniqueName()
        try await database.execute("create role \(role) login")
        try await database.execute("grant select, insert, update, delete on all tables in schema public to \(role)")
        let application = database.connection(as: role)
        for statement in [
            "insert into organizations (id, name, timezone) values ('acme', 'Acme', 'America/Toronto')",
            "insert into users (tenant_id, id, name, role) values ('acme', 'closer', 'C', 'CLOSER'), ('acme', 'boss', 'B', 'ADMIN')",
            "insert into closer_settings (tenant_id, user_id) values ('acme', 'closer')",
            "insert into leads (tenant_id, id, name) values ('acme', 'lead', 'L')",
            "insert into appointments (tenant_id, id, lead_id, closer_id, starts_at) values ('acme', 'a', 'lead', 'closer', now() + interval '2 days')",
            "update appointments set starts_at = starts_at + interval '1 day'", "update appointments set status = 'CANCELLED'",
            "update appointments set status = 'SCHEDULED'", "update users set is_active = false where id = 'closer'",
            "update users set role = 'MANAGER' where id = 'boss'", "update organization_settings set sms_enabled = true",
            "update closer_settings set whatsapp_opt_in = true",
            "update reminder_steps set offset_min = -1500 where step = 'J-1'",
            "insert into forms (tenant_id, id, name, status) values ('acme', 'f', 'F', 'ACTIVE')",
            "insert into form_abandons (tenant_id, id, form_id, email, last_activity_at) values ('acme', 'v', 'f', 'e@x.fr', now())",
            "update form_abandons set last_activity_at = now()", "update recovery_settings set is_enabled = false",
            "update recovery_settings set is_enabled = true",
        ] { try await application.execute(SQLStatement(unsafe: statement, name: statement)) }
        #expect(try await database.value("select revision from appointments") == "3")
        #expect(try await database.count("select count(*) from relance.appointment_due") == 1)
        #expect(try await database.count("select count(distinct abandon_id) from relance.abandon_due") == 1)
    }
}
