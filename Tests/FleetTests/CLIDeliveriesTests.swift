import Foundation
import Postgres
import TestSupport
import Testing

/// What went out, to whom, how late; and what did not, and why.
@Suite struct CLIDeliveriesTests {
    private func fixture() async throws -> CLIFixture {
        let fixture = try await CLIFixture.make()
        try await fixture.addOrganization(leads: ["l1"])
        try await fixture.database.execute(
            """
            insert into relance.deliveries (
                tenant_id, dedupe_key, kind, subject, step, channel, recipient_type, recipient_id, message_class, due_at, expires_at,
                state, reason, provider, sent_at, settled_at, lateness_s)
            select
                'acme', g::text, 'reminder', 'a' || g, case when g <= 6 then 'J-1' else 'H-1' end,
                case when g % 2 = 0 then 'email' else 'sms' end, 'lead', 'l1', 'transactional', now() - interval '1 day' * g, now(),
                case when g <= 8 then 'sent' when g <= 10 then 'skipped' else 'missed' end,
                case when g <= 8 then null when g <= 10 then 'booked_late' else 'no_tick_before_expiry' end,
                'resend', case when g <= 8 then now() end, now(), case when g <= 8 then g * 10 end
            from generate_series(1, 12) g
            """)
        return fixture
    }

    @Test func `the list shows who was written to by id, with the address masked`() async throws {
        let fixture = try await fixture()
        let outcome = try await fixture.relance(["deliveries", "list", "--channel", "email"])
        #expect(outcome.output.contains("l1 l•••@lead.example"))
        #expect(!outcome.output.contains("l1@lead.example"))
    }

    @Test(arguments: [
        (["--state", "skipped"], 2), (["--step", "J-1"], 6), (["--subject", "a3"], 1), (["--tenant", "nobody"], 0),
        (["--since", "36h"], 1),
        (["--since", "5d"], 4), (["--channel", "sms", "--state", "sent"], 4), ([], 12),
    ]) func `filters narrow the list`(flags: [String], count: Int) async throws {
        let list = try await fixture().relance(["deliveries", "list", "--json"] + flags).json()
        #expect((list["deliveries"] as? [Any])?.count == count)
    }

    @Test func `pages follow each other without a gap`() async throws {
        let fixture = try await fixture()
        let first = try await fixture.relance(["deliveries", "list", "--json", "--limit", "7"]).json()
        let cursor = try #require(first["next_cursor"] as? String)
        let second = try await fixture.relance(["deliveries", "list", "--json", "--limit", "7", "--cursor", cursor]).json()
        let subjects = [first, second].flatMap { $0["deliveries"] as? [[String: Any]] ?? [] }.compactMap {
            $0["subject"] as? String
        }
        #expect(subjects == (1...12).reversed().map { "a\($0)" })
        #expect(second["next_cursor"] is NSNull)
    }

    @Test func `the summary counts each state and names the reasons and the worst lateness`() async throws {
        let fixture = try await fixture()
        let summary = try await fixture.relance(["deliveries", "summary", "--json"]).json()
        let steps = try #require(summary["summary"] as? [[String: Any]])
        #expect(steps.map { $0["step"] as? String } == ["J-1", "H-1"])
        #expect(steps.map { $0["sent"] as? Int } == [6, 2])
        #expect(steps.map { $0["missed"] as? Int } == [0, 2])
        #expect(steps.map { $0["worst_lateness_s"] as? Int } == [60, 80])
        #expect(steps[1]["reasons"] as? String == "booked_late 2, no_tick_before_expiry 2")
        #expect(steps[0]["sent_by_channel"] as? String == "email 3, sms 3")
        let table = try await fixture.relance(["deliveries", "summary"]).output
        #expect(table.contains("total"))
    }
}
