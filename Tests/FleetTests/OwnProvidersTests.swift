import Foundation
import Postgres
import TestSupport
import Testing

/// What operators run themselves instead of a provider's account: a mail relay, a telephone.
@Suite struct OwnProvidersTests {
    @Test func `mails leave through a relay, and one that breaks the connection too late leaves a mail uncertain`() async throws {
        let fleet = try await FleetFixture.make()
        try await fleet.addOrganization()
        try await fleet.book(3)
        let answer = try await PlainHTTP.request("GET", "/_simulator/smtp", port: fleet.simulator.port)
        let url = try #require(try JSONDecoder().decode([String: String].self, from: answer.body)["url"])
        try await fleet.simulator.setFaults(
            Data(
                #"[{"kind":"reset_before_accept","stage":"recipient","count":1},{"to":"a2@lead.example","kind":"reset_after_accept"}]"#
                    .utf8))
        let relay = ["EMAIL_PROVIDERS": "smtp", "SMTP_URL": url]
        try await fleet.run([], relay)
        // The one that was refused before it was sent comes again.
        try await settle(fleet, relay)
        let effects = try await fleet.effects()
        #expect(effects.allSatisfy { $0.provider == "smtp" })
        #expect(effects.map(\.to).sorted() == ["a1@lead.example", "a2@lead.example", "a3@lead.example"])
        #expect(try await fleet.states() == ["sent": 2, "uncertain": 1])
    }

    @Test(arguments: ["green-token", "invalid-token"])
    func `WhatsApp leaves through a telephone of one's own, whose token nobody sees`(token: String) async throws {
        let fleet = try await FleetFixture.make()
        try await fleet.addOrganization()
        try await fleet.database.execute("update reminder_steps set is_enabled = step = 'T+10', falls_back_to_sms = false")
        try await fleet.book(1, bookedAgo: "12 minutes")
        let run = try await fleet.run(
            [],
            [
                "WHATSAPP_PROVIDERS": "green_api", "GREEN_API_URL": fleet.simulator.url + "/green_api",
                "GREEN_API_ID_INSTANCE": "7103000000", "GREEN_API_TOKEN": token, "LOG_LEVEL": "debug",
            ])
        let isValid = token == "green-token"
        #expect(try await fleet.effects().map(\.to) == (isValid ? ["33639980001@c.us"] : []))
        #expect(try await fleet.states() == (isValid ? ["sent": 1] : ["pending": 1]))
        #expect(!(run.output + run.errors).contains(token))
        let stored = try await fleet.database.rows("select a::text from relance.delivery_attempts a")
        #expect(stored.count == 1 && !"\(stored)".contains(token))
    }
}
