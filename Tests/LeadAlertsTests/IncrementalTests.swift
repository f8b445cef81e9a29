import LeadAlerts
import Postgres
import Primitives
import Schema
import TestSupport
import Testing

/// An incremental run leaves nothing for a full one to do, whatever happened between the runs.
///
/// The theorem. A lead's conditions are a function of its rows, its tenant's settings and the time. A change of rows or settings
/// marks it, or is found by the clock; with time they change only when an activity, or its birth, comes of the age of a threshold,
/// or the local day ends, and leads are looked at from one such instant to the next. So the leads that an incremental run looks at
/// include all of which the outcome may have changed.
@Suite struct IncrementalTests {
    private let origin = Pipeline.origin

    private func change(_ pipeline: Pipeline, at now: Timestamp, _ chance: inout SplitMix, births: inout Int) async throws {
        let organization = chance.pick(["acme", "bolt"])
        let lead = chance.pick(["l1", "l2", "l3", "x1"])
        let ago = chance.pick([0.0, 0, 0, 0.3, 2, 5, 9, 40])
        switch Int.random(in: 0..<24, using: &chance) {
        case 0..<9:
            try await pipeline.activity(
                chance.pick(["in", "out"]), at: now.days(-ago), lead: lead,
                channel: chance.pick(["whatsapp", "email", "email", "sms", "call", "other"]),
                status: chance.pick(["sent", "sent", "sent", "failed"]), automated: chance.pick([false, false, false, true]),
                organization: organization)
        case 9:
            // A burst.
            for minute in 0..<4 {
                try await pipeline.activity("in", at: now.minutes(minute - 4), lead: lead, organization: organization)
            }
        case 10:
            if lead == "x1" { return }
            try await pipeline.deal(
                chance.pick([500_000, 1_000_001, 3_000_000]), at: now, lead: lead, id: "d\(lead)", organization: organization)
        case 11:
            try await pipeline.write(
                at: now, "update deals set stage = $2, closed_at = $3 where tenant_id = $1",
                [.text(organization), .text(chance.pick(["OPEN", "WON"])), chance.pick([.null, .timestamp(now)])])
        case 12, 13:
            try await pipeline.write(
                at: now, "update leads set status = $3 where tenant_id = $1 and id = $2",
                [.text(organization), .text(lead), .text(chance.pick(["NEW", "QUALIFIED", "QUALIFIED", "LOST", "WON"]))])
        case 14:
            try await pipeline.write(
                at: now, "update leads set phone = $3, email = $4 where tenant_id = $1 and id = $2",
                [
                    .text(organization), .text(lead), chance.pick([.null, .text("+33639980012"), .text("+33 6 39-98.00 12")]),
                    chance.pick([.null, .text("a@b.example"), .text(" A@b.example ")]),
                ])
        case 15:
            births += 1
            try await pipeline.lead("b\(births)", at: now.days(-ago), organization: organization)
        case 16:
            try await pipeline.write(
                at: now,
                "update alert_thresholds set no_contact_after = $2::interval, stale_after = $3::interval, hot_lead_within = $4::interval where tenant_id = $1",
                [
                    .text(organization), .text(chance.pick(["7 days", "2 days", "36 hours"])),
                    .text(chance.pick(["30 days", "1 mon", "10 days"])), .text(chance.pick(["24 hours", "3 hours"])),
                ])
        case 17:
            try await pipeline.write(
                at: now, "update organizations set timezone = $2, locale = $3 where id = $1",
                [
                    .text(organization), .text(chance.pick(["Europe/Paris", "Indian/Reunion"])),
                    .text(chance.pick(["fr-FR", "en"])),
                ])
        case 18:
            try await pipeline.resolve(
                chance.pick(["NoContact7d", "NoReply3d", "StaleLead30d", "HotLead24h"]), at: now, lead: lead,
                organization: organization)
        case 19, 20:
            // By lead, mail or number, some for a while.
            let entries: [(lead: String?, email: String?, phone: String?)] = [
                (lead, nil, nil), (nil, "a@b.example", nil), (nil, nil, "+33639980012"), (nil, "luc@example.com", nil),
            ]
            let entry = chance.pick(entries)
            try await pipeline.write(
                at: now,
                """
                insert into blacklist_entries (tenant_id, lead_id, email, phone, source, created_by, expires_at)
                values ($1, $2, $3, $4, 'manual', 'test', relance.now() + $5::interval)
                """,
                [
                    .text(organization), .optional(entry.lead), .optional(entry.email), .optional(entry.phone),
                    chance.pick([.null, .text("5 hours"), .text("3 days"), .text("-1 day")]),
                ])
        case 21:
            try await pipeline.write(
                at: now,
                "update blacklist_entries set ended_at = relance.now(), ended_how = 'lifted', ended_by = 'test' where tenant_id = $1 and ended_at is null",
                [.text(organization)])
        case 22:
            try await pipeline.write(
                at: now,
                chance.pick([
                    "delete from blacklist_entries where tenant_id = $1",
                    "update blacklist_entries set email = 'a@b.example' where tenant_id = $1 and email is not null",
                ]), [.text(organization)])
        default:
            try await pipeline.write(
                at: now,
                chance.pick([
                    "delete from lead_activities where tenant_id = $1 and lead_id = $2 and direction = 'out'",
                    "update lead_activities set status = 'failed' where tenant_id = $1 and lead_id = $2 and direction = 'out'",
                ]), [.text(organization), .text(lead)])
        }
    }

