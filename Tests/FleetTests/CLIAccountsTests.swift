import Foundation
import Postgres
import TestSupport
import Testing

/// Organisations' own accounts, and the WhatsApp templates that stand for their messages.
@Suite struct CLIAccountsTests {
    private func fixture() async throws -> CLIFixture {
        let fixture = try await CLIFixture.make()
        try await fixture.addOrganization()
        return fixture
    }

    private func set(
        _ fixture: CLIFixture, channel: String = "email", provider: String = "resend", account: String = "main",
        sender: String = "Acme <hello@acme.example>", secret: String = "ACCOUNT_ACME", tenant: String = "acme"
    ) async throws -> CLIFixture.Outcome {
        try await fixture.relance([
            "accounts", "set", "--tenant", tenant, "--channel", channel, "--provider", provider, "--account", account, "--sender",
            sender, "--secret-ref", secret,
        ])
    }

    @Test func `an account is set, listed, switched off and on; what that means for its messages is said`() async throws {
        let fixture = try await fixture()
        #expect(try await fixture.relance(["accounts", "list"]).output.contains("environment's accounts"))
        let first = try await set(fixture)
        #expect(first.exit == .status(0), "\(first.errors)")
        #expect(first.output.contains("ACCOUNT_ACME_FILE"))
        #expect(try await set(fixture, sender: "new@acme.example").output.contains("has changed"))
        let list = try await fixture.relance(["accounts", "list", "--tenant", "acme", "--json"]).json()
        let accounts = try #require(list["accounts"] as? [[String: Any]])
        #expect(accounts.count == 1 && accounts[0]["sender"] as? String == "new@acme.example")

        let off = try await fixture.relance(["accounts", "disable", "--tenant", "acme", "--account", "main"])
        #expect(off.output.contains("environment's account"))
        #expect(try await fixture.database.value("select is_enabled from relance.provider_accounts") == "f")
        #expect(try await fixture.relance(["accounts", "list"]).output.contains("disabled"))
        #expect(
            try await fixture.relance(["accounts", "enable", "--tenant", "acme", "--account", "main", "--channel", "email"]).exit
                == .status(0))
        #expect(try await fixture.database.value("select is_enabled from relance.provider_accounts") == "t")
        let unknown = try await fixture.relance(["accounts", "disable", "--tenant", "acme", "--account", "other"])
        #expect(unknown.exit == .status(65))
        #expect(unknown.errors.contains("relance accounts list --tenant acme"))
        #expect(
            try await fixture.actions().map { $0[1] }
                == ["accounts set", "accounts set", "accounts disable", "accounts enable"])
    }

    @Test func `messages go by it as soon as its secret is in the workers' environment`() async throws {
        let fleet = try await FleetFixture.make()
        let fixture = CLIFixture(database: fleet.database)
        try await fleet.addOrganization()
        try await fleet.book(1)
        #expect(try await set(fixture).exit == .status(0))
        try await settle(fleet, ["ACCOUNT_ACME": "re_acme_0123456789"])
        #expect(try await fleet.database.rows("select state, account from relance.deliveries") == [["sent", "main"]])
    }

    @Test func `a secret in place of its name is refused without being repeated`() async throws {
        let fixture = try await fixture()
        for secret in ["re_live_0123456789", "ACCOUNT_", "ACCOUNT_lower", "RESEND_API_KEY"] {
            let outcome = try await set(fixture, secret: secret)
            #expect(outcome.exit == .status(64))
            #expect(outcome.errors.contains("--secret-ref"))
            #expect(secret == "ACCOUNT_" || !outcome.errors.contains(secret))
        }
        #expect(try await fixture.database.count("select count(*) from relance.provider_accounts") == 0)
    }

    @Test(arguments: [
        ("sms", "resend", "main", "+33700000001", "does not send sms"), ("email", "resend", "main", "nobody", "--sender"),
        ("sms", "twilio", "main", "+33700000001", "account SID"),
        ("sms", "twilio", "AC0123456789abcdef0123456789abcdef", "07 00", "--sender"),
        ("email", "resend", "default", "a@acme.example", "environment's"), ("fax", "resend", "main", "x", "one of email"),
    ]) func `what no provider would take is refused`(
        channel: String, provider: String, account: String, sender: String, sentence: String
    ) async throws {
        let outcome = try await set(fixture(), channel: channel, provider: provider, account: account, sender: sender)
        #expect(outcome.exit == .status(64))
        #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
    }

    @Test func `an organisation that does not exist gets no account`() async throws {
        #expect(try await set(fixture(), tenant: "nobody").exit == .status(65))
    }

    @Test func `templates are set, listed with what is missing, and unset`() async throws {
        let fixture = try await fixture()
        let (sid, other) = ("HX0123456789abcdef0123456789abcdef", "HXffffffffffffffffffffffffffffffff")
        let none = try await fixture.relance(["templates", "whatsapp", "list"])
        #expect(none.output.contains("closer_booked.fr") && none.output.contains("starting_now.en"), "\(none.output)")
        let set = ["templates", "whatsapp", "set", "closer_booked.fr", sid, "--tenant", "acme"]
        #expect(try await fixture.relance(set).exit == .status(0))
        #expect(try await fixture.relance(set).output.contains("as before"))
        let changed = ["templates", "whatsapp", "set", "closer_booked.fr", other, "--tenant", "acme"]
        #expect(try await fixture.relance(changed).output.contains("in place of \(sid)"))
        try await fixture.database.execute(
            "insert into whatsapp_templates (tenant_id, name, content_sid) values ('acme', 'old_message.fr', $1)", [.text(sid)])
        let list = try await fixture.relance(["templates", "whatsapp", "list", "--tenant", "acme"]).output
        #expect(list.contains(other) && list.contains("missing") && list.contains("no message of this build"), "\(list)")
        let unset = ["templates", "whatsapp", "unset", "closer_booked.fr", "--tenant", "acme"]
        #expect(try await fixture.relance(unset).output.contains(other))
        #expect(try await fixture.relance(unset).exit == .status(65))
        #expect(try await fixture.actions().count == 4)
    }

    @Test(arguments: [
        (["closer_bookd.fr", "HX0123456789abcdef0123456789abcdef"], "closer_booked.fr"),
        (["closer_booked.fr", "HX01"], "32 hex"),
        (["closer_booked.fr"], "content SID"), ([], "name"),
    ]) func `a misspelt name or id is refused with what is right`(operands: [String], sentence: String) async throws {
        let outcome = try await fixture().relance(["templates", "whatsapp", "set"] + operands + ["--tenant", "acme"])
        #expect(outcome.exit == .status(64))
        #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
    }
}
