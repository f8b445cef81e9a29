import Foundation
import Messaging
import Postgres
import Providers
import TestSupport
import Testing

/// The shipped alert-generator, and what reminder-sender and the operator make of its alerts.
@Suite struct AlertGeneratorTests {
    /// An organisation whose lead `l1` was last in contact so many days ago.
    private func fleet(silentFor days: Int = 8) async throws -> FleetFixture {
        let fleet = try await FleetFixture.make()
        try await fleet.addOrganization()
        try await fleet.database.execute("update organizations set created_at = now() - interval '90 days'")
        try await fleet.database.execute("update relance.instance set installed_at = now() - interval '90 days'")
        // So that any hour will do.
        try await fleet.database.execute(
            "update organization_settings set marketing_opens = '00:00', marketing_closes = '23:59:59', marketing_days = '{1,2,3,4,5,6,7}', holidays = 'none'"
        )
        try await fleet.database.execute(
            """
            insert into leads (tenant_id, id, name, email, phone, created_at)
            values ('acme', 'l1', 'Luc', 'luc@lead.example', '+33639980011', now() - make_interval(days => $1::integer))
            """, [.int(days)])
        return fleet
    }

    @discardableResult
    private func generate(
        _ fleet: FleetFixture, _ arguments: [String] = [], _ changes: [String: String] = [:]
    ) async throws -> (exit: ChildProcess.Exit, output: String, errors: String) {
        let process = try await ChildProcess("alert-generator", arguments, environment: fleet.environment(changes))
        let exit = try await process.exit(within: .seconds(60))
        return (exit, process.standardOutput, process.standardError)
    }

    private func operate(
        _ fleet: FleetFixture, _ arguments: [String]
    ) async throws -> (exit: ChildProcess.Exit, output: String, errors: String) {
        let process = try await ChildProcess(
            "relance", arguments + (["list", "show"].contains(arguments[1]) ? [] : ["--operator", "ada"]),
            environment: fleet.environment([
                "DATABASE_URL": fleet.database.workerURL.replacingOccurrences(of: "relance_worker", with: "relance_ops")
            ]))
        let exit = try await process.exit(within: .seconds(60))
        return (exit, process.standardOutput, process.standardError)
    }

    @Test func `a preview names what the run then does, and a second run does nothing`() async throws {
        let fleet = try await fleet()
        let preview = try await generate(fleet, ["--dry-run"])
        #expect(preview.exit == .status(0), "\(preview.errors)")
        #expect(preview.output.contains("raise") && preview.output.contains("NoContact7d"))
        #expect(try await fleet.database.count("select count(*) from max_alerts") == 0)
        let run = try await generate(fleet, ["--json"])
        #expect(run.output.contains(#""raised":1"#), "\(run.output)\(run.errors)")
        #expect(try await generate(fleet, ["--json"]).output.contains(#""raised":0,"retold":0,"superseded":0,"resolved":0"#))
        #expect(
            try await generate(fleet, ["--full", "--json"]).output.contains(#""raised":0,"retold":0,"superseded":0,"resolved":0"#)
        )
    }

