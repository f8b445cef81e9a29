import Foundation
import Postgres
import Providers
import Queue
import TestSupport
import Testing

@testable import Messaging

/// Saying how messages came out whose answers were lost; the provider's own word outranks the operator's.
@Suite struct CLIResolveTests {
    private func fixture() async throws -> CLIFixture {
        let fixture = try await CLIFixture.make()
        try await fixture.addOrganization(leads: ["l1"])
        return fixture
    }

    /// A session of its own, and a report about a message's attempt that it can record.
    private func reporter(_ fixture: CLIFixture) -> PostgresConnection {
        PostgresConnection(PostgresConfiguration(url: fixture.database.workerURL, applicationName: "reporter"))
    }

    private func report(_ status: StatusReport.Status, of message: String, _ fixture: CLIFixture) async throws -> JobQueue.Bound {
        let attempt = try await fixture.database.value(
            "select id from relance.delivery_attempts where delivery_id = $1::bigint order by opened_at desc limit 1",
            [.text(message)])
        return MessageStatuses.record([
            StatusReport(
                provider: .twilio, providerID: "SM1", attemptID: attempt, status: status,
                code: status == .failed ? "30003" : nil, occurredAt: Date().timeIntervalSince1970)
        ])
    }

    private func answer(_ outcome: String, of message: String, _ fixture: CLIFixture) async throws -> JobQueue.Bound {
        let attempt = try await fixture.database.value(
            "select id from relance.delivery_attempts where delivery_id = $1::bigint order by opened_at desc limit 1",
            [.text(message)])
        let job = ClaimedJob(id: 1, lease: 1, kind: "message.sms", tenantID: "acme", attempts: 1, maxAttempts: 8)
        let answered = MessageEffect.Answered(
            attemptID: attempt, job: job, outcome: outcome, code: outcome == "accepted" ? nil : "21211", providerID: "SM1",
            state: outcome == "accepted" ? "sent" : "failed", reason: outcome == "accepted" ? nil : "21211")
        return try #require(MessageEffect.statements([.answered(answered)]).first)
    }

    @Test func `as sent it is closed like an answer: cost, time of its request, audit, and the alert ends`()
        async throws
    {
        let fixture = try await fixture()
        let message = try await fixture.addDelivery("uncertain", outcome: "unknown", code: "answer_lost", cost: 50_000)
        try await fixture.database.execute(
            """
            insert into relance.system_alerts (fingerprint, tenant_id, kind, severity, message, detail)
            values ('outcome_unknown:acme:twilio', 'acme', 'outcome_unknown', 'warning', 'm', '{"provider": "twilio"}')
            """)
        let outcome = try await fixture.relance(
            ["deliveries", "resolve", message, "--as", "sent", "--reason", "in the log"])
        #expect(outcome.exit == .status(0), "\(outcome.errors)")
        #expect(outcome.output.contains("1 message resolved as sent"))
        let row = try await fixture.database.rows(
            """
            select d.state, d.reason, d.cost_microeuros, d.generation, d.sent_at = a.opened_at, d.lateness_s between 299 and 301,
                a.outcome, a.code
            from relance.deliveries d join relance.delivery_attempts a on a.delivery_id = d.id
            """)
        #expect(row == [["sent", "", "50000", "0", "t", "t", "accepted", "resolved_by_operator"]])
        #expect(try await fixture.actions() == [["ada", "deliveries resolve", "delivery:\(message)"]])
        #expect(try await fixture.database.count("select count(*) from relance.system_alerts where resolved_at is null") == 0)
    }

