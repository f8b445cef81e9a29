import Foundation
import Postgres
import TestSupport
import Testing

/// One channel standing in for another (D-93, K-24).
@Suite struct FallbackTests {
    @Test(arguments: [true, false]) func `a WhatsApp message that cannot be delivered goes out as an SMS where SMS is on`(
        isOn: Bool
    ) async throws {
        let fleet = try await FleetFixture.closersOnly()
        try await fleet.database.execute("update organization_settings set sms_enabled = $1::boolean", [.bool(isOn)])
        try await fleet.simulator.setFaults(
            Data(#"[{"provider":"twilio","to":"whatsapp:+33639980001","kind":"status","status":400,"code":"63003"}]"#.utf8))
        try await fleet.run()
        try await settle(fleet)
        let ends = try await fleet.database.rows("select channel, state, reason from relance.deliveries order by channel")
        #expect(ends == (isOn ? [["sms", "sent", ""], ["whatsapp", "failed", "63003"]] : [["whatsapp", "failed", "63003"]]))
        #expect(try await fleet.effects().map(\.to) == (isOn ? ["+33639980001"] : []))
    }

    @Test func `without a WhatsApp sender the SMS goes out, once`() async throws {
        let fleet = try await FleetFixture.closersOnly()
        try await fleet.database.execute("update organization_settings set sms_enabled = true")
        for _ in 1...2 { try await fleet.run([], ["TWILIO_WHATSAPP_FROM": ""]) }
        let ends = try await fleet.database.rows("select channel, state, reason from relance.deliveries order by channel")
        #expect(ends == [["sms", "sent", ""], ["whatsapp", "skipped", "channel_not_configured"]])
        #expect(try await fleet.effects().count == 1)
    }

    @Test func `a step that forbids it does not fall back`() async throws {
        let fleet = try await FleetFixture.closersOnly()
        try await fleet.database.execute("update organization_settings set sms_enabled = true")
        try await fleet.database.execute("update reminder_steps set falls_back_to_sms = false")
        try await fleet.run([], ["TWILIO_WHATSAPP_FROM": ""])
        #expect(try await fleet.states() == ["skipped": 1])
    }

    @Test func `SendGrid takes over what Resend definitely refused`() async throws {
        let fleet = try await FleetFixture.make()
        try await fleet.addOrganization()
        try await fleet.book(3)
        try await fleet.simulator.setFaults(
            Data(#"[{"provider":"resend","kind":"status","status":401,"code":"missing_api_key"}]"#.utf8))
        try await fleet.run()
        try await settle(fleet)
        #expect(try await fleet.effects().map(\.provider) == ["sendgrid", "sendgrid", "sendgrid"])
        #expect(try await fleet.states() == ["sent": 3])
        #expect(
            try await fleet.database.count("select count(*) from relance.system_alerts where kind = 'provider_configuration'")
                == 1)
    }
}

extension FleetFixture {
    /// One appointment whose T+10 to the closer is due, and nothing else.
    fileprivate static func closersOnly() async throws -> FleetFixture {
        let fleet = try await make()
        try await fleet.addOrganization()
        try await fleet.database.execute("update reminder_steps set is_enabled = step = 'T+10'")
        try await fleet.book(1, bookedAgo: "12 minutes")
        return fleet
    }
}
