import Foundation
import Postgres
import TestSupport
import Testing

/// The story of one message, for somebody who has just been woken.
@Suite struct CLIExplainTests {
    private static let key = ["USER": "ada", "ADDRESS_HASH_KEY": "a-key-for-tests-only-0123456789"]

    private func fixture() async throws -> CLIFixture {
        let fixture = try await CLIFixture.make()
        try await fixture.addOrganization(leads: ["l1"])
        try await fixture.database.execute("update leads set phone = '+33639980011'")
        return fixture
    }

    private func commands(_ fixture: CLIFixture, _ message: String, _ environment: [String: String] = key) async throws
        -> [String]
    {
        let outcome = try await fixture.relance(["deliveries", "explain", message, "--json"], environment: environment)
        #expect(outcome.exit == .status(0), "\(outcome.errors)")
        return (try outcome.json()["next"] as? [[String: Any]] ?? []).compactMap { $0["command"] as? String }
    }

    @Test func `an uncertain message says where to look, and what to type then`() async throws {
        let fixture = try await fixture()
        let message = try await fixture.addDelivery("uncertain", outcome: "unknown", code: "timed_out", cost: 50_000)
        let attempt = try await fixture.database.value("select id from relance.delivery_attempts")
        let page = try await fixture.relance(["deliveries", "explain", message]).output
        for text in [
            "reminder H-1 by sms, uncertain", "the provider did not answer in time", "acme/a1", "lead l1 +33•••0011", "twilio",
            "attempt=\(attempt)", "Monitor › Logs › Messaging", "relance deliveries resolve \(message) --as sent",
            "relance deliveries resolve \(message) --as failed", "relance deliveries retry \(message)",
            "set ADDRESS_HASH_KEY",
        ] {
            #expect(page.contains(text), "\(text) is missing in: \(page)")
        }
        #expect(!page.contains("39980011") && !page.contains("Dear Anne"))
        let json = try await fixture.relance(["deliveries", "explain", message, "--json"])
        #expect(
            !json.output.contains("39980011") && !json.output.contains("Dear Anne") && !json.output.contains("recipient_hash"))
        #expect(((try json.json()["attempts"] as? [[String: Any]])?.first?["idempotency_key"] as? String) == "key-of-\(message)")
    }

    @Test(arguments: [
        ("sendgrid", "relance_attempt"), ("resend", "Idempotency-Key"), ("green_api", "lastOutgoingMessages"),
        ("outbox", "OUTBOX_DIR"), ("smtp", "log of smtp"),
    ]) func `each provider has its place to look`(provider: String, text: String) async throws {
        let fixture = try await fixture()
        let message = try await fixture.addDelivery("uncertain", channel: "email", provider: provider, outcome: "unknown")
        #expect(try await fixture.relance(["deliveries", "explain", message]).output.contains(text))
    }

    @Test(
        arguments: [
            ("failed", "21614", ["relance deliveries retry"]),
            ("sending", nil, ["relance deliveries explain", "relance status"]),
            ("missed", nil, ["relance status", "relance deliveries list --state missed"]), ("cancelled", nil, []),
            ("sent", nil, []),
            ("delivered", nil, []), ("skipped", "suppressed", ["relance suppressions list"]),
            ("skipped", "no_whatsapp_template", ["relance templates whatsapp list"]), ("skipped", "cost_cap", ["relance status"]),
            ("skipped", "channel_not_configured", ["relance accounts set --help"]), ("skipped", "booked_late", []),
            ("pending", nil, ["relance deliveries retry", "relance deliveries cancel"]),
        ] as [(String, String?, [String])]) func `each state names the next command`(
            state: String, code: String?, expected: [String]
        ) async throws
    {
        let fixture = try await fixture()
        let message = try await fixture.addDelivery(state, outcome: state == "sending" ? "" : nil, code: code)
        let commands = try await commands(fixture, message)
        #expect(commands.count == expected.count, "\(commands)")
        for (command, prefix) in zip(commands, expected) { #expect(command.hasPrefix(prefix), "\(command)") }
    }

    @Test func `what expired is not offered for a retry`() async throws {
        let fixture = try await fixture()
        let message = try await fixture.addDelivery("failed", code: "30005", expiresIn: "-1 minute")
        #expect(try await commands(fixture, message).isEmpty)
        #expect(try await fixture.relance(["deliveries", "explain", message]).output.contains("number is not in service"))
    }

    @Test func `whatever stands against a send is named with the command that ends it`() async throws {
        let fixture = try await fixture()
        let message = try await fixture.addDelivery("pending")
        #expect(
            try await fixture.relance(
                [
                    "suppressions", "add", "--tenant", "acme", "--channel", "sms", "--address", "06 39 98 00 11", "--scope",
                    "all",
                    "--reason", "asked",
                ], environment: Self.key
            ).exit == .status(0))
        for arguments in [
            ["pause", "sending", "--reason", "wrong text"], ["pause", "sending", "--tenant", "acme", "--reason", "asked"],
            ["pause", "queue", "messages"],
        ] {
            #expect(try await fixture.relance(arguments).exit == .status(0))
        }
        let commands = try await commands(fixture, message)
        #expect(
            commands.prefix(3) == [
                "relance resume sending", "relance resume sending --tenant acme", "relance resume queue messages",
            ])
        #expect(commands[3].hasPrefix("relance suppressions lift --tenant acme --channel sms"))
        let page = try await fixture.relance(["deliveries", "explain", message], environment: Self.key).output
        #expect(page.contains("suppressed") && page.contains("all: asked") && page.contains("wrong text"), "\(page)")
    }

    @Test func `deferrals, reports, its job and what was done by hand are part of the story`() async throws {
        let fixture = try await fixture()
        let message = try await fixture.addDelivery("delivered", outcome: "accepted", cost: 50_000)
        try await fixture.database.execute(
            """
            update relance.deliveries
            set deferrals = 2, deferred_by = 'quiet_hours', reported = 'read', delivered_at = now(), read_at = now(), lateness_s = 90,
                cost_microeuros = 50000
            """)
        try await fixture.database.execute(
            """
            insert into relance.job_history (
                id, tenant_id, kind, queue, state, attempts, args, lease, leased_by, errors, run_at, created_at)
            values (1, 'acme', 'message.sms', 'messages', 'completed', 2, '{}', 1, 'x', '[{"at": "2026-11-20T08:15:00+00:00", "error": "30008"}]', now(), now())
            """)
        try await fixture.database.execute(
            """
            insert into relance.operator_actions (operator, action, target, reason)
            values ('grace', 'deliveries retry', 'delivery:' || $1, 'number corrected')
            """, [.text(message)])
        let page = try await fixture.relance(["deliveries", "explain", message]).output
        for text in [
            "2 times, last by quiet_hours", "90 s late, 0.05 €", "delivered 20", "read 20", "relance jobs show 1",
            "error, 2026-11-20 08:15:00Z: 30008", "grace", "number corrected", "it arrived",
        ] {
            #expect(page.contains(text), "\(text) is missing in: \(page)")
        }
    }

    @Test func `a message that never was is refused`() async throws {
        let outcome = try await fixture().relance(["deliveries", "explain", "4711"])
        #expect(outcome.exit == .status(65))
        #expect(outcome.errors.contains("relance deliveries list"))
    }

    @Test func `what an address was sent is found by its hash`() async throws {
        let fleet = try await FleetFixture.make()
        let fixture = CLIFixture(database: fleet.database)
        try await fleet.addOrganization()
        try await fleet.book(3)
        try await fleet.run()
        for (typed, count) in [("a2@lead.example", 1), ("A2@LEAD.example", 1), ("nobody@lead.example", 0)] {
            let list = try await fixture.relance(
                ["deliveries", "list", "--address", "-", "--json"], input: [typed], environment: Self.key)
            #expect((try list.json()["deliveries"] as? [Any])?.count == count)
            #expect(!list.output.contains(typed))
        }
        let withoutKey = try await fixture.relance(["deliveries", "list", "--address", "a2@lead.example"])
        #expect(withoutKey.exit == .status(78))
        #expect(withoutKey.errors.contains("ADDRESS_HASH_KEY is not set"))
        let recipient = try await fixture.relance(["deliveries", "list", "--recipient", "a2", "--json"])
        #expect((try recipient.json()["deliveries"] as? [Any])?.count == 1)
    }
}
