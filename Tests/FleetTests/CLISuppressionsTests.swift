import Foundation
import Postgres
import Primitives
import TestSupport
import Testing

@testable import Messaging

/// Who must not be written to: known by hash, seen masked.
@Suite struct CLISuppressionsTests {
    private static let key = "a-key-for-tests-only-0123456789"
    private static let environment = ["USER": "ada", "ADDRESS_HASH_KEY": key]

    private func fixture() async throws -> CLIFixture {
        let fixture = try await CLIFixture.make()
        try await fixture.addOrganization()
        return fixture
    }

    private func add(
        _ fixture: CLIFixture, _ address: String, channel: String = "sms", scope: String = "all", reason: String = "asked"
    ) async throws -> CLIFixture.Outcome {
        try await fixture.relance(
            [
                "suppressions", "add", "--tenant", "acme", "--channel", channel, "--address", address, "--scope", scope,
                "--reason",
                reason,
            ], environment: Self.environment)
    }

    @Test func `an address is kept as the hash that workers look for, seen masked, and lifted by the whole of it`() async throws {
        let fixture = try await fixture()
        let added = try await add(fixture, "06 39 98 00 11")
        #expect(added.exit == .status(0), "\(added.errors)")
        #expect(added.output.contains("+33•••0011"))
        let hash = AddressBook(hashKey: Secret(Self.key), allowed: []).hash("+33639980011")
        #expect(
            try await fixture.database.rows(
                "select encode(address_hash, 'hex'), scope, reason, masked, channel from relance.suppressions")
                == [[hash, "all", "asked", "+33•••0011", "sms"]])
        #expect(try await add(fixture, "+33639980011").output.contains("already"))

        let lifted = try await fixture.relance(
            ["suppressions", "lift", "--tenant", "acme", "--channel", "sms", "--address", "-", "--json"],
            input: ["+33 6 39 98 00 11"], environment: Self.environment)
        #expect(lifted.exit == .status(0), "\(lifted.errors)")
        #expect(try await fixture.database.count("select count(*) from relance.suppressions") == 0)
        #expect(try await fixture.actions().map { $0[1] } == ["suppressions add", "suppressions lift"])
        let audit = try await fixture.database.value(
            "select string_agg(operator_actions::text, ' ') from relance.operator_actions")
        for secret in ["639980011", "39 98 00 11", hash] { #expect(!audit.contains(secret)) }
    }

