import LeadAlerts
import Postgres
import Primitives
import TestSupport
import Testing

/// When each alert begins and ends, and what it says (D-30..35).
@Suite struct RuleTests {
    private let origin = Pipeline.origin

    @Test func `a lead without contact for more than seven days is told of, with the days counted by the calendar`() async throws
    {
        let pipeline = try await Pipeline()
        try await pipeline.activity("in", at: origin)
        try await pipeline.tick(at: origin.days(7))
        #expect(try await pipeline.active() == [])
        try await pipeline.tick(at: origin.days(7).minutes(1))
        #expect(try await pipeline.active() == ["NoContact7d"])
        #expect(try await pipeline.message("NoContact7d") == "Aucun contact depuis 7 jours. Lead à risque de perte.")
        // A minute after midnight in Paris.
        try await pipeline.tick(at: "2026-03-09T23:01:00Z")
        #expect(try await pipeline.message("NoContact7d") == "Aucun contact depuis 8 jours. Lead à risque de perte.")
        let row = try await pipeline.database.rows(
            "select severity, suggested_action, anchor_at = $1 from max_alerts", [.timestamp(origin)])
        #expect(
            row == [
                [
                    "high",
                    #"{"label": "Relancer par WhatsApp", "action": "send_whatsapp", "params": {"leadId": "l1", "template": "relance_froide"}}"#,
                    "t",
                ]
            ])
    }

    @Test func `English organisations are told in English`() async throws {
        let pipeline = try await Pipeline(locale: "en-GB")
        try await pipeline.deal(1_500_000, at: origin)
        try await pipeline.tick(at: origin.days(4))
        #expect(try await pipeline.message("HighValueRisk") == "A deal of €15,000 without contact for 4 days. Take it up first.")
    }

    @Test func `a lead without any activity counts from its creation`() async throws {
        let pipeline = try await Pipeline()
        try await pipeline.tick(at: origin.days(7).minutes(1))
        #expect(try await pipeline.active() == ["NoContact7d"])
    }

    @Test func `a lead that only activities name is watched too`() async throws {
        let pipeline = try await Pipeline()
        try await pipeline.activity("out", at: origin, lead: "espo-1")
        try await pipeline.tick(at: origin.days(8))
        #expect(try await pipeline.active("espo-1") == ["NoContact7d", "NoReply3d"])
        #expect(
            try await pipeline.database.value(
                "select suggested_action ->> 'action' from max_alerts where lead_id = 'espo-1' and type = 'NoReply3d'")
                == "open_lead")
    }

    @Test func `an unanswered message is told of after three days, on whatever channel an answer comes`() async throws {
        let pipeline = try await Pipeline()
        try await pipeline.activity("in", at: origin)
        try await pipeline.activity("out", at: origin.hours(1))
        try await pipeline.tick(at: origin.hours(73).minutes(1))
        #expect(try await pipeline.active() == ["NoReply3d"])
        #expect(try await pipeline.message("NoReply3d") == "Pas de réponse depuis 3 jours")
        try await pipeline.activity("in", at: origin.hours(74), channel: "email")
        try await pipeline.tick(at: origin.hours(74).minutes(1))
        #expect(try await pipeline.active() == [])
        #expect(try await pipeline.ends() == ["NoReply3d auto:inbound"])
    }

    @Test func `what the fleet sends by itself and what failed are no contact`() async throws {
        let pipeline = try await Pipeline()
        try await pipeline.activity("in", at: origin)
        for (index, status) in ["failed", "undelivered", "bounced", "rejected", "error", "uncertain"].enumerated() {
            try await pipeline.activity("out", at: origin.days(Double(index + 1)), status: status)
        }
        try await pipeline.activity("out", at: origin.days(6), automated: true)
        try await pipeline.activity("in", at: origin.days(6), automated: true)
        try await pipeline.tick(at: origin.days(8))
        #expect(try await pipeline.active() == ["NoContact7d"])
        try await pipeline.activity("out", at: origin.days(8))
        try await pipeline.tick(at: origin.days(8).minutes(1))
        #expect(try await pipeline.active() == [])
    }

    @Test func `a month of silence takes the place of a week of it`() async throws {
        let pipeline = try await Pipeline()
        try await pipeline.activity("in", at: origin)
        try await pipeline.tick(at: origin.days(8))
        try await pipeline.tick(at: origin.days(31))
        #expect(try await pipeline.active() == ["StaleLead30d"])
        #expect(try await pipeline.ends() == ["NoContact7d superseded:StaleLead30d"])
        #expect(try await pipeline.message("StaleLead30d") == "Aucune activité depuis 31 jours. Lead à reprendre ou à clore.")
        // Resolved by hand, it keeps the smaller one quiet all the same.
        try await pipeline.resolve("StaleLead30d", at: origin.days(32))
        try await pipeline.tick(at: origin.days(33), isFull: true)
        #expect(try await pipeline.active() == [])
    }

    @Test(arguments: [(1_000_000, false), (1_000_001, true)])
    func `only a deal above ten thousand makes a silence of three days a risk`(cents: Int, isRisk: Bool) async throws {
        let pipeline = try await Pipeline()
        try await pipeline.activity("out", at: origin)
        try await pipeline.deal(cents, at: origin)
        try await pipeline.tick(at: origin.days(8))
        #expect(try await pipeline.active() == (isRisk ? ["HighValueRisk"] : ["NoContact7d", "NoReply3d"]))
    }

    @Test func `a deal that comes, grows and closes changes what is told`() async throws {
        let pipeline = try await Pipeline()
        try await pipeline.activity("out", at: origin)
        try await pipeline.tick(at: origin.days(8))
        try await pipeline.deal(1_234_500, at: origin.days(8))
        try await pipeline.tick(at: origin.days(8).minutes(1))
        #expect(
            try await pipeline.message("HighValueRisk")
                == "Affaire de 12 345 € sans contact depuis 8 jours. À reprendre en priorité.")
        #expect(
            try await pipeline.ends() == ["NoContact7d superseded:HighValueRisk", "NoReply3d superseded:HighValueRisk"])
        try await pipeline.deal(2_000_000, at: origin.days(8))
        try await pipeline.tick(at: origin.days(8).minutes(2))
        #expect(try await pipeline.message("HighValueRisk").hasPrefix("Affaire de 20 000 €"))
        try await pipeline.write(at: origin.days(8), "update deals set closed_at = relance.now()")
        try await pipeline.tick(at: origin.days(8).minutes(3))
        // Nobody resolved them by hand: they are told again.
        #expect(try await pipeline.active() == ["NoContact7d", "NoReply3d"])
    }

    @Test func `three messages within a day make a lead hot, until we answer or a day has passed`() async throws {
        let pipeline = try await Pipeline()
        for hour in [0.0, 10, 20] { try await pipeline.activity("in", at: origin.hours(hour)) }
        try await pipeline.tick(at: origin.hours(20).minutes(1))
        #expect(try await pipeline.active() == ["HotLead24h"])
        #expect(
            try await pipeline.message("HotLead24h") == "Lead très actif : 3 messages reçus en 24 h. À traiter en priorité.")
        try await pipeline.tick(at: origin.hours(24).minutes(1))
        #expect(try await pipeline.active() == [])
        for hour in [40.0, 41, 42] { try await pipeline.activity("in", at: origin.hours(hour)) }
        try await pipeline.tick(at: origin.hours(42).minutes(1))
        #expect(try await pipeline.active() == ["HotLead24h"])
        try await pipeline.activity("out", at: origin.hours(43))
        try await pipeline.tick(at: origin.hours(43).minutes(1))
        #expect(try await pipeline.active() == [])
        #expect(try await pipeline.ends() == ["HotLead24h auto:condition", "HotLead24h auto:outbound"])
    }

    @Test func `a hot lead resolved by hand does not come back because its first message grows old`() async throws {
        let pipeline = try await Pipeline()
        for hour in [0.0, 10, 11, 12, 13] { try await pipeline.activity("in", at: origin.hours(hour)) }
        try await pipeline.tick(at: origin.hours(13).minutes(1))
        try await pipeline.resolve("HotLead24h", at: origin.hours(14))
        try await pipeline.tick(at: origin.hours(25))
        #expect(try await pipeline.active() == [])
    }

    @Test func `a lead that writes mails and is answered on WhatsApp prefers mails`() async throws {
        let pipeline = try await Pipeline()
        for day in [1.0, 2, 3] { try await pipeline.activity("in", at: origin.days(day), channel: "email") }
        for hour in [1.0, 2] { try await pipeline.activity("out", at: origin.days(3).hours(hour)) }
        try await pipeline.tick(at: origin.days(3).hours(3))
        #expect(try await pipeline.active() == ["PreferredChannel"])
        #expect(
            try await pipeline.message("PreferredChannel")
                == "Ce lead écrit par e-mail (3 messages sur 3) ; nos deux derniers sont partis par WhatsApp.")
        #expect(
            try await pipeline.database.value("select suggested_action ->> 'action' from active_alerts") == "send_email")
        try await pipeline.activity("out", at: origin.days(3).hours(4), channel: "email")
        try await pipeline.tick(at: origin.days(3).hours(4).minutes(1))
        #expect(try await pipeline.active() == [])
    }

    @Test(arguments: [
        (["email", "email", "whatsapp"], false), (["email", "email", "email", "whatsapp"], true),
        (["email", "email", "email", "email", "whatsapp", "whatsapp"], false), (["email", "email"], false),
        (["other", "other", "other"], false),
    ])
    func `seven of ten on one channel are a preference, and three messages at least`(channels: [String], prefers: Bool)
        async throws
    {
        let pipeline = try await Pipeline()
        for (index, channel) in channels.enumerated() {
            try await pipeline.activity("in", at: origin.hours(Double(index) * 30), channel: channel)
        }
        for hour in [1.0, 2] { try await pipeline.activity("out", at: origin.days(10).hours(hour), channel: "sms") }
        try await pipeline.tick(at: origin.days(10).hours(3))
        #expect(try await pipeline.active() == (prefers ? ["PreferredChannel"] : []))
    }

    @Test(arguments: ["DISQUALIFIED", "WON", "LOST", "erased", "blacklisted"])
    func `nobody is told of a lead that is closed, gone or blacklisted`(end: String) async throws {
        let pipeline = try await Pipeline()
        try await pipeline.activity("out", at: origin)
        try await pipeline.tick(at: origin.days(8))
        let sql =
            switch end {
            case "erased": "update leads set erased_at = relance.now()"
            case "blacklisted":
                """
                insert into blacklist_entries (tenant_id, lead_id, source, created_by)
                select tenant_id, id, 'manual', 'test' from leads
                """
            default: "update leads set status = '\(end)'"
            }
        try await pipeline.write(at: origin.days(8), sql)
        try await pipeline.tick(at: origin.days(8).minutes(1))
        #expect(try await pipeline.active() == [])
        #expect(try await pipeline.ends() == ["NoContact7d auto:condition", "NoReply3d auto:condition"])
        try await pipeline.tick(at: origin.days(40), isFull: true)
        #expect(try await pipeline.active() == [])
    }

    @Test func `each tenant's thresholds are its own, and a change of them is heard`() async throws {
        let pipeline = try await Pipeline(["acme", "bolt"])
        try await pipeline.tick(at: origin.days(2))
        try await pipeline.write(
            at: origin.days(2), "update alert_thresholds set no_contact_after = '36 hours' where tenant_id = 'bolt'")
        try await pipeline.tick(at: origin.days(2).minutes(1))
        #expect(try await pipeline.active(organization: "acme") == [])
        #expect(try await pipeline.active(organization: "bolt") == ["NoContact7d"])
        try await pipeline.write(
            at: origin.days(2), "update alert_thresholds set no_contact_after = '9 days' where tenant_id = 'bolt'")
        try await pipeline.tick(at: origin.days(2).minutes(2))
        #expect(try await pipeline.active(organization: "bolt") == [])
    }
}
