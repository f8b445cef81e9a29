import LeadAlerts
import Postgres
import Primitives
import TestSupport
import Testing

/// What was settled stays settled, and nothing is told twice (D-31, D-32).
@Suite struct ZombieTests {
    private let origin = Pipeline.origin

    @Test func `an alert resolved by hand comes back only for another activity`() async throws {
        let pipeline = try await Pipeline()
        try await pipeline.activity("in", at: origin)
        try await pipeline.tick(at: origin.days(8))
        try await pipeline.resolve("NoContact7d", at: origin.days(9))
        for day in [9.1, 10, 20] { try await pipeline.tick(at: origin.days(day), isFull: day == 20) }
        #expect(try await pipeline.active() == [])
        try await pipeline.activity("in", at: origin.days(21))
        try await pipeline.tick(at: origin.days(29))
        #expect(try await pipeline.active() == ["NoContact7d"])
        #expect(try await pipeline.database.count("select count(*) from max_alerts") == 2)
    }

    @Test func `an outage of four days, then one run: each alert once`() async throws {
        let pipeline = try await Pipeline()
        for lead in 2...40 { try await pipeline.lead("l\(lead)", at: origin.hours(Double(lead))) }
        try await pipeline.tick(at: origin.days(7))
        let report = try await pipeline.tick(at: origin.days(11))
        #expect(report.raised == 40)
        #expect(try await pipeline.database.count("select count(*) from max_alerts where resolved_at is null") == 40)
        for _ in 0..<2 { #expect(try await pipeline.tick(at: origin.days(11)).changes == 0) }
        #expect(try await pipeline.tick(at: origin.days(11), isFull: true).changes == 0)
    }

    @Test func `a hot lead that nobody answers keeps its anchor past a hundred messages`() async throws {
        let pipeline = try await Pipeline()
        func write(_ minutes: ClosedRange<Int>) async throws {
            try await pipeline.database.execute(
                """
                insert into lead_activities (tenant_id, lead_id, channel, direction, created_at)
                select 'acme', 'l1', 'sms', 'in', $1::timestamptz + make_interval(mins => m)
                from generate_series($2::integer, $3::integer) m
                """, [.timestamp(origin), .int(minutes.lowerBound), .int(minutes.upperBound)])
        }
        try await write(1...90)
        try await pipeline.tick(at: origin.minutes(90))
        let alert = try await pipeline.database.rows("select id, anchor_at from active_alerts")
        #expect(alert.count == 1)
        // One by one, and a hundred at once.
        for last in [91, 104, 105, 220] {
            try await write(last == 91 ? 91...91 : last == 104 ? 92...104 : last == 105 ? 105...105 : 106...220)
            try await pipeline.tick(at: origin.minutes(last))
            #expect(try await pipeline.database.rows("select id, anchor_at from active_alerts") == alert, "\(last)")
        }
        try await pipeline.resolve("HotLead24h", at: origin.minutes(221))
        try await write(222...230)
        try await pipeline.tick(at: origin.minutes(230))
        #expect(try await pipeline.active() == [])
        // Answered and hot again, it is another one.
        try await pipeline.activity("out", at: origin.minutes(231))
        try await write(232...234)
        try await pipeline.tick(at: origin.minutes(234))
        #expect(try await pipeline.active() == ["HotLead24h"])
    }

    @Test func `of hundreds of messages that come unseen one is the anchor, and stays it`() async throws {
        let pipeline = try await Pipeline()
        for last in [300, 305] {
            try await pipeline.database.execute(
                """
                insert into lead_activities (tenant_id, lead_id, channel, direction, created_at)
                select 'acme', 'l1', 'sms', 'in', $1::timestamptz + make_interval(mins => m)
                from generate_series($2::integer, $3::integer) m
                """, [.timestamp(origin), .int(last == 300 ? 1 : 301), .int(last)])
            try await pipeline.tick(at: origin.minutes(last))
            #expect(try await pipeline.active() == (last == 300 ? ["HotLead24h"] : []))
            if last == 300 { try await pipeline.resolve("HotLead24h", at: origin.minutes(301)) }
        }
    }

    @Test func `an alert whose lead was in contact unseen, and fell silent again, is a new one`() async throws {
        let pipeline = try await Pipeline()
        try await pipeline.activity("in", at: origin)
        try await pipeline.tick(at: origin.days(8))
        try await pipeline.activity("out", at: origin.days(9))
        try await pipeline.activity("in", at: origin.days(9).hours(1))
        try await pipeline.tick(at: origin.days(17))
        #expect(try await pipeline.active() == ["NoContact7d"])
        #expect(try await pipeline.ends() == ["NoContact7d auto:outbound"])
        #expect(
            try await pipeline.database.value("select created_at = $1 from active_alerts", [.timestamp(origin.days(17))]) == "t")
    }

    @Test func `texts are written anew and the alert stays the same one`() async throws {
        let pipeline = try await Pipeline()
        try await pipeline.tick(at: origin.days(8))
        let id = try await pipeline.database.value("select id from active_alerts")
        let report = try await pipeline.tick(at: origin.days(12))
        #expect(report.retold == 1 && report.raised == 0)
        #expect(
            try await pipeline.database.rows("select id, created_at = $1 from max_alerts", [.timestamp(origin.days(8))])
                == [[id, "t"]])
        #expect(try await pipeline.message("NoContact7d") == "Aucun contact depuis 12 jours. Lead à risque de perte.")
    }

    @Test func `under an old epoch nothing is written, and no mark is lost`() async throws {
        let pipeline = try await Pipeline()
        try await pipeline.activity("in", at: origin)
        let marks = try await pipeline.database.count("select count(*) from relance.lead_alert_marks")
        let report = try await pipeline.tick(at: origin.days(8), isFull: true, epoch: 7)
        #expect(report.wasFenced && report.changes == 0)
        #expect(try await pipeline.database.count("select count(*) from max_alerts") == 0)
        #expect(try await pipeline.database.count("select count(*) from relance.lead_alert_marks") == marks)
        #expect(try await pipeline.tick(at: origin.days(8)).raised == 1)
    }

    @Test func `alerts of a tenant without thresholds are somebody else's`() async throws {
        let pipeline = try await Pipeline()
        try await pipeline.database.execute(
            "insert into max_alerts (tenant_id, lead_id, type, severity, message) values ('macrea', 'x', 'NoReply3d', 'med', 'y')"
        )
        try await pipeline.tick(at: origin.days(8), isFull: true)
        #expect(try await pipeline.active("x", organization: "macrea") == ["NoReply3d"])
    }
}