    @Test func `acting on an alert sends once, counts as contact, and ends the alert`() async throws {
        let fleet = try await fleet()
        try await generate(fleet)
        let id = try await fleet.database.value("select id from max_alerts")
        let act = try await operate(fleet, ["alerts", "act", id, "--channel", "email"])
        #expect(act.exit == .status(0), "\(act.errors)")
        let again = try await operate(fleet, ["alerts", "act", id, "--channel", "email"])
        #expect(again.output.contains("planned already"))
        try await fleet.run()
        #expect(try await fleet.effects().map(\.to) == ["luc@lead.example"])
        #expect(
            try await fleet.database.rows("select direction, status, meta ->> 'automated' from lead_activities")
                == [["out", "sent", "false"]])
        try await generate(fleet)
        #expect(try await fleet.database.rows("select type, resolved_by from max_alerts") == [["NoContact7d", "auto:outbound"]])
        #expect(
            try await fleet.database.rows("select operator, action from relance.operator_actions") == [["ada", "alerts act"]])
        let late = try await operate(fleet, ["alerts", "act", id])
        #expect(late.exit == .status(65) && late.errors.contains("resolved already"), "\(late.errors)")
    }

    @Test func `a message over an alert that bounces was no contact, and the alert comes back`() async throws {
        let fleet = try await fleet()
        try await generate(fleet)
        let id = try await fleet.database.value("select id from max_alerts")
        #expect(try await operate(fleet, ["alerts", "act", id, "--channel", "email"]).exit == .status(0))
        try await fleet.run()
        try await generate(fleet)
        #expect(try await fleet.database.count("select count(*) from active_alerts") == 0)
        let bounce = MessageStatuses.record([
            StatusReport(
                provider: .resend, attemptID: try await fleet.database.value("select id from relance.delivery_attempts"),
                status: .bounced, occurredAt: Date().timeIntervalSince1970)
        ])
        let ingest = PostgresConnection(PostgresConfiguration(url: fleet.database.workerURL, applicationName: "ingest"))
        try await ingest.execute(bounce.0, bounce.1)
        try await generate(fleet)
        #expect(try await fleet.database.rows("select type from active_alerts") == [["NoContact7d"]])
    }

    @Test func `what came to nothing can be sent again, and what is on its way cannot`() async throws {
        let fleet = try await fleet()
        try await generate(fleet)
        let id = try await fleet.database.value("select id from max_alerts")
        func act(_ channel: String) async throws -> String {
            let act = try await operate(fleet, ["alerts", "act", id, "--channel", channel])
            #expect(act.exit == .status(0), "\(act.errors)")
            return act.output
        }
        // There is no approved template.
        #expect(try await act("whatsapp").contains("is planned"))
        try await fleet.run()
        #expect(try await fleet.states() == ["skipped": 1])
        #expect(try await act("email").contains("Message 2"))
        #expect(try await act("whatsapp").contains("Message 3"))
        #expect(try await act("whatsapp").contains("planned already, as message 3"))
        #expect(try await act("email").contains("planned already, as message 2"))
        try await fleet.database.execute(
            "update relance.deliveries set state = 'cancelled', reason = 'operator', settled_at = now() where id = 2")
        #expect(try await act("email").contains("Message 4"))
        try await fleet.run()
        #expect(try await fleet.states() == ["skipped": 2, "cancelled": 1, "sent": 1])
        #expect(try await fleet.effects().map(\.to) == ["luc@lead.example"])
    }

    @Test func `nothing is planned where nothing can be sent, and the reason is told`() async throws {
        let fleet = try await fleet()
        try await fleet.database.execute("update leads set phone = null, marketing_consent = 'denied'")
        try await generate(fleet)
        let id = try await fleet.database.value("select id from max_alerts")
        let denied = try await operate(fleet, ["alerts", "act", id])
        #expect(denied.exit == .status(65) && denied.errors.contains("refused"), "\(denied.errors)")
        try await fleet.database.execute("update leads set marketing_consent = 'unknown'")
        let unreachable = try await operate(fleet, ["alerts", "act", id, "--channel", "whatsapp"])
        #expect(unreachable.exit == .status(65) && unreachable.errors.contains("no telephone number"), "\(unreachable.errors)")
        #expect(try await operate(fleet, ["alerts", "act", "12"]).exit == .status(64))
        #expect(try await fleet.states() == [:])
    }

    @Test func `nobody on the blacklist is written to, whenever they came to be on it`() async throws {
        let fleet = try await fleet()
        try await generate(fleet)
        let id = try await fleet.database.value("select id from max_alerts")
        #expect(try await operate(fleet, ["alerts", "act", id, "--channel", "email"]).exit == .status(0))
        try await fleet.database.execute(
            "insert into blacklist_entries (tenant_id, email, source, created_by) values ('acme', 'luc@lead.example', 'manual', 'ada')"
        )
        let act = try await operate(fleet, ["alerts", "act", id, "--channel", "whatsapp"])
        #expect(act.exit == .status(65) && act.errors.contains("blacklisted"), "\(act.errors)")
        try await fleet.run()
        #expect(
            try await fleet.database.rows("select state, reason from relance.deliveries") == [["cancelled", "lead_blacklisted"]])
    }

    @Test func `a preview shows the schedules that are asked for, and no others`() async throws {
        let fleet = try await fleet()
        #expect(try await generate(fleet, ["--dry-run", "--schedule", "digest"]).output.contains("Nothing is due"))
        #expect(try await generate(fleet, ["--dry-run", "--schedule", "alerts"]).output.contains("NoContact7d"))
    }

    @Test func `an opt-out between act and send keeps the message back`() async throws {
        let fleet = try await fleet()
        try await generate(fleet)
        let id = try await fleet.database.value("select id from max_alerts")
        _ = try await operate(fleet, ["alerts", "act", id, "--channel", "email"])
        let stop = try await operate(
            fleet,
            [
                "suppressions", "add", "--tenant", "acme", "--channel", "email", "--address", "luc@lead.example", "--scope",
                "marketing", "--reason", "asked",
            ])
        #expect(stop.exit == .status(0), "\(stop.errors)")
        try await fleet.run()
        #expect(try await fleet.effects().isEmpty)
        #expect(try await fleet.states() == ["skipped": 1])
    }

    @Test func `an alert that is listed, shown and resolved by hand stays so`() async throws {
        let fleet = try await fleet()
        try await generate(fleet)
        let id = try await fleet.database.value("select id from max_alerts")
        let list = try await operate(fleet, ["alerts", "list", "--tenant", "acme", "--severity", "high", "--json"])
        #expect(list.output.contains(id) && list.output.contains("Aucun contact depuis 8 jours"), "\(list.errors)")
        #expect(try await operate(fleet, ["alerts", "list", "--severity", "low"]).output.contains("No alerts match"))
        #expect(try await operate(fleet, ["alerts", "show", id]).output.contains("relance alerts act"))
        #expect(try await operate(fleet, ["alerts", "resolve", id, "--reason", "lost"]).output.contains("Resolved NoContact7d"))
        #expect(try await operate(fleet, ["alerts", "resolve", id]).output.contains("resolved already"))
        try await generate(fleet, ["--full"])
        #expect(try await fleet.database.count("select count(*) from active_alerts") == 0)
        #expect(
            try await fleet.database.rows("select resolved_by, resolved_actor, resolved_reason from max_alerts")
                == [["user_manual", "ada", "lost"]])
    }

    @Test func `thresholds are shown, and changed with an entry in the audit`() async throws {
        let fleet = try await fleet()
        let list = try await operate(fleet, ["alerts", "thresholds", "--tenant", "acme"])
        #expect(list.output.contains("no_contact_after") && list.output.contains("7 days"), "\(list.errors)")
        let set = try await operate(
            fleet, ["alerts", "thresholds", "--tenant", "acme", "--set", "no_contact_after=10d", "--json"])
        #expect(set.exit == .status(0) && set.output.contains(#""value":"10 days""#), "\(set.errors)")
        let cents = try await operate(fleet, ["alerts", "thresholds", "--tenant", "acme", "--set", "high_value_cents=5"])
        #expect(cents.exit == .status(0), "\(cents.errors)")
        #expect(
            try await fleet.database.rows("select no_contact_after, no_reply_after, high_value_cents from alert_thresholds")
                == [["10 days", "3 days", "5"]])
        #expect(
            try await fleet.database.rows("select action, target, detail from relance.operator_actions order by id") == [
                ["alerts thresholds", "alert_thresholds:acme", #"{"no_contact_after": "10 days"}"#],
                ["alerts thresholds", "alert_thresholds:acme", #"{"high_value_cents": 5}"#],
            ])
        for change in [
            "no_contact_after=9000y", "no_contact_after=0d", "no_contact_after", "hot_lead_within=8d", "preferred_percent=50",
            "tenant_id=1",
        ] {
            let refused = try await operate(fleet, ["alerts", "thresholds", "--tenant", "acme", "--set", change])
            #expect(refused.exit == .status(64), "\(change) \(refused.errors)")
        }
        #expect(try await operate(fleet, ["alerts", "thresholds", "--set", "no_contact_after=10d"]).exit == .status(64))
        let nobody = try await operate(fleet, ["alerts", "thresholds", "--tenant", "nobody", "--set", "no_reply_after=2d"])
        #expect(nobody.exit != .status(0) && nobody.errors.contains("no organisation"), "\(nobody.errors)")
        try await generate(fleet)
        #expect(try await fleet.database.count("select count(*) from active_alerts") == 0)
    }

    @Test func `the bounds that the command names are within those of the database`() async throws {
        let fleet = try await fleet()
        for bound in [
            "no_contact_after=1h", "no_contact_after=3600d", "no_reply_after=3600d", "stale_after=3600d",
            "high_value_after=3600d", "preferred_within=3600d", "digest_after=3600d", "hot_lead_within=7d",
            "hot_lead_within=168h", "hot_lead_inbound=1", "hot_lead_inbound=50", "preferred_inbound=1",
            "preferred_inbound=1000", "preferred_percent=51", "preferred_percent=100", "high_value_cents=0",
            "high_value_cents=100000000000",
        ] {
            let set = try await operate(fleet, ["alerts", "thresholds", "--tenant", "acme", "--set", bound])
            #expect(set.exit == .status(0), "\(bound): \(set.errors)")
        }
    }

    @Test func `the team's digest is delivered by mail and notice`() async throws {
        let fleet = try await fleet(silentFor: 12)
        try await fleet.database.execute("update relance.instance set environment = 'development'")
        try await generate(fleet, ["--schedule", "alerts"])
        // Too young for yesterday's. Of whatever day it is, half past nine in Paris.
        try await fleet.database.execute(
            """
            update max_alerts
            set created_at = ((now() at time zone 'Europe/Paris')::date + time '09:30') at time zone 'Europe/Paris'
                - interval '3 days 12 hours'
            """)
        let morning = try await fleet.database.value(
            """
            select to_char(((now() at time zone 'Europe/Paris')::date + time '09:30') at time zone 'Europe/Paris' at time zone 'UTC',
                'YYYY-MM-DD"T"HH24:MI:SS"Z"')
            """)
        let run = try await generate(fleet, ["--schedule", "digest", "--now", morning, "--json"])
        #expect(run.output.contains(#""digests":2"#), "\(run.output)\(run.errors)")
        try await fleet.run(["--now", morning])
        #expect(try await fleet.states() == ["sent": 2])
        #expect(try await fleet.effects().map(\.to) == ["ada@example.test"])
        let notice = try await fleet.database.rows("select user_id, title, body from notifications")
        #expect(notice == [["admin", "Une alerte attend depuis plus de 3 jours", "1 de gravité haute, 0 moyenne, 0 basse."]])
    }

    @Test func `killed at any commit boundary, the next run ends with the same alerts`() async throws {
        for point in ["plan.picked", "plan.written", "plan.committed"] {
            let fleet = try await fleet()
            try await fleet.database.execute("update relance.instance set environment = 'development'")
            _ = try await generate(fleet, [], ["RELANCE_FAILPOINTS": "\(point)=kill"])
            try await fleet.database.execute("update relance.leases set expires_at = '-infinity'")
            let next = try await generate(fleet)
            #expect(next.exit == .status(0), "\(next.errors)")
            #expect(try await fleet.database.rows("select type from active_alerts") == [["NoContact7d"]], "\(point)")
            #expect(try await fleet.database.count("select count(*) from relance.lead_alert_marks") == 0)
        }
    }
}