    @Test func `it stops the next send, and lifting it lets the one after go`() async throws {
        let fleet = try await FleetFixture.make()
        let fixture = CLIFixture(database: fleet.database)
        try await fleet.addOrganization()
        try await fleet.book(2)
        #expect(try await add(fixture, "A1@lead.example", channel: "email").exit == .status(0))
        try await settle(fleet)
        #expect(
            try await fleet.database.rows("select recipient_id, state, reason from relance.deliveries order by 1")
                == [["a1", "skipped", "suppressed"], ["a2", "sent", ""]])
    }

    @Test func `a key that is not the workers' is refused instead of keeping what stops nothing`() async throws {
        let fleet = try await FleetFixture.make()
        let fixture = CLIFixture(database: fleet.database)
        try await fleet.addOrganization()
        try await fleet.book(3)
        try await settle(fleet)
        // One recipient has another address by now: that proves nothing.
        try await fleet.database.execute("update leads set email = 'new@lead.example' where id = 'a1'")
        let arguments = [
            "suppressions", "add", "--tenant", "acme", "--channel", "email", "--address", "a2@lead.example", "--scope", "all",
            "--reason", "asked",
        ]
        let wrong = try await fixture.relance(
            arguments, environment: ["USER": "ada", "ADDRESS_HASH_KEY": "another-key-than-the-workers-have"])
        #expect(wrong.exit == .status(78))
        #expect(wrong.errors.contains("not the one that the workers have"), "\(wrong.errors)")
        #expect(try await fleet.database.count("select count(*) from relance.suppressions") == 0)
        #expect(try await fixture.relance(arguments, environment: Self.environment).exit == .status(0))
    }

    @Test func `what the recipient asked for himself is lifted only with a reason`() async throws {
        let fixture = try await fixture()
        #expect(
            try await add(fixture, "lea@lead.example", channel: "email", scope: "marketing", reason: "complained").exit
                == .status(0))
        let lift = ["suppressions", "lift", "--tenant", "acme", "--channel", "email", "--address", "lea@lead.example"]
        let refused = try await fixture.relance(lift, environment: Self.environment)
        #expect(refused.exit == .status(64))
        #expect(refused.errors.contains("--reason"))
        #expect(try await fixture.database.count("select count(*) from relance.suppressions") == 1)
        #expect(
            try await fixture.relance(lift + ["--reason", "signed up again"], environment: Self.environment).exit == .status(0))
    }

    @Test(arguments: [
        ("l•••@lead.example", "email", "asked", 64), ("+33•••0011", "sms", "asked", 64), ("12", "sms", "asked", 64),
        ("lea@lead.example", "email", "told lea@lead.example", 64), ("lea@lead.example", "sms", "asked", 64),
    ]) func `what is no address, or would leave one in the audit, is refused without being repeated`(
        address: String, channel: String, reason: String, code: Int
    ) async throws {
        let fixture = try await fixture()
        let outcome = try await add(fixture, address, channel: channel, reason: reason)
        #expect(outcome.exit == .status(Int32(code)))
        #expect(!outcome.errors.contains(address), "\(outcome.errors)")
        #expect(try await fixture.database.count("select count(*) from relance.suppressions") == 0)
    }

    @Test func `an organisation, an address or a key that is not there is named`() async throws {
        let fixture = try await fixture()
        let lift = ["suppressions", "lift", "--channel", "email", "--address", "lea@lead.example", "--tenant"]
        let nothing = try await fixture.relance(lift + ["acme"], environment: Self.environment)
        #expect(nothing.exit == .status(65))
        #expect(nothing.errors.contains("relance suppressions list --tenant acme"))
        #expect(try await fixture.relance(lift + ["nobody"], environment: Self.environment).exit == .status(65))
        #expect(try await fixture.relance(lift + ["acme"]).exit == .status(78))
    }

    @Test func `the list is filtered, and pages follow each other without a gap`() async throws {
        let fixture = try await fixture()
        try await fixture.database.execute(
            """
            insert into relance.suppressions (tenant_id, channel, address_hash, scope, reason, masked, created_at)
            select
                case when g % 2 = 0 then 'acme' else 'other' end, case when g % 3 = 0 then 'sms' else 'email' end,
                sha256(g::text::bytea), case when g % 5 = 0 then 'marketing' else 'all' end, 'bounced', 'm' || g,
                -- Many at one instant, as a STOP on a shared sender leaves them.
                timestamptz '2026-01-01Z' + (g / 10) * interval '1 hour'
            from generate_series(1, 30) g
            """)
        for (flags, count) in [
            ([], 30), (["--tenant", "acme"], 15), (["--channel", "sms"], 10), (["--scope", "marketing"], 6),
            (["--reason", "x"], 0),
        ] {
            let list = try await fixture.relance(["suppressions", "list", "--json"] + flags).json()
            #expect((list["suppressions"] as? [Any])?.count == count)
        }
        var (seen, cursor): ([String], String?) = ([], nil)
        repeat {
            let page = try await fixture.relance(
                ["suppressions", "list", "--json", "--limit", "4"] + (cursor.map { ["--cursor", $0] } ?? [])
            ).json()
            seen += (page["suppressions"] as? [[String: Any]] ?? []).compactMap { $0["address"] as? String }
            cursor = page["next_cursor"] as? String
        } while cursor != nil && seen.count < 100
        #expect(Set(seen) == Set((1...30).map { "m\($0)" }) && seen.count == 30)
        #expect(try await fixture.relance(["suppressions", "list", "--cursor", "'; drop"]).exit == .status(64))
    }
}
