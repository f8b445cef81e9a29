import Foundation
import Postgres
import TestSupport
import Testing

/// Sending failed messages again, and taking planned ones back.
@Suite struct CLIRetryTests {
    private func fixture() async throws -> CLIFixture {
        let fixture = try await CLIFixture.make()
        try await fixture.addOrganization(leads: ["l1"])
        return fixture
    }

    /// A job for a message, as its planner makes one.
    private func addJob(_ message: String, _ state: String, _ fixture: CLIFixture) async throws -> String {
        try await fixture.database.value(
            """
            insert into relance.jobs (
                tenant_id, kind, queue, state, run_at, dedupe_key, args, lease, leased_until, leased_by)
            select
                tenant_id, 'message.' || channel, 'messages', $2, now() + interval '1 hour', dedupe_key,
                jsonb_build_object('delivery', id), case $2 when 'running' then 1 end,
                case $2 when 'running' then now() + interval '1 minute' end, case $2 when 'running' then 'x' end
            from relance.deliveries where id = $1::bigint
            returning id
            """, [.text(message), .text(state)])
    }

    @Test func `a failed message gets a fresh job in the next generation, and forgets what was reported of the last try`()
        async throws
    {
        let fixture = try await fixture()
        let message = try await fixture.addDelivery("failed", outcome: "accepted", code: "30003")
        try await fixture.database.execute("update relance.deliveries set reported = 'failed', report_rank = 4, sent_at = now()")
        let outcome = try await fixture.relance(["deliveries", "retry", message, "--reason", "handset on again", "--json"])
        #expect(outcome.exit == .status(0), "\(outcome.errors)")
        let job = try #require((try outcome.json()["retried"] as? [[String: Any]])?.first?["job"] as? Int)
        #expect(
            try await fixture.database.rows("select id, state, queue, kind, args ->> 'delivery' from relance.jobs")
                == [[String(job), "available", "messages", "message.sms", message]])
        #expect(
            try await fixture.database.rows(
                "select state, generation, report_rank, reported, sent_at from relance.deliveries")
                == [["pending", "1", "0", "", ""]])
        #expect(try await fixture.actions() == [["ada", "deliveries retry", "delivery:\(message)"]])

        let again = try await fixture.relance(["deliveries", "retry", message])
        #expect(again.exit == .status(65))
        #expect(again.errors.contains("relance jobs retry \(job)"))
    }

    @Test func `where the dead job is left it comes back with its story`() async throws {
        let fixture = try await fixture()
        let job = try await fixture.addDeadJob(delivery: "failed")
        let message = try await fixture.database.value("select id from relance.deliveries")
        let outcome = try await fixture.relance(["deliveries", "retry", message])
        #expect(outcome.output.contains("job \(job)"), "\(outcome.errors)")
        #expect(
            try await fixture.database.rows("select id, jsonb_array_length(errors) from relance.jobs") == [[job, "2"]])
        #expect(try await fixture.database.count("select count(*) from relance.dead_jobs") == 0)
        #expect(try await fixture.state(message) == "pending")
    }

    @Test func `a planned message that lost its job gets one`() async throws {
        let fixture = try await fixture()
        let message = try await fixture.addDelivery("pending")
        #expect(try await fixture.relance(["deliveries", "retry", message]).exit == .status(0))
        #expect(try await fixture.database.value("select args ->> 'delivery' from relance.jobs") == message)
    }

    @Test(arguments: [
        ("uncertain", "relance deliveries resolve"), ("sent", "not sent twice"), ("delivered", "not sent twice"),
        ("sending", "in hand"), ("skipped", "only a failed one"), ("missed", "only a failed one"),
        ("cancelled", "only a failed one"),
    ]) func `nothing but a definite failure is sent again`(state: String, sentence: String) async throws {
        let fixture = try await fixture()
        let message = try await fixture.addDelivery(state, outcome: state == "sending" ? "" : nil)
        let outcome = try await fixture.relance(["deliveries", "retry", message])
        #expect(outcome.exit == .status(65))
        #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
        #expect(try await fixture.database.count("select count(*) from relance.jobs") == 0)
        #expect(try await fixture.state(message).hasPrefix(state))
    }

    @Test func `what has expired, what is suppressed and what does not exist is refused, each with its reason`() async throws {
        let fixture = try await fixture()
        let expired = try await fixture.addDelivery("failed", expiresIn: "-1 minute")
        let suppressed = try await fixture.addDelivery("failed", subject: "a2", address: "aa")
        let good = try await fixture.addDelivery("failed", subject: "a3")
        try await fixture.database.execute(
            "insert into relance.suppressions values ('acme', 'sms', '\\xaa', 'all', 'bounced', '+33•••0011')")
        let outcome = try await fixture.relance(["deliveries", "retry", expired, suppressed, "424242", good])
        #expect(outcome.exit == .status(65))
        for text in ["expired at", "relance suppressions lift --tenant acme --channel sms", "no message 424242"] {
            #expect(outcome.errors.contains(text), "\(text) is missing in: \(outcome.errors)")
        }
        #expect(try await fixture.state(good) == "pending")
        #expect(try await fixture.actions().map { $0[2] } == ["delivery:\(good)"])
    }

    @Test func `two operators at once make one job`() async throws {
        let fixture = try await fixture()
        let message = try await fixture.addDelivery("failed")
        async let first = fixture.relance(["deliveries", "retry", message])
        async let second = fixture.relance(["deliveries", "retry", message])
        let exits = try await [first.exit, second.exit]
        #expect(exits.filter { $0 == .status(0) }.count == 1)
        #expect(try await fixture.database.count("select count(*) from relance.jobs") == 1)
        #expect(try await fixture.database.value("select generation from relance.deliveries") == "0")
    }

    @Test(arguments: ["scheduled", "available", "retryable", "running"])
    func `a planned message is taken back, and its job finds out at once`(state: String) async throws {
        let fixture = try await fixture()
        let message = try await fixture.addDelivery("pending")
        let job = try await addJob(message, state, fixture)
        let outcome = try await fixture.relance(["deliveries", "cancel", message, "--reason", "asked by telephone"])
        #expect(outcome.exit == .status(0), "\(outcome.errors)")
        #expect(try await fixture.state(message) == "cancelled cancelled_by_operator")
        let expected = state == "running" ? "running" : "available"
        #expect(try await fixture.database.rows("select id, state from relance.jobs") == [[job, expected]])
        #expect(try await fixture.actions() == [["ada", "deliveries cancel", "delivery:\(message)"]])
        #expect(try await fixture.relance(["deliveries", "cancel", message]).errors.contains("cancelled already"))
    }

    @Test(arguments: ["sending", "sent", "uncertain", "failed"]) func `what has left is not taken back`(state: String)
        async throws
    {
        let fixture = try await fixture()
        let message = try await fixture.addDelivery(state, outcome: state == "sending" ? "" : nil)
        let outcome = try await fixture.relance(["deliveries", "cancel", message])
        #expect(outcome.exit == .status(65))
        #expect(outcome.errors.contains("relance deliveries explain \(message)"))
        #expect(try await fixture.state(message).hasPrefix(state))
    }

    @Test func `a message that is sent again goes out once, and one that was taken back never`() async throws {
        let fleet = try await FleetFixture.make()
        let fixture = CLIFixture(database: fleet.database)
        try await fleet.addOrganization()
        try await fleet.book(2)
        try await fleet.simulator.setFaults(
            Data(#"[{"provider":"resend","kind":"status","status":422,"code":"validation_error","count":2}]"#.utf8))
        try await fleet.run([], ["EMAIL_PROVIDERS": "resend"])
        #expect(try await fleet.states() == ["failed": 2])
        let messages = try await fleet.database.rows("select id from relance.deliveries order by id").map { $0[0] }
        #expect(try await fixture.relance(["deliveries", "retry"] + messages).exit == .status(0))
        #expect(try await fixture.relance(["deliveries", "cancel", messages[1]]).exit == .status(0))
        try await settle(fleet, ["EMAIL_PROVIDERS": "resend"])
        #expect(try await fleet.states() == ["sent": 1, "cancelled": 1])
        #expect(try await fleet.effects().count == 1)
    }
}
