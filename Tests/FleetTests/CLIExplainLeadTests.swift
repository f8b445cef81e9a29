import Foundation
import Postgres
import TestSupport
import Testing

/// The story of a lead's alerts, against what the generator does and what the rules say at the instants that it names.
@Suite struct CLIExplainLeadTests {
    private struct Scene {
        let cli: CLIFixture
        var database: TestDatabase { cli.database }

        /// One step of the shipped generator.
        func generate(_ arguments: [String] = []) async throws {
            let process = try await ChildProcess(
                "alert-generator", arguments, environment: ["DATABASE_URL": database.workerURL])
            #expect(try await process.exit(within: .seconds(60)) == .status(0), "\(process.standardError)")
        }

        func activity(
            _ direction: String, ago: String, channel: String = "email", status: String = "sent", automated: Bool = false
        ) async throws {
            try await database.execute(
                """
                insert into lead_activities (tenant_id, lead_id, channel, direction, status, message_snippet, meta, created_at)
                values (
                    'acme', 'l1', $1, $2, $3, 'a secret word', jsonb_build_object('automated', $4::boolean), now() - $5::interval)
                """, [.text(channel), .text(direction), .text(status), .bool(automated), .text(ago)])
        }

        func page(_ lead: String = "l1") async throws -> String {
            let outcome = try await cli.relance(["explain", "lead", lead, "--tenant", "acme"])
            #expect(outcome.exit == .status(0), "\(outcome.errors)")
            return outcome.output
        }

        func story(_ lead: String = "l1") async throws -> [String: Any] {
            let outcome = try await cli.relance(["explain", "lead", lead, "--tenant", "acme", "--json"])
            #expect(outcome.exit == .status(0), "\(outcome.errors)")
            return try outcome.json()
        }

        /// Where each rule stands.
        func states(_ lead: String = "l1") async throws -> [String: String] {
            let states = try #require(try await story(lead)["states"] as? [String: [String: String]])
            return states.compactMapValues { $0["state"] }
        }

        /// The commands that it names.
        func commands() async throws -> [String] {
            (try await story()["next"] as? [[String: Any]] ?? []).compactMap { $0["command"] as? String }
        }
    }

    /// The lead `l1` of the organisation `acme`, a hundred days old, and a generator that has just looked.
    private func scene() async throws -> Scene {
        let cli = try await CLIFixture.make()
        try await cli.addOrganization()
        try await cli.database.execute(
            """
            insert into leads (tenant_id, id, name, email, phone, created_at)
            values ('acme', 'l1', 'Luc Secret', 'luc@lead.example', '+33639980011', now() - interval '100 days')
            """)
        return Scene(cli: cli)
    }

