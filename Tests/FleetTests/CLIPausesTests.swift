import Foundation
import Postgres
import TestSupport
import Testing

/// Stopping sending, and letting it go on.
@Suite struct CLIPausesTests {
    @Test func `a pause of everybody holds messages until it is resumed`() async throws {
        let fleet = try await FleetFixture.make()
        let fixture = CLIFixture(database: fleet.database)
        try await fleet.addOrganization()
        try await fleet.book(2)
        let paused = try await fixture.relance(["pause", "sending", "--reason", "wrong template"])
        #expect(paused.exit == .status(0), "\(paused.errors)")
        #expect(paused.output.contains("relance resume sending"))
        try await fleet.run()
        #expect(try await fleet.states() == ["pending": 2])
        let status = try await fixture.relance(["status"]).output
        #expect(status.contains("all sending paused since") && status.contains("wrong template"), "\(status)")

        #expect(try await fixture.relance(["resume", "sending"]).output.contains("Waiting: 2"))
        try await fleet.database.execute("update relance.jobs set state = 'available', run_at = now()")
        try await settle(fleet)
        #expect(try await fleet.states() == ["sent": 2])
        #expect(try await fixture.actions() == [["ada", "pause sending", "sending"], ["ada", "resume sending", "sending"]])
    }

    @Test func `a pause of one organisation leaves the others alone`() async throws {
        let fleet = try await FleetFixture.make()
        let fixture = CLIFixture(database: fleet.database)
        for tenant in ["acme", "zeta"] {
            try await fleet.addOrganization(tenant)
            try await fleet.book(1, tenant: tenant)
        }
        // A pause works for an organisation without a row of settings, too.
        try await fleet.database.execute("delete from organization_settings where tenant_id = 'zeta'")
        let pause = ["pause", "sending", "--tenant", "zeta", "--reason", "asked by Zeta", "--json"]
        #expect(try await fixture.relance(pause).json()["was_paused"] as? Bool == false)
        #expect(try await fixture.relance(pause).json()["was_paused"] as? Bool == true)
        try await fleet.run()
        #expect(
            try await fleet.database.rows("select tenant_id, state from relance.deliveries order by 1")
                == [["acme", "sent"], ["zeta", "pending"]])
        let status = try await fixture.relance(["status"]).output
        #expect(status.contains("organisation zeta paused since") && status.contains("asked by Zeta"), "\(status)")
        #expect(
            try await fixture.relance(["resume", "sending", "--tenant", "zeta", "--json"]).json()["was_paused"] as? Bool == true)
        #expect(try await fixture.relance(["resume", "sending", "--tenant", "zeta"]).output.contains("was not paused"))
        let unknown = try await fixture.relance(["pause", "sending", "--tenant", "nobody", "--reason", "r"])
        #expect(unknown.exit == .status(65))
    }

    @Test func `a paused queue keeps its jobs, and a misspelt one is refused`() async throws {
        let fleet = try await FleetFixture.make()
        let fixture = CLIFixture(database: fleet.database)
        try await fleet.addOrganization()
        try await fleet.book(1)
        let misspelt = try await fixture.relance(["pause", "queue", "mesages"])
        #expect(misspelt.exit == .status(65))
        #expect(misspelt.errors.contains("There are: messages"))
        #expect(try await fixture.relance(["pause", "queue", "messages", "--reason", "repair"]).exit == .status(0))
        try await fleet.run()
        #expect(try await fleet.states() == ["pending": 1])
        #expect(try await fixture.relance(["status"]).output.contains("relance resume queue messages"))
        #expect(try await fixture.relance(["resume", "queue", "messages"]).exit == .status(0))
        try await settle(fleet)
        #expect(try await fleet.states() == ["sent": 1])
        #expect(try await fixture.relance(["resume", "queue", "messages"]).output.contains("was not paused"))
        #expect(try await fixture.actions().map { $0[2] } == ["queue:messages", "queue:messages"])
    }

    @Test func `status shows the allow-list masked, and text messages' budgets`() async throws {
        let fixture = try await CLIFixture.make()
        try await fixture.addOrganization()
        try await fixture.addOrganization("zeta")
        #expect(try await !fixture.relance(["status"]).output.contains("budgets"))
        try await fixture.database.execute(
            "update organization_settings set sms_monthly_cap_cents = 2000 where tenant_id = 'acme'")
        try await fixture.database.execute(
            "insert into relance.message_costs values ('acme', 'sms', relance.month_of('acme'), 18500000), ('zeta', 'sms', relance.month_of('zeta'), 1)"
        )
        let environment = ["USER": "ada", "RECIPIENT_ALLOWLIST": "@relance.example, lea@lead.example"]
        let page = try await fixture.relance(["status"], environment: environment).output
        for text in ["RECIPIENT_ALLOWLIST", "@relance.example", "l•••@lead.example", "SMS budgets", "18.50 €", "20.00 €", "92 %"]
        {
            #expect(page.contains(text), "\(text) is missing in: \(page)")
        }
        #expect(!page.contains("lea@lead.example"))
        let json = try await fixture.relance(["status", "--json"], environment: environment).json()
        let budgets = try #require(json["sms_budgets"] as? [[String: Any]])
        #expect(budgets.count == 1 && budgets[0]["spent_cents"] as? Int == 1850)
        #expect(json["recipient_allowlist"] as? [String] == ["@relance.example", "l•••@lead.example"])
    }

    @Test func `a pause of all sending needs its reason`() async throws {
        let outcome = try await CLIFixture.make().relance(["pause", "sending"])
        #expect(outcome.exit == .status(64))
        #expect(outcome.errors.contains("--reason"))
    }
}