    private func peopled() async throws -> Pipeline {
        let pipeline = try await Pipeline(["acme", "bolt"])
        for lead in ["l2", "l3"] {
            for organization in ["acme", "bolt"] { try await pipeline.lead(lead, organization: organization) }
        }
        return pipeline
    }

    @Test(arguments: UInt64(1)...10)
    func `after any history an incremental run leaves nothing for a full one`(seed: UInt64) async throws {
        let pipeline = try await peopled()
        var chance = SplitMix(state: seed &* 7919)
        var (now, births, changes) = (origin, 0, 0)
        for step in 0..<40 {
            // Mostly on, now and then back: clocks are set.
            now = now.hours(chance.pick([0.01, 0.5, 2, 7, 23, 30, 80, -3, -30]))
            for _ in 0..<Int.random(in: 0...3, using: &chance) { try await change(pipeline, at: now, &chance, births: &births) }
            let report = try await pipeline.tick(at: now, pageSize: chance.pick([2, 5, 5000]))
            changes += report.changes
            let left = try await LeadAlertPreview.read(
                pipeline.worker, at: .fixed(now), isFull: true, limit: 100, pageSize: 3)
            #expect(left.filter { $0.subject.hasPrefix("lead:") } == [], "seed \(seed), step \(step)")
        }
        #expect(changes > 20)
        let doubles = try await pipeline.database.count(
            "select count(*) from (select from active_alerts group by tenant_id, lead_id, type having count(*) > 1) d")
        #expect(doubles == 0)
    }

    @Test(arguments: UInt64(11)...14)
    func `a preview shows what the run then does`(seed: UInt64) async throws {
        let pipeline = try await peopled()
        var chance = SplitMix(state: seed)
        var (now, births) = (origin, 0)
        for _ in 0..<12 {
            now = now.hours(chance.pick([2, 23, 80]))
            for _ in 0..<4 { try await change(pipeline, at: now, &chance, births: &births) }
            let lines = try await LeadAlertPreview.read(pipeline.worker, at: .fixed(now), limit: 1000)
            let report = try await pipeline.tick(at: now)
            func count(_ verbs: String...) -> Int { lines.filter { verbs.contains($0.verb) }.count }
            // What is renewed is resolved and raised.
            #expect(report.raised == count("raise", "renew"))
            #expect(report.resolved == count("resolve", "renew"))
            #expect(report.superseded == count("supersede"))
            #expect(report.retold == count("retell"))
            #expect(report.digests == count("digest"))
        }
    }

    @Test func `an activity that is committed late is not overlooked`() async throws {
        let pipeline = try await Pipeline()
        // By the database's own clock, as ingest writes; the lead is told of by the clock, not by a mark.
        try await pipeline.database.execute("delete from leads")
        try await pipeline.database.execute("update relance.lead_alert_progress set evaluated_at = now()")
        try await pipeline.database.execute("update alert_thresholds set hot_lead_inbound = 2")
        let late = PostgresConnection(PostgresConfiguration(url: pipeline.database.url, applicationName: "late"))
        let insert = SQLStatement(
            unsafe: """
                insert into lead_activities (tenant_id, lead_id, channel, direction, created_at)
                select 'acme', 'late', 'sms', 'in', clock_timestamp() from generate_series(1, 2)
                """, name: "insert")
        try await late.execute(SQLStatement(unsafe: "begin", name: "begin"))
        try await late.execute(insert)
        for _ in 0..<4 {
            // Others come and go meanwhile, and the planner with them.
            try await pipeline.database.execute(
                "insert into lead_activities (tenant_id, lead_id, channel, direction, created_at) values ('acme', 'other', 'sms', 'out', clock_timestamp())"
            )
            _ = try await pipeline.planner().plan(at: .database, runID: Pipeline.runID) { 1 }
        }
        #expect(try await pipeline.active("late") == [])
        try await late.execute(SQLStatement(unsafe: "commit", name: "commit"))
        _ = try await pipeline.planner().plan(at: .database, runID: Pipeline.runID) { 1 }
        #expect(try await pipeline.active("late") == ["HotLead24h"])
        #expect(try await pipeline.database.count("select count(*) from relance.lead_alert_marks") == 0)
    }

