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

    @Test func `an alert whose lead was in contact unseen, and fell silent again, is a new one`() async throws {
        let pipeline = try await Pipeline()
        try await pipeline.activity("in", at: origin)
        try await pipeline.tick(at: origin.days(8))
        try await pipeline.activity("out", at: origin.days(9))
        try await pipeline.activity("in", at: origin.days(9).hours(1))
        try await pipeline.tick(at: origin.days(17))
        #expect(try await pipeline.active() == ["NoContact7d"])
        #expect(try await pipeline.ends() == ["NoContact7d auto:condition"])
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