    private func expect(_ texts: [String], in page: String) {
        for text in texts { #expect(page.contains(text), "\(text) is missing in: \(page)") }
    }

    @Test func `a standing alert, one kept quiet and one still to come are told with what they go by`() async throws {
        let scene = try await scene()
        try await scene.activity("in", ago: "20 days", channel: "whatsapp")
        try await scene.activity("out", ago: "8 days")
        try await scene.database.execute(
            "insert into deals (tenant_id, id, lead_id, amount_cents) values ('acme', 'd1', 'l1', 1200000)")
        #expect(
            try await scene.states() == [
                "NoContact7d": "quiet", "NoReply3d": "quiet", "StaleLead30d": "ahead", "HighValueRisk": "due",
                "HotLead24h": "away",
                "PreferredChannel": "away",
            ])
        expect(
            ["HighValueRisk     holds: the next look raises", "alert-generator raises HighValueRisk"], in: try await scene.page())

        try await scene.generate()
        let alert = try await scene.database.value("select id from active_alerts")
        let due = try await scene.database.value(
            """
            select to_char(max(created_at) + interval '30 days', 'YYYY-MM-DD HH24:MI:SS"Z"') from lead_activities
            """)
        let page = try await scene.page()
        expect(
            [
                "Lead l1 of acme: NEW, 1 open alert", "l•••@lead.example, +33•••0011", "by whatsapp", "by email",
                "1, the largest 12000.00 €", "HighValueRisk     alert open since", "a deal of 12000.00 € and no contact since",
                "8 days by the organisation's calendar", "asks for a deal above 10000.00 € and 3 d without contact",
                "NoContact7d       holds, kept quiet by HighValueRisk", "NoReply3d         holds, kept quiet by HighValueRisk",
                "StaleLead30d      not yet: due \(due) if nothing happens", "HotLead24h        does not hold",
                "relance alerts show \(alert)", "relance alerts act \(alert)", "relance alerts resolve \(alert)",
                "If nothing happens, at \(due): StaleLead30d comes due.",
            ], in: page)
        for secret in ["Luc", "luc@", "39980011", "a secret word"] { #expect(!page.contains(secret), "\(secret) in: \(page)") }
        let json = try await scene.cli.relance(["explain", "lead", "l1", "--json"]).output
        for secret in ["Luc", "luc@", "39980011", "a secret word"] { #expect(!json.contains(secret), "\(secret) in: \(json)") }
        #expect(try await scene.states()["HighValueRisk"] == "open")
    }

    @Test func `what somebody has resolved for this silence stays away, and the page says who and why`() async throws {
        let scene = try await scene()
        try await scene.activity("out", ago: "8 days")
        try await scene.generate()
        #expect(try await scene.states()["NoContact7d"] == "open")
        let alert = try await scene.database.value("select id from max_alerts where type = 'NoContact7d'")
        _ = try await scene.cli.relance(["alerts", "resolve", alert, "--reason", "on holiday"])
        try await scene.generate(["--full"])
        let page = try await scene.page()
        expect(
            [
                "NoContact7d       holds; resolved by hand at", "by ada (on holiday), so it stays away",
                "NoContact7d, ended", "by user_manual (ada): on holiday",
            ], in: page)
        #expect(try await scene.states()["NoContact7d"] == "resolved_by_hand")
        // The next silence is another one.
        try await scene.activity("in", ago: "7 days 12 hours")
        #expect(try await scene.states()["NoContact7d"] == "due")
    }

    @Test(
        arguments: [
            ("update leads set status = 'WON'", "the lead is won"), ("update leads set status = 'LOST'", "the lead is lost"),
            ("update leads set status = 'DISQUALIFIED'", "the lead is disqualified"),
            ("update leads set erased_at = now()", "the lead's data was erased at 20"),
            (
                """
                insert into blacklist_entries (tenant_id, email, source, reason, created_by)
                values ('acme', 'luc@lead.example', 'manual', 'three no-shows', 'grace')
                """, "the lead is on the blacklist since 20"
            ),
            ("delete from alert_thresholds", "acme has no row in alert_thresholds"),
        ]) func `who is left alone is told with the reason`(change: String, reason: String) async throws
    {
        let scene = try await scene()
        try await scene.activity("out", ago: "8 days")
        #expect(try await scene.states()["NoContact7d"] == "due")
        try await scene.database.execute(change)
        expect(["None is asked: \(reason)"], in: try await scene.page())
        #expect(Set(try await scene.states().values) == ["left_alone"])
        #expect(try await scene.commands() == [])
    }

    @Test func `an alert whose lead was closed is about to end, and has ended after the next look`() async throws {
        let scene = try await scene()
        try await scene.activity("out", ago: "8 days")
        try await scene.generate()
        try await scene.database.execute("update leads set status = 'LOST'")
        #expect(try await scene.states()["NoContact7d"] == "ending")
        expect(
            ["does not hold any more: the next look ends its alert", "alert-generator ends NoContact7d"],
            in: try await scene.page())
        try await scene.generate()
        #expect(try await scene.states()["NoContact7d"] == "left_alone")
        expect(["no open alert", "NoContact7d, ended", "by auto:condition"], in: try await scene.page())
    }

    @Test func `what was sent over an alert is part of its story, and what the fleet sends counts as no contact`() async throws {
        let scene = try await scene()
        try await scene.activity("out", ago: "8 days")
        try await scene.activity("out", ago: "2 days", automated: true)
        try await scene.activity("out", ago: "1 day", status: "failed")
        try await scene.generate()
        let alert = try await scene.database.value("select id from max_alerts where type = 'NoContact7d'")
        let act = try await scene.cli.relance(["alerts", "act", alert, "--channel", "email", "--json"])
        let delivery = try #require(try act.json()["delivery_id"] as? Int)
        expect(
            [
                "2 since, last 20", "sent by the fleet itself, or failed", "message by email, pending",
                "A message over NoContact7d is on its way:", "relance deliveries explain \(delivery)",
            ], in: try await scene.page())
    }

    @Test func `an alert that gives way, is renewed or ceases says when`() async throws {
        let scene = try await scene()
        try await scene.activity("out", ago: "29 days 23 hours")
        try await scene.generate()
        expect(["gives way to StaleLead30d at 20", "NoContact7d gives way to StaleLead30d"], in: try await scene.page())
        for minutes in [30, 20, 10] { try await scene.activity("in", ago: "23 hours \(minutes) minutes", channel: "sms") }
        let page = try await scene.page()
        expect(
            ["HotLead24h        holds: the next look raises", "3 inbound within 24 h, hot since", "ceases to hold at"], in: page)
        try await scene.generate()
        #expect(try await scene.states()["HotLead24h"] == "open")
    }

    /// Brute force: the rules, asked every other hour of forty days.
    @Test func `every rule begins, ends and gives way at the instant that the story names, and not before`() async throws {
        let scene = try await scene()
        // The last of a January: a month later is the last of February, and March begins before the rule says so.
        try await scene.database.execute(
            "do $$ begin execute format('alter database %I set relance.now = ''2027-01-31T12:00:00Z''', current_database()); end $$"
        )
        try await scene.database.execute("select setseed(0.5)")
        try await scene.database.execute(
            "update alert_thresholds set stale_after = '1 mon', preferred_within = '12 days', hot_lead_within = '30 hours'")
        try await scene.database.execute(
            """
            with moment as materialized (
                select timestamptz '2027-01-31T12:00:00Z' as now
            ), lead as (
                insert into leads (tenant_id, id, name, email, phone, created_at)
                select 'acme', 'p' || g, 'x', 'x@lead.example', '+33639980012', now - random() * interval '40 days'
                from moment, generate_series(1, 12) g
                returning id
            ), deal as (
                insert into deals (tenant_id, id, lead_id, amount_cents)
                select 'acme', id, id, 900000 + (random() * 200000)::bigint from lead
            ), entry as (
                insert into blacklist_entries (tenant_id, lead_id, source, created_by, expires_at)
                select 'acme', 'p1', 'manual', 'grace', now + interval '5 days' from moment
            )
            insert into lead_activities (tenant_id, lead_id, channel, direction, created_at)
            select 'acme', l.id, (array['email', 'sms', 'email'])[1 + (random() * 2)::integer],
                (array['in', 'out'])[1 + (random() * 1.1)::integer % 2], now - random() * random() * interval '20 days'
            from moment, lead l, generate_series(1, 9) g
            """)
        var changes = 0
        for lead in 1...12 {
            let told = try await scene.story("p\(lead)")
            let now = try #require((told["generator"] as? [String: Any])?["now"] as? String)
            // Each rule that holds then, with the one that keeps it quiet.
            let held = try await scene.database.rows(
                """
                select
                    h, $2::timestamptz + make_interval(hours => h),
                    coalesce(string_agg(c.type || '=' || coalesce(c.muted_by, ''), ' '), '')
                from generate_series(0, 960, 2) h
                left join lateral relance.lead_alert_conditions(
                    array['acme'], array[$1], $2::timestamptz + make_interval(hours => h)) c on true
                group by h order by h
                """, [.text("p\(lead)"), .text(now)])
            for rule in try #require(told["rules"] as? [[String: Any]]) {
                let type = try #require(rule["type"] as? String)
                let holds = try #require(rule["holds"] as? Bool)
                let hours = held.map { row in
                    let told = row[2].split(separator: " ").first { $0.hasPrefix(type + "=") }
                    return Hour(instant: row[1], holds: told != nil, isQuiet: told.map { !$0.hasSuffix("=") } ?? false)
                }
                #expect(hours[0].holds == holds)
                let change = hours.firstIndex { $0.holds != holds }
                let instant = (holds ? rule["ends_at"] : rule["due_at"]) as? String
                try await expect(instant, between: hours, change, "\(type) of p\(lead) \(holds ? "ends" : "comes due")", scene)
                let quiet = holds && !hours[0].isQuiet ? hours.firstIndex { $0.isQuiet } : nil
                try await expect(rule["gives_way_at"] as? String, between: hours, quiet, "\(type) of p\(lead) gives way", scene)
                changes += (change == nil ? 0 : 1) + (quiet == nil ? 0 : 1)
            }
        }
        #expect(changes > 30)
    }

    /// What brute force sees of a rule at an instant.
    private struct Hour {
        let instant: String
        let holds: Bool
        let isQuiet: Bool
    }

    /// That an instant lies in the two hours before the change was first seen.
    private func expect(
        _ instant: String?, between hours: [Hour], _ change: Int?, _ what: String, _ scene: Scene
    ) async throws {
        guard let change else {
            // The story looks further than the forty days.
            guard let instant else { return }
            #expect(
                try await scene.database.value(
                    "select $1::timestamptz >= $2::timestamptz", [.text(instant), .text(hours[hours.count - 1].instant)])
                    == "t", "\(what) at \(instant)")
            return
        }
        let told = try #require(instant, "\(what) before \(hours[change].instant), and the story does not say so")
        #expect(
            try await scene.database.value(
                "select $1::timestamptz between $2::timestamptz and $3::timestamptz",
                [.text(told), .text(hours[change - 1].instant), .text(hours[change].instant)]) == "t",
            "\(what) at \(told), seen at \(hours[change].instant)")
    }

    @Test func `leads that only activities name are told, others are refused with what to type`() async throws {
        let scene = try await scene()
        try await scene.database.execute(
            """
            insert into lead_activities (tenant_id, lead_id, channel, direction, created_at)
            values ('acme', 'elsewhere', 'call', 'out', now() - interval '8 days')
            """)
        expect(["Lead elsewhere of acme: not known here", "no address"], in: try await scene.page("elsewhere"))
        let unknown = try await scene.cli.relance(["explain", "lead", "nobody", "--tenant", "acme"])
        #expect(unknown.exit == .status(65) && unknown.errors.contains("relance alerts list --all"), "\(unknown.errors)")
        #expect(try await scene.cli.relance(["explain", "lead", "l1", "--tenant", "other"]).exit == .status(65))
        #expect(try await scene.cli.relance(["explain", "lead"]).exit == .status(64))
        try await scene.cli.addOrganization("other", leads: ["l1"])
        let twice = try await scene.cli.relance(["explain", "lead", "l1"])
        #expect(twice.exit == .status(64) && twice.errors.contains("--tenant"), "\(twice.errors)")
    }

    @Test func `a generator that has not looked for long is the first thing that the page names`() async throws {
        let scene = try await scene()
        try await scene.activity("out", ago: "8 days")
        try await scene.database.execute("update relance.lead_alert_progress set evaluated_at = now() - interval '2 hours'")
        #expect(try await scene.commands().first == "relance status")
    }
}
