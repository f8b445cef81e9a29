import API
import HTTPClient
import Postgres
import TestSupport
import Testing

/// What people write: whose it is, which lead wrote it, and what follows (D-41, D-43, M-15, M-23, D-16).
@Suite struct InboundMessageTests {
    private func take(_ fixture: WebhookFixture, _ request: WebhookFixture.Request) async throws {
        let reply = try await fixture.send(request)
        #expect(reply.status == 200, "\(reply.text)")
    }

    @Test(arguments: ["+33639980011", "06 39 98 00 11", "0033 6 39 98 00 11", "(+33) 6-39-98-00-11", "tel:+33639980011"])
    func `a number finds its lead in whatever form the application keeps it`(phone: String) async throws {
        let fixture = try await WebhookFixture.make()
        try await fixture.addLead("lead", phone: phone)
        // The last digits of another country's number are the same.
        try await fixture.addLead("neighbour", phone: "+32439980011")
        try await fixture.addLead("elsewhere", phone: phone, tenant: "other")
        try await fixture.wrote(to: "+33639980011")
        _ = try await fixture.ingest.raise("NoReply3d", "lead")
        try await take(fixture, WebhookFixture.text("SM1", "Oui, " + String(repeating: "é", count: 200)))
        #expect(try await fixture.stored() == [["logged", "acme", "matched", "lead"]])
        #expect(
            try await fixture.activities() == [["acme", "lead", "sms", "in", "Oui, " + String(repeating: "é", count: 95)]])
        #expect(try await fixture.database.value("select resolved_by from max_alerts") == "auto:inbound")
        let row = try await fixture.database.rows(
            "select status, meta ->> 'provider', meta ->> 'event', meta ? 'ambiguous' from lead_activities")
        #expect(row == [["received", "twilio", "SM1", "f"]])
        #expect(try await fixture.database.value("select masked from relance.inbound_messages") == "+33•••0011")
        #expect(
            try await fixture.database.count(
                "select count(*) from relance.conversations where last_inbound_at > now() - interval '1 minute'") == 1)
    }

    @Test func `the third message of a day makes a lead hot, as an activity that was logged does`() async throws {
        let fixture = try await WebhookFixture.make()
        try await fixture.addLead("lead", phone: "+33639980011")
        try await fixture.wrote(to: "+33639980011", "whatsapp")
        for number in 1...3 { try await take(fixture, WebhookFixture.green(WebhookFixture.greenText("A\(number)", "allô"))) }
        #expect(try await fixture.database.rows("select type, lead_id from active_alerts") == [["HotLead24h", "lead"]])
        #expect(try await fixture.activities().map { $0[2] } == ["whatsapp", "whatsapp", "whatsapp"])
    }

    @Test func `several leads with one number: the latest active one has it, and that is said`() async throws {
        let fixture = try await WebhookFixture.make()
        try await fixture.addLead("old", phone: "+33639980011", age: "9 days")
        try await fixture.addLead("active", phone: "06 39 98 00 11", age: "5 days")
        try await fixture.addLead("won", phone: "+33639980011", status: "WON", age: "1 day")
        try await fixture.addLead("erased", phone: "+33639980011", age: "1 hour")
        try await fixture.database.execute("update leads set erased_at = now() where id = 'erased'")
        try await fixture.wrote(to: "+33639980011")
        try await take(fixture, WebhookFixture.text("SM1", "bonjour"))
        #expect(try await fixture.stored() == [["logged", "acme", "ambiguous", "active"]])
        #expect(try await fixture.database.value("select meta ->> 'ambiguous' from lead_activities") == "true")
    }

    @Test func `on a shared number a message belongs to whoever wrote last, else to nobody, and is kept`() async throws {
        let fixture = try await WebhookFixture.make()
        for tenant in ["acme", "other"] { try await fixture.addLead("lead-\(tenant)", phone: "+33639980011", tenant: tenant) }
        try await take(fixture, WebhookFixture.text("SM1", "qui êtes-vous ?"))
        try await fixture.wrote(to: "+33639980011", tenant: "acme", ago: "2 hours")
        try await take(fixture, WebhookFixture.text("SM2", "bonjour"))
        try await fixture.wrote(to: "+33639980011", tenant: "other", ago: "1 hour")
        try await take(fixture, WebhookFixture.text("SM3", "bonsoir"))
        // Known to its tenant, not as a lead.
        try await fixture.wrote(to: "+33639980012", tenant: "acme")
        try await take(fixture, WebhookFixture.text("SM4", from: "+33639980012", "et moi ?"))
        // A short code has no lead.
        try await take(fixture, WebhookFixture.text("SM5", from: "36180", "code 123"))
        #expect(
            try await fixture.stored() == [
                ["unrouted", "", "unmatched", ""], ["logged", "acme", "matched", "lead-acme"],
                ["logged", "other", "matched", "lead-other"], ["unmatched", "acme", "unmatched", ""],
                ["unrouted", "", "unmatched", ""],
            ])
        #expect(try await fixture.activities().count == 2)
    }

    @Test func `STOP counts for every tenant on the sender, START takes it back, and a late repetition does neither`()
        async throws
    {
        let fixture = try await WebhookFixture.make()
        try await fixture.addLead("lead", phone: "+33639980011")
        try await fixture.wrote(to: "+33639980011")
        func suppressed() async throws -> [[String]] {
            try await fixture.database.rows("select tenant_id, channel, scope, reason from relance.suppressions order by 1")
        }
        let stop = WebhookFixture.text("SM1", " Stop ! ")
        try await take(fixture, stop)
        #expect(try await suppressed() == [["acme", "sms", "all", "opt_out_word"], ["other", "sms", "all", "opt_out_word"]])
        try await take(fixture, WebhookFixture.text("SM2", "START"))
        #expect(try await suppressed() == [])
        try await take(fixture, stop)
        #expect(try await suppressed() == [])
        // In a sentence the word says nothing; on another channel it says something about that one.
        try await take(fixture, WebhookFixture.text("SM3", "je ne veux pas stop"))
        #expect(try await suppressed() == [])
        try await take(fixture, WebhookFixture.green(WebhookFixture.greenText("A1", "ARRÊT")))
        #expect(try await suppressed().map { $0[1] } == ["whatsapp", "whatsapp"])
        // They are messages all the same.
        #expect(try await fixture.activities().count == 3)
    }

    @Test func `mail finds its tenant by the address it was sent to or by who wrote last, and absence notices are no reply`()
        async throws
    {
        let fixture = try await WebhookFixture.make()
        try await fixture.database.execute(
            "update organization_settings set reply_to = 'Acme <Reply@acme.example>' where tenant_id = 'acme'")
        for tenant in ["acme", "other"] { try await fixture.addLead("lead-\(tenant)", email: "Lea@Example.com", tenant: tenant) }
        _ = try await fixture.ingest.raise("NoReply3d", "lead-acme")
        try await take(
            fixture,
            try await fixture.mail(
                from: "lea@example.com", to: "reply@acme.example", "Je suis absente", id: "1@x",
                headers: "Auto-Submitted: auto-replied\n"))
        #expect(try await fixture.database.count("select count(*) from active_alerts") == 1)
        try await take(fixture, try await fixture.mail(from: "lea@example.com", to: "reply@acme.example", "Oui.", id: "2@x"))
        #expect(try await fixture.database.count("select count(*) from active_alerts") == 0)
        // To the address that all share: nobody has written yet, then `other` has.
        try await take(fixture, try await fixture.mail(from: "lea@example.com", to: "hello@fleet.example", "Qui ?", id: "3@x"))
        try await fixture.database.execute(
            "insert into lead_activities (tenant_id, lead_id, channel, direction) values ('other', 'lead-other', 'email', 'out')")
        try await take(fixture, try await fixture.mail(from: "lea@example.com", to: "hello@fleet.example", "Ah.", id: "4@x"))
        #expect(
            try await fixture.stored() == [
                ["logged", "acme", "matched", "lead-acme"], ["logged", "acme", "matched", "lead-acme"],
                ["unrouted", "", "unmatched", ""], ["logged", "other", "matched", "lead-other"],
            ])
        #expect(
            try await fixture.database.rows(
                "select meta ->> 'automated' from lead_activities where direction = 'in' order by created_at")
                == [["true"], [""], [""]])
        // The button of a mail program.
        try await take(
            fixture,
            try await fixture.mail(from: "lea@example.com", to: "reply@acme.example", " ", subject: "unsubscribe", id: "5@x"))
        #expect(
            try await fixture.database.rows("select tenant_id, channel, scope from relance.suppressions")
                == [["acme", "email", "marketing"]])
    }

    @Test func `what is said to a group and what is no message is kept and changes nothing`() async throws {
        let fixture = try await WebhookFixture.make()
        try await fixture.addLead("lead", phone: "+33639980011")
        try await fixture.wrote(to: "+33639980011", "whatsapp")
        let group = WebhookFixture.greenText("A1", "STOP").replacing(
            #""chatId":"33639980011@c.us""#, with: #""chatId":"1203@g.us""#)
        try await take(fixture, WebhookFixture.green(group))
        try await take(
            fixture,
            WebhookFixture.green(
                #"{"typeWebhook":"stateInstanceChanged","instanceData":{"idInstance":7103000000},"stateInstance":"x"}"#))
        try await take(fixture, WebhookFixture.stripe(#"{"id":"evt_thin","object":"v2.core.event","type":"x"}"#))
        #expect(try await fixture.stored().map { $0[0] } == ["ignored", "ignored", "ignored"])
        #expect(try await fixture.activities().isEmpty)
        #expect(try await fixture.database.count("select count(*) from relance.suppressions") == 0)
        #expect(try await fixture.database.count("select count(*) from relance.jobs") == 0)
    }
}
