import Postgres
import TestSupport
import Testing

/// Who may not book in public, by hand (D-23): seen masked, written down.
@Suite struct CLIBlacklistTests {
    private func fixture() async throws -> CLIFixture {
        let fixture = try await CLIFixture.make()
        try await fixture.addOrganization(leads: ["l1", "l2"])
        try await fixture.database.execute("update leads set phone = '06 39 98 00 11' where id = 'l1'")
        return fixture
    }

    private func isRefused(_ fixture: CLIFixture, email: String? = nil, phone: String? = nil) async throws -> Bool {
        try await fixture.database.value(
            "select relance.is_blacklisted('acme', null, $1, $2)", [.optional(email), .optional(phone)]) == "t"
    }

    @Test func `a lead is entered with both addresses, and lifted by the entry's id`() async throws {
        let fixture = try await fixture()
        let add = ["blacklist", "add", "--tenant", "acme", "--lead", "l1", "--reason", "insulted the closer", "--json"]
        let added = try await fixture.relance(add)
        #expect(added.exit == .status(0), "\(added.errors)")
        let id = try #require(try added.json()["id"] as? String)
        #expect(try added.json()["added"] as? Bool == true)
        #expect(try await isRefused(fixture, email: "L1@lead.example"))
        #expect(try await isRefused(fixture, phone: "+33639980011"))
        #expect(try await fixture.relance(add).json()["added"] as? Bool == false)

        let listed = try await fixture.relance(["blacklist", "list", "--tenant", "acme", "--lead", "l1", "--json"])
        let entries = try #require(try listed.json()["blacklist_entries"] as? [[String: Any]])
        #expect(entries.map { $0["id"] as? String } == [id])
        #expect(entries.first?["source"] as? String == "manual" && entries.first?["by"] as? String == "ada")
        #expect(!listed.output.contains("l1@lead.example") && !listed.output.contains("639980011"), "\(listed.output)")

        #expect(try await fixture.relance(["blacklist", "lift", id, "--tenant", "other"]).exit == .status(65))
        let lifted = try await fixture.relance(["blacklist", "lift", id, "--reason", "excused himself"])
        #expect(lifted.exit == .status(0) && lifted.output.contains("acme for l1"), "\(lifted.output) \(lifted.errors)")
        #expect(try await isRefused(fixture, email: "l1@lead.example") == false)
        #expect(try await fixture.relance(["blacklist", "lift", id]).exit == .status(65))
        #expect(try await fixture.relance(["blacklist", "list"]).output.contains("No blacklist-entries"))
        let all = try await fixture.relance(["blacklist", "list", "--ended"])
        #expect(all.output.contains("lifted"), "\(all.output)")
        #expect(
            try await fixture.actions() == [
                ["ada", "blacklist add", "blacklist:acme/\(id)"], ["ada", "blacklist lift", "blacklist:acme/\(id)"],
            ])
    }

    @Test(arguments: ["new@lead.example", "06 39 98 00 22"])
    func `an address alone is entered for so many days`(address: String) async throws {
        let fixture = try await fixture()
        let added = try await fixture.relance(
            ["blacklist", "add", "--tenant", "acme", "--address", "-", "--days", "30", "--reason", "books for fun"],
            input: [address])
        #expect(added.exit == .status(0) && added.output.contains("•••"), "\(added.output) \(added.errors)")
        #expect(
            try await isRefused(fixture, email: "New@lead.example", phone: "+33639980022"))
        #expect(
            try await fixture.database.value("select expires_at - created_at = interval '30 days' from blacklist_entries") == "t")
        let audit = try await fixture.database.value(
            "select string_agg(operator_actions::text, ' ') from relance.operator_actions")
        #expect(!audit.contains("lead.example") && !audit.contains("98 00 22"))
    }

    @Test(
        arguments: [
            (["add", "--tenant", "acme", "--reason", "r"], 64), (["add", "--tenant", "acme", "--lead", "l1"], 64),
            (["add", "--tenant", "acme", "--lead", "l1", "--address", "a@b.example", "--reason", "r"], 64),
            (["add", "--tenant", "acme", "--lead", "l1", "--days", "36501", "--reason", "r"], 64),
            (["add", "--tenant", "acme", "--address", "a@b.example", "--reason", "a@b.example is one"], 64),
            (["add", "--tenant", "acme", "--address", "a@b", "--reason", "r"], 64),
            (["add", "--tenant", "acme", "--address", "12", "--reason", "r"], 64),
            (["add", "--tenant", "acme", "--lead", "nobody", "--reason", "r"], 65),
            (["add", "--tenant", "nowhere", "--address", "a@b.example", "--reason", "r"], 65),
            (["lift", "nonsense"], 64), (["lift", "00000000-0000-4000-8000-000000000000"], 65),
        ] as [([String], Int32)])
    func `what cannot be done is said, and nothing is written`(arguments: [String], code: Int32) async throws {
        let fixture = try await fixture()
        let refused = try await fixture.relance(["blacklist"] + arguments)
        #expect(refused.exit == .status(code), "\(refused.errors)")
        #expect(try await fixture.database.count("select count(*) from blacklist_entries") == 0)
        #expect(try await fixture.actions().isEmpty)
    }
}
