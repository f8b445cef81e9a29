import API
import Foundation
import HTTPClient
import Postgres
import TestSupport
import Testing

/// What operators do about what came in: they see it masked, and let ingest evaluate it anew.
@Suite struct InboundCommandTests {
    private func relance(_ fixture: WebhookFixture, _ words: String...) async throws -> (
        exit: ChildProcess.Exit, output: String, errors: String
    ) {
        let url = fixture.database.workerURL.replacingOccurrences(of: "relance_worker", with: "relance_ops")
        let process = try await ChildProcess("relance", ["inbound"] + words, environment: ["DATABASE_URL": url, "USER": "ada"])
        let exit = try await process.exit()
        return (exit, process.standardOutput, process.standardError)
    }

    @Test func `a message without a lead is matched once the lead is known, and logged once, whoever asks how often`()
        async throws
    {
        let fixture = try await WebhookFixture.make()
        try await fixture.wrote(to: "+33639980011")
        for (sid, text) in [("SM1", "bonjour"), ("SM2", "STOP")] {
            #expect(try await fixture.send(WebhookFixture.text(sid, text)).status == 200)
        }
        // Of nobody: nobody had written there.
        #expect(try await fixture.send(WebhookFixture.text("SM3", from: "+33639980012", "allô")).status == 200)
        #expect(try await fixture.stored().map { $0[0] } == ["unmatched", "unmatched", "unrouted"])
        let before = try await relance(fixture, "rematch", "--tenant", "acme", "--json")
        #expect(before.exit == .status(0) && before.output == #"{"events":2,"outcomes":{"unmatched":2}}"# + "\n", "\(before)")
        #expect(try await fixture.activities().isEmpty)

        try await fixture.addLead("lead", phone: "06 39 98 00 11")
        try await fixture.addLead("late", phone: "06 39 98 00 12", tenant: "other")
        _ = try await fixture.ingest.raise("NoReply3d", "lead")
        // START came meanwhile: a rematch of the STOP before it does not take that back.
        #expect(try await fixture.send(WebhookFixture.text("SM4", "START")).status == 200)
        #expect(try await fixture.activities().count == 1)
        try await fixture.wrote(to: "+33639980012", tenant: "other")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let outcome = try await relance(fixture, "rematch", "--since", "1h")
                    #expect(outcome.exit == .status(0))
                }
            }
            try await group.waitForAll()
        }
        #expect(
            try await fixture.stored() == [
                ["logged", "acme", "matched", "lead"], ["logged", "acme", "matched", "lead"],
                ["logged", "other", "matched", "late"],
                ["logged", "acme", "matched", "lead"],
            ])
        #expect(try await fixture.activities().map { $0[4] }.sorted() == ["START", "STOP", "allô", "bonjour"])
        #expect(try await fixture.database.count("select count(*) from relance.suppressions") == 0)
        #expect(
            try await fixture.database.count(
                "select count(*) from max_alerts where type = 'NoReply3d' and resolved_at is not null") == 1)
        let after = try await relance(fixture, "rematch")
        #expect(
            after.exit == .status(0) && after.output == "0 events: \n"
                || after.output == "Nothing to match: every message has its lead.\n", "\(after)")
        let replayed = try await relance(fixture, "replay", "1", "2", "--reason", "test")
        #expect(replayed.exit == .status(0) && replayed.output == "2 events: 2 logged\n", "\(replayed)")
        #expect(try await fixture.activities().count == 4)
        #expect(try await fixture.database.count("select count(*) from relance.suppressions") == 0)
    }

    @Test func `a replay records what was not known when the event came, array elements and mails too`() async throws {
        let fixture = try await WebhookFixture.make()
        let attempt = UUID().uuidString.lowercased()
        let events = try await fixture.events(
            #"[{"event":"open","sg_event_id":"e0"},{"event":"delivered","sg_event_id":"e1","relance_attempt":"\#(attempt)"}]"#)
        #expect(try await fixture.send(events).status == 200)
        #expect(try await fixture.send(WebhookFixture.status("SM1", "read", attempt: attempt)).status == 200)
        let mail = try await fixture.mail(from: "lea@example.com", to: "reply@acme.example", "Oui.", id: "1@x")
        #expect(try await fixture.send(mail).status == 200)
        #expect(Set(try await fixture.stored().map { $0[0] }) == ["ignored", "unknown_message", "unrouted"])
        for (provider, id) in [("sendgrid", attempt)] {
            let made = try await fixture.sent("email", by: provider)
            try await fixture.database.execute(
                "update relance.delivery_attempts set id = $1::uuid where id = $2::uuid", [.text(id), .text(made)])
        }
        try await fixture.database.execute(
            "update organization_settings set reply_to = 'reply@acme.example' where tenant_id = 'acme'")
        try await fixture.addLead("lead", email: "lea@example.com")
        let all = try await relance(fixture, "replay", "1", "2", "3", "4", "999", "--json")
        #expect(all.exit == .status(65) && all.errors.contains("no event 999"), "\(all)")
        #expect(all.output.contains(#""events":4"#))
        #expect(Set(try await fixture.stored().map { $0[0] }) == ["ignored", "recorded", "unknown_message", "logged"])
        #expect(try await fixture.state(of: attempt) == "delivered")
        #expect(try await fixture.activities().filter { $0[3] == "in" } == [["acme", "lead", "email", "in", "Oui."]])
    }

    @Test func `what is shown is masked, bodies are not printed, and what was done is audited`() async throws {
        let fixture = try await WebhookFixture.make()
        try await fixture.wrote(to: "+33639980011")
        #expect(try await fixture.send(WebhookFixture.text("SM1", "mon secret")).status == 200)
        let id = try await fixture.database.value("select id from relance.inbound_messages")
        _ = try await relance(fixture, "replay", id)
        for words in [
            ["list"], ["list", "--json"], ["list", "--outcome", "unmatched", "--tenant", "acme", "--provider", "twilio"],
            ["show", id], ["show", id, "--json"],
        ] {
            let url = fixture.database.workerURL.replacingOccurrences(of: "relance_worker", with: "relance_ops")
            let process = try await ChildProcess("relance", ["inbound"] + words, environment: ["DATABASE_URL": url])
            #expect(try await process.exit() == .status(0), "\(process.standardError)")
            let output = process.standardOutput
            #expect(output.contains("+33•••0011") && !output.contains("secret") && !output.contains("3639980011"), "\(output)")
        }
        #expect(try await relance(fixture, "show", id).output.contains("ada inbound replay"))
        #expect(try await relance(fixture, "show", "999").exit == .status(65))
        #expect(try await relance(fixture, "list", "--tenant", "other").output == "No events match.\n")
        #expect(try await relance(fixture, "list", "--outcome", "lost").exit == .status(64))
        #expect(
            try await fixture.database.rows("select operator, action, target from relance.operator_actions")
                == [["ada", "inbound replay", "inbound:\(id)"]])
    }

    @Test func `without ingest the mark stays, and the operator is told`() async throws {
        let fixture = try await WebhookFixture.make()
        try await fixture.wrote(to: "+33639980011")
        #expect(try await fixture.send(WebhookFixture.text("SM1", "bonjour")).status == 200)
        fixture.ingest.program.send(SIGTERM)
        _ = try await fixture.ingest.program.exit()
        let marked = try await relance(fixture, "rematch", "--no-wait")
        #expect(marked.exit == .status(0) && marked.output == "1 event: 1 waiting\n", "\(marked)")
        #expect(
            try await fixture.database.count("select count(*) from relance.inbound_messages where waits_since is not null") == 1)
    }
}
