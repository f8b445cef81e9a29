import Foundation
import Postgres
import TestSupport
import Testing

/// Looking at jobs, and bringing them back.
@Suite struct CLIJobsTests {
    @Test func `a dead job goes back to its queue with its failed message, and the operator is on record`() async throws {
        let fixture = try await CLIFixture.make()
        let job = try await fixture.addDeadJob(delivery: "failed")
        let outcome = try await fixture.relance(
            ["jobs", "retry", job, "--reason", "address corrected"], environment: ["USER": "root", "SUDO_USER": "grace"])
        #expect(outcome.exit == .status(0), "\(outcome.errors)")
        let rows = try await fixture.database.rows(
            "select id, state, attempts, is_suspect, jsonb_array_length(errors) from relance.jobs")
        #expect(rows == [[job, "available", "0", "f", "2"]])
        #expect(try await fixture.database.count("select count(*) from relance.dead_jobs") == 0)
        #expect(try await fixture.database.rows("select state, reason from relance.deliveries") == [["pending", ""]])
        #expect(
            try await fixture.database.rows("select operator, action, target, reason from relance.operator_actions")
                == [["grace", "jobs retry", "job:\(job)", "address corrected"]])

        let again = try await fixture.relance(["jobs", "retry", job])
        #expect(again.exit == .status(65))
        #expect(again.errors.contains("available already"))
        #expect(try await fixture.database.count("select count(*) from relance.operator_actions") == 1)
    }

    @Test func `a poison job that died before its message left comes back to run alone`() async throws {
        let fixture = try await CLIFixture.make()
        let job = try await fixture.addDeadJob(delivery: "pending", reason: "poison")
        #expect(try await fixture.relance(["jobs", "retry", job, "--operator", "night shift"]).exit == .status(0))
        #expect(try await fixture.database.value("select is_suspect from relance.jobs") == "t")
        #expect(try await fixture.database.value("select operator from relance.operator_actions") == "night shift")
    }

    @Test(arguments: ["sent", "delivered", "skipped", "missed", "uncertain", "cancelled", "sending"])
    func `a message that has not definitely failed is never sent again`(state: String) async throws {
        let fixture = try await CLIFixture.make()
        let job = try await fixture.addDeadJob(delivery: state)
        let outcome = try await fixture.relance(["jobs", "retry", job])
        #expect(outcome.exit == .status(65))
        #expect(outcome.errors.contains("relance jobs show \(job)"))
        // A death with a request in the open has ended it as unknown.
        let ended = state == "sending" ? "uncertain" : state
        #expect(try await fixture.database.value("select state from relance.deliveries") == ended)
        #expect(try await fixture.database.count("select count(*) from relance.dead_jobs") == 1)
        #expect(try await fixture.database.count("select count(*) from relance.operator_actions") == 0)
    }

    @Test func `what has expired is not retried`() async throws {
        let fixture = try await CLIFixture.make()
        let job = try await fixture.addDeadJob(delivery: "failed", expiresIn: "-1 minute")
        let outcome = try await fixture.relance(["jobs", "retry", job])
        #expect(outcome.exit == .status(65))
        #expect(outcome.errors.contains("expired at"))
        #expect(try await fixture.database.value("select state from relance.deliveries") == "failed")
    }

    @Test func `a dead job whose key is live again is refused`() async throws {
        let fixture = try await CLIFixture.make()
        let job = try await fixture.addDeadJob(delivery: "failed")
        try await fixture.database.execute(
            """
            insert into relance.jobs (tenant_id, kind, queue, state, run_at, dedupe_key)
            select tenant_id, kind, queue, 'available', now(), dedupe_key from relance.dead_jobs
            """)
        let outcome = try await fixture.relance(["jobs", "retry", job])
        #expect(outcome.exit == .status(65))
        #expect(outcome.errors.contains("another job with the same key"))
        #expect(try await fixture.database.value("select state from relance.deliveries") == "failed")
    }

    @Test(arguments: ["scheduled", "retryable"]) func `a waiting job becomes available now`(state: String) async throws {
        let fixture = try await CLIFixture.make()
        let job = try await fixture.database.value(
            """
            insert into relance.jobs (tenant_id, kind, queue, state, run_at)
            values ('acme', 'message.sms', 'messages', $1, now() + interval '1 hour') returning id
            """, [.text(state)])
        let outcome = try await fixture.relance(["jobs", "retry", job, "--json"])
        #expect(try outcome.json()["retried"] as? String == "advanced")
        #expect(try await fixture.database.value("select state || (run_at <= now()) from relance.jobs") == "availabletrue")
    }

    @Test func `a running job, a finished one and one that never was are refused, each with its reason`() async throws {
        let fixture = try await CLIFixture.make()
        let running = try await fixture.database.value(
            """
            insert into relance.jobs (tenant_id, kind, queue, state, run_at, attempts, lease, leased_until, leased_by)
            values ('acme', 'message.sms', 'messages', 'running', now(), 1, 1, now() + interval '1 minute', 'x') returning id
            """)
        try await fixture.database.execute(
            """
            insert into relance.job_history (id, tenant_id, kind, queue, state, attempts, args, lease, leased_by, errors, run_at, created_at)
            values (77, 'acme', 'message.sms', 'messages', 'completed', 1, '{}', 1, 'x', '[]', now(), now())
            """)
        for (job, sentence) in [(running, "runs at this moment"), ("77", "is completed"), ("123456", "there is no job")] {
            let outcome = try await fixture.relance(["jobs", "retry", job])
            #expect(outcome.exit == .status(65))
            #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
        }
    }

    @Test func `show tells the whole story without what was written to whom`() async throws {
        let fixture = try await CLIFixture.make()
        let job = try await fixture.addDeadJob(delivery: "failed")
        try await fixture.database.execute(
            """
            insert into relance.delivery_attempts (
                id, tenant_id, delivery_id, job_id, lease, generation, provider, idempotency_key, request, closed_at, outcome, code)
            select gen_random_uuid(), 'acme', id, $1::bigint, 1, 0, 'resend', 'k', 'Dear Anne', now(), 'refused', 'mailbox_full'
            from relance.deliveries
            """, [.text(job)])
        let text = try await fixture.relance(["jobs", "show", job]).output
        for word in ["dead", "550 no such user", "mailbox_full", "J-1"] {
            #expect(text.contains(word), "\(word) is missing in \(text)")
        }
        let json = try await fixture.relance(["jobs", "show", job, "--json"])
        #expect(try json.json()["delivery_attempts"] is [Any])
        #expect(!text.contains("Dear Anne") && !json.output.contains("Dear Anne"))
    }

    @Test func `pages follow each other without a gap, filters hold on each`() async throws {
        let fixture = try await CLIFixture.make()
        try await fixture.database.execute(
            """
            insert into relance.jobs (tenant_id, kind, queue, state, run_at)
            select case when g % 2 = 0 then 'even' else 'odd' end, 'message.email', 'messages', 'available', now()
            from generate_series(1, 25) g
            """)
        var (seen, cursor): ([Int], String?) = ([], nil)
        repeat {
            let page = try await fixture.relance(
                ["jobs", "list", "--json", "--limit=5", "--tenant", "odd"] + (cursor.map { ["--cursor", $0] } ?? [])
            ).json()
            seen += (page["jobs"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? Int }
            cursor = page["next_cursor"] as? String
        } while cursor != nil && seen.count < 100
        let all = try await fixture.database.rows("select id from relance.jobs where tenant_id = 'odd' order by id desc")
        #expect(seen.map { [String($0)] } == all)
        let table = try await fixture.relance(["jobs", "list", "--limit", "5", "--tenant", "odd"]).output
        #expect(table.contains("More: relance jobs list --limit 5 --tenant odd --cursor \(seen[4])"))
    }
}