    @Test(arguments: ["sent", "failed"]) func `the lead's history says what the operator did`(word: String) async throws {
        let fixture = try await fixture()
        let message = try await fixture.addDelivery("uncertain", outcome: "unknown")
        try await fixture.database.execute(
            """
            insert into lead_activities (tenant_id, lead_id, channel, direction, status, meta)
            select tenant_id, recipient_id, channel, 'out', 'uncertain', jsonb_build_object('delivery', id)
            from relance.deliveries
            """)
        #expect(try await fixture.relance(["deliveries", "resolve", message, "--as", word]).exit == .status(0))
        #expect(
            try await fixture.database.rows("select status, meta ->> 'delivery' from lead_activities") == [[word, message]])
    }

    @Test func `as failed its budget and its place under the frequency cap come back, and the next generation may be sent`()
        async throws
    {
        let fixture = try await fixture()
        let message = try await fixture.addDelivery(
            "uncertain", outcome: "unknown", cost: 50_000, messageClass: "marketing", address: "aa")
        try await fixture.database.execute(
            """
            with c as (
                insert into relance.message_costs values
                    ('acme', 'sms', date_trunc('month', now() at time zone 'Europe/Paris')::date, 120000))
            insert into relance.marketing_sends values ('acme', '\\xaa', $1::bigint, now())
            """, [.text(message)])
        let outcome = try await fixture.relance(["deliveries", "resolve", message, "--as", "failed"])
        #expect(outcome.exit == .status(0), "\(outcome.errors)")
        #expect(outcome.output.contains("relance deliveries retry \(message)"))
        #expect(try await fixture.state(message) == "failed resolved_by_operator")
        #expect(try await fixture.database.value("select microeuros from relance.message_costs") == "70000")
        #expect(try await fixture.database.count("select count(*) from relance.marketing_sends") == 0)
        #expect(
            try await fixture.database.rows("select outcome, generation from relance.delivery_attempts") == [["not_sent", "0"]])
        #expect(try await fixture.database.value("select generation from relance.deliveries") == "1")

        #expect(try await fixture.relance(["deliveries", "retry", message]).exit == .status(0))
        #expect(try await fixture.database.rows("select state, generation from relance.deliveries") == [["pending", "1"]])
    }

    @Test(arguments: ["pending", "sending", "sent", "delivered", "failed", "skipped", "missed", "cancelled"])
    func `only an uncertain message is resolved`(state: String) async throws {
        let fixture = try await fixture()
        let message = try await fixture.addDelivery(state, outcome: state == "sending" ? "" : nil)
        let outcome = try await fixture.relance(["deliveries", "resolve", message, "--as", "failed"])
        #expect(outcome.exit == .status(65))
        #expect(outcome.errors.contains("relance deliveries explain \(message)"))
        #expect(try await fixture.state(message).hasPrefix(state))
        #expect(try await fixture.actions().isEmpty)
    }

    @Test func `of several, those that cannot be resolved hold up no other`() async throws {
        let fixture = try await fixture()
        let uncertain = try await fixture.addDelivery("uncertain", outcome: "unknown")
        let sent = try await fixture.addDelivery("sent", outcome: "accepted", subject: "a2")
        let outcome = try await fixture.relance(
            ["deliveries", "resolve", sent, uncertain, uncertain, "999999", "--as", "sent", "--json"])
        #expect(outcome.exit == .status(65))
        let json = try outcome.json()
        #expect(json["resolved"] as? [Int] == [Int(uncertain) ?? 0])
        #expect((json["refused"] as? [[String: Any]])?.map { $0["id"] as? Int } == [Int(sent), 999_999])
    }

    @Test func `a WhatsApp message that was not sent falls back to SMS, and says so`() async throws {
        let fixture = try await fixture()
        try await fixture.database.execute("update organization_settings set sms_enabled = true")
        try await fixture.database.execute(
            "update reminder_steps set channels = '{whatsapp}', falls_back_to_sms = true where step = 'H-1'")
        let message = try await fixture.addDelivery("uncertain", channel: "whatsapp", outcome: "unknown")
        let outcome = try await fixture.relance(["deliveries", "resolve", message, "--as", "failed"])
        #expect(outcome.output.contains("fall back to SMS"), "\(outcome.output)\(outcome.errors)")
        #expect(!outcome.output.contains("deliveries retry"))
        let retry = try await fixture.relance(["deliveries", "retry", message])
        #expect(retry.exit == .status(65))
        #expect(retry.errors.contains("both would arrive"))
    }

    // MARK: All at once

    @Test func `a bulk resolution takes those that its flags name, over as many pages as there are`() async throws {
        let fixture = try await fixture()
        try await fixture.database.execute(
            """
            with d as (
                insert into relance.deliveries (
                    tenant_id, dedupe_key, kind, subject, step, channel, recipient_type, recipient_id, message_class, due_at,
                    expires_at, state, reason, provider, settled_at)
                select
                    case when g <= 1200 then 'acme' else 'other' end, g::text, 'reminder', 'a' || g, 'H-1', 'email', 'lead', 'l1',
                    'transactional', now() - interval '1 minute', now() + interval '1 hour', 'uncertain', 'answer_lost',
                    case when g <= 1100 then 'sendgrid' else 'resend' end, now()
                from generate_series(1, 1300) g
                returning *)
            insert into relance.delivery_attempts (
                id, tenant_id, delivery_id, job_id, lease, generation, provider, idempotency_key, closed_at, outcome)
            select gen_random_uuid(), tenant_id, id, 1, 1, 0, provider, 'k', now(), 'unknown' from d
            """)
        let flags = [
            "deliveries", "resolve", "--all", "--provider", "sendgrid", "--tenant", "acme", "--since", "1h", "--as", "failed",
        ]
        let dry = try await fixture.relance(flags + ["--dry-run", "--json"]).json()
        #expect(dry["matching"] as? Int == 1100)
        #expect((dry["sample"] as? [Any])?.count == 5)
        #expect(try await fixture.database.count("select count(*) from relance.operator_actions") == 0)

        let asked = try await fixture.relance(flags)
        #expect(asked.exit == .status(64))
        #expect(asked.errors.contains("--yes"))
        #expect(try await fixture.database.count("select count(*) from relance.deliveries where state <> 'uncertain'") == 0)

        let done = try await fixture.relance(flags + ["--yes", "--json"])
        #expect(done.exit == .status(0), "\(done.errors)")
        #expect((try done.json()["may_be_retried"] as? [Any])?.count == 1100)
        #expect(
            try await fixture.database.rows("select provider, state, count(*) from relance.deliveries group by 1, 2 order by 1")
                == [["resend", "uncertain", "200"], ["sendgrid", "failed", "1100"]])
        #expect(try await fixture.database.count("select count(distinct target) from relance.operator_actions") == 1100)

        #expect(try await fixture.relance(flags + ["--yes"]).output.contains("No uncertain messages match"))
    }

    @Test(arguments: [
        (["--as", "sent"], "number is missing"), (["5"], "--as is missing"), (["5", "--as", "lost"], "one of sent, failed"),
        (["--all", "--as", "sent"], "--provider is missing"), (["5", "--as", "sent", "--provider", "twilio"], "goes with --all"),
        (["5", "--all", "--provider", "twilio", "--as", "sent"], "not both"), (["x", "--as", "sent"], "not the number"),
    ]) func `a line that says too little or too much is refused`(arguments: [String], sentence: String) async throws {
        let outcome = try await fixture().relance(["deliveries", "resolve"] + arguments)
        #expect(outcome.exit == .status(64))
        #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
    }

    // MARK: The provider's word

    @Test(arguments: ["report", "answer"]) func `what the provider says while the operator types is left as it is`(
        way: String
    ) async throws {
        let fixture = try await fixture()
        let message = try await fixture.addDelivery("uncertain", outcome: "unknown", cost: 50_000)
        let word =
            way == "report"
            ? try await report(.delivered, of: message, fixture) : try await answer("accepted", of: message, fixture)
        let provider = reporter(fixture)
        try await provider.execute(SQLStatement(unsafe: "begin", name: "begin"))
        _ = try await provider.query(word.0, word.1) { _ throws(PostgresError) in }
        async let resolution = fixture.relance(["deliveries", "resolve", message, "--as", "failed"])
        try await eventually("the operator waits for the provider's transaction") {
            try await fixture.database.count(
                "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'relance deliveries resolve' and datname = current_database()"
            ) == 1
        }
        try await provider.execute(SQLStatement(unsafe: "commit", name: "commit"))
        let outcome = try await resolution
        #expect(outcome.exit == .status(65))
        #expect(outcome.errors.contains("not uncertain"))
        #expect(try await fixture.state(message) == (way == "report" ? "delivered" : "sent"))
        #expect(try await fixture.database.value("select cost_microeuros from relance.deliveries") == "50000")
        #expect(try await fixture.actions().isEmpty)
    }

    @Test(arguments: [
        ("failed", StatusReport.Status.delivered, "delivered"), ("sent", .delivered, "delivered"),
        ("sent", .failed, "failed 30003"),
        ("failed", .failed, "failed 30003"),
    ]) func `what the provider reports after the operator's word stands, and costs once`(
        word: String, reported: StatusReport.Status, end: String
    ) async throws {
        let fixture = try await fixture()
        let message = try await fixture.addDelivery("uncertain", outcome: "unknown", cost: 50_000)
        #expect(try await fixture.relance(["deliveries", "resolve", message, "--as", word]).exit == .status(0))
        for _ in 1...2 {
            let report = try await report(reported, of: message, fixture)
            _ = try await reporter(fixture).query(report.0, report.1) { _ throws(PostgresError) in }
        }
        #expect(try await fixture.state(message) == end)
        #expect(try await fixture.database.value("select cost_microeuros from relance.deliveries") == "50000")
        #expect(try await fixture.database.value("select outcome from relance.delivery_attempts") == "accepted")
    }

    @Test func `an acceptance that comes late takes a message out of its retry`() async throws {
        let fixture = try await fixture()
        let message = try await fixture.addDelivery("uncertain", outcome: "unknown", cost: 50_000)
        #expect(try await fixture.relance(["deliveries", "resolve", message, "--as", "failed"]).exit == .status(0))
        #expect(try await fixture.relance(["deliveries", "retry", message]).exit == .status(0))
        let late = try await answer("accepted", of: message, fixture)
        _ = try await reporter(fixture).query(late.0, late.1) { _ throws(PostgresError) in }
        // The job finds it sent, and ends.
        #expect(try await fixture.state(message) == "sent")
    }

    @Test func `operators and reports at once leave one story, whoever is first`() async throws {
        let fixture = try await fixture()
        var messages: [String] = []
        for index in 1...6 {
            messages.append(try await fixture.addDelivery("uncertain", outcome: "unknown", cost: 10_000, subject: "s\(index)"))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, message) in messages.enumerated() {
                let report = try await report(.delivered, of: message, fixture)
                group.addTask {
                    _ = try await fixture.relance(["deliveries", "resolve", message, "--as", index % 2 == 0 ? "sent" : "failed"])
                }
                group.addTask {
                    try await Task.sleep(for: .milliseconds(30 * index))
                    _ = try await reporter(fixture).query(report.0, report.1) { _ throws(PostgresError) in }
                }
            }
            try await group.waitForAll()
        }
        #expect(
            try await fixture.database.rows("select distinct state, reason, cost_microeuros from relance.deliveries")
                == [["delivered", "", "10000"]])
    }
}