    @Test(arguments: ["", "+33 6 39 98 00 11", "06.39.98.00.11"])
    func `whoever comes off the blacklist by time alone is told of again`(typed: String) async throws {
        let pipeline = try await Pipeline()
        try await pipeline.write(
            at: origin, "update leads set phone = $1, email = ' Luc@Example.com'",
            [.text(typed.isEmpty ? "+33639980011" : typed)])
        let phone = typed.hasPrefix("0") ? "0639980011" : "+33639980011"
        for (day, column, address) in [(8.0, "phone", phone), (9, "email", "luc@example.com")] {
            try await pipeline.tick(at: origin.days(day))
            #expect(try await pipeline.active() == ["NoContact7d"])
            try await pipeline.write(
                at: origin.days(day),
                """
                insert into blacklist_entries (tenant_id, \(column), source, created_by, expires_at)
                values ('acme', $1, 'manual', 'test', relance.now() + interval '5 hours')
                """, [.text(address)])
            try await pipeline.tick(at: origin.days(day).minutes(1))
            #expect(try await pipeline.active() == [])
            try await pipeline.tick(at: origin.days(day).hours(5))
            #expect(try await pipeline.active() == ["NoContact7d"], "\(column)")
        }
    }

    @Test func `a tenant's mark that is committed while its leads are looked at stays`() async throws {
        let pipeline = try await Pipeline()
        try await pipeline.tick(at: origin.days(1))
        let mark = "insert into relance.lead_alert_marks (tenant_id) values ('acme')"
        // The earlier mark is committed later.
        let late = PostgresConnection(PostgresConfiguration(url: pipeline.database.url, applicationName: "late"))
        try await late.execute(SQLStatement(unsafe: "begin", name: "begin"))
        try await late.execute(SQLStatement(unsafe: mark, name: "mark"))
        try await pipeline.database.execute(mark)
        let asked = Count()
        _ = try await pipeline.planner().plan(at: .fixed(origin.days(1).minutes(1)), runID: Pipeline.runID) {
            // It asks first at its beginning, then after it has read the marks.
            if await asked.next() == 2 { try await late.execute(SQLStatement(unsafe: "commit", name: "commit")) }
            return 1
        }
        #expect(try await pipeline.database.count("select count(*) from relance.lead_alert_marks where lead_id is null") == 1)
        try await pipeline.tick(at: origin.days(1).minutes(2))
        #expect(try await pipeline.database.count("select count(*) from relance.lead_alert_marks") == 0)
    }

    @Test func `what was looked at is not looked at again because of a transaction that lasts`() async throws {
        let pipeline = try await Pipeline()
        let lasting = PostgresConnection(PostgresConfiguration(url: pipeline.database.url, applicationName: "lasting"))
        for sql in [
            "set idle_in_transaction_session_timeout = 0", "begin",
            "insert into users (tenant_id, id, name, role) values ('acme', 'u9', 'U', 'CLOSER')",
        ] { try await lasting.execute(SQLStatement(unsafe: sql, name: "last")) }
        try await pipeline.tick(at: origin.days(1))
        try await pipeline.database.execute(
            """
            insert into lead_activities (tenant_id, lead_id, channel, direction, created_at)
            select 'acme', 'n' || g, 'sms', 'in', now() - interval '10 seconds' from generate_series(1, 7) g
            """)
        // Transactions of other tests end meanwhile, after each of which there is one more look.
        var (minute, examined) = (0, 7)
        while examined >= 7, minute < 60 {
            minute += 1
            examined = try await pipeline.tick(at: origin.days(1).minutes(minute)).examined
            #expect(minute > 1 || examined >= 7)
        }
        #expect(examined < 7)
        // What it wrote is seen once it has ended.
        try await lasting.execute(SQLStatement(unsafe: "alter table lead_activities disable trigger user", name: "unmarked"))
        try await lasting.execute(
            SQLStatement(
                unsafe: """
                    insert into lead_activities (tenant_id, lead_id, channel, direction, created_at)
                    values ('acme', 'late', 'sms', 'in', now() - interval '10 seconds')
                    """, name: "insert"))
        try await lasting.execute(SQLStatement(unsafe: "alter table lead_activities enable trigger user", name: "marked"))
        try await lasting.execute(SQLStatement(unsafe: "commit", name: "commit"))
        #expect(try await pipeline.tick(at: origin.days(1).minutes(61)).examined >= 8)
    }

    @Test func `a run with nothing due writes nothing`() async throws {
        let pipeline = try await Pipeline()
        // The first tick sets the calendar; what is new by the database's clock, the leads' rows, is seen by the last.
        for minute in 0...3 { try await pipeline.tick(at: origin.days(1).minutes(minute)) }
        let before = try await pipeline.database.rows("select xmin from relance.lead_alert_progress")
        #expect(try await pipeline.tick(at: origin.days(1).minutes(4)) == LeadAlertReport())
        #expect(try await pipeline.database.rows("select xmin from relance.lead_alert_progress") == before)
        #expect(try await pipeline.database.count("select count(*) from relance.lead_alert_marks") == 0)
    }
}

/// Counts from one.
private actor Count {
    private var count = 0

    func next() -> Int {
        count += 1
        return count
    }
}
