import LeadAlerts
import Postgres
import Primitives
import Schema
import TestSupport
import Testing

/// The team hears of old alerts once a day, at nine (M-16, D-06, D-08).
@Suite struct DigestTests {
    /// Monday; alerts of silence come on the 9th.
    private let origin = Pipeline.origin

    private func ledger(_ pipeline: Pipeline) async throws -> [String] {
        try await pipeline.database.rows(
            "select concat_ws(' ', tenant_id, subject, channel, recipient_id, due_at at time zone 'UTC') from relance.deliveries where kind = 'alert_digest' and state = 'pending' order by 1"
        ).map { $0[0] }
    }

    @Test func `alerts older than three days are told of at nine, by mail and notice, to those who lead`() async throws {
        let pipeline = try await Pipeline()
        try await pipeline.database.execute(
            "insert into users (tenant_id, id, name, role, is_active) values ('acme', 'a1', 'Ada', 'ADMIN', true), ('acme', 'a2', 'Old', 'ADMIN', false)"
        )
        // Raised on the 9th at 08:01 UTC; three days old on the 12th at that time, after nine in Paris.
        try await pipeline.tick(at: origin.days(7).minutes(1))
        try await pipeline.tick(at: "2026-03-12T08:05:00Z")
        #expect(try await ledger(pipeline) == [])
        try await pipeline.tick(at: "2026-03-13T07:59:00Z")
        #expect(try await ledger(pipeline) == [])
        for minute in [0, 1, 300] { try await pipeline.tick(at: ("2026-03-13T08:00:00Z" as Timestamp).minutes(minute)) }
        #expect(
            try await ledger(pipeline) == [
                "acme 2026-03-13 email a1 2026-03-13 08:00:00", "acme 2026-03-13 email m1 2026-03-13 08:00:00",
                "acme 2026-03-13 in_app a1 2026-03-13 08:00:00", "acme 2026-03-13 in_app m1 2026-03-13 08:00:00",
            ])
        #expect(try await pipeline.database.count("select count(*) from relance.jobs where kind like 'message.%'") == 4)
        try await pipeline.tick(at: "2026-03-14T08:00:00Z")
        #expect(try await ledger(pipeline).count == 8)
    }

    @Test func `where nothing is old nobody hears, and what grows old after nine waits for tomorrow`() async throws {
        let pipeline = try await Pipeline()
        try await pipeline.tick(at: origin.days(7).minutes(1))
        try await pipeline.tick(at: "2026-03-12T08:00:30Z")
        try await pipeline.tick(at: "2026-03-12T20:00:00Z")
        #expect(try await ledger(pipeline) == [])
        #expect(
            try await pipeline.database.count(
                "select count(*) from relance.schedule_ticks where schedule = 'alert-digest' and scheduled_for = '2026-03-12 08:00Z'"
            ) == 1)
    }

    @Test func `nine o'clock is each organisation's, on the days that clocks change too`() async throws {
        let pipeline = try await Pipeline(["acme"])
        try await pipeline.write(
            at: origin,
            "insert into organizations (id, name, timezone, created_at) values ('toronto', 'T', 'America/Toronto', relance.now())"
        )
        try await pipeline.write(
            at: origin, "insert into users (tenant_id, id, name, role) values ('toronto', 'm1', 'M', 'MANAGER')")
        try await pipeline.lead("l1", organization: "toronto")
        try await pipeline.tick(at: origin.days(10))
        // 29 March: Paris goes to summer time.
        for hour in 0..<30 { try await pipeline.tick(at: ("2026-03-28T23:30:00Z" as Timestamp).hours(Double(hour))) }
        let dues = try await pipeline.database.rows(
            "select distinct tenant_id, due_at at time zone 'UTC' from relance.deliveries where kind = 'alert_digest' and state = 'pending' order by 1, 2"
        )
        #expect(
            dues == [
                ["acme", "2026-03-29 07:00:00"], ["toronto", "2026-03-28 13:00:00"], ["toronto", "2026-03-29 13:00:00"],
            ])
    }

    private func missed(_ pipeline: Pipeline) async throws -> [String] {
        try await pipeline.database.rows(
            "select concat_ws(' ', subject, channel, reason) from relance.deliveries where kind = 'alert_digest' and state = 'missed' order by 1"
        ).map { $0[0] }
    }

    @Test func `a digest that no tick wrote in time is missed, not silent`() async throws {
        let pipeline = try await Pipeline()
        try await pipeline.tick(at: origin.days(7).minutes(1))
        try await pipeline.tick(at: "2026-03-13T07:30:00Z")
        // Before nine of the next day.
        try await pipeline.tick(at: "2026-03-14T05:00:00Z")
        #expect(
            try await missed(pipeline)
                == ["2026-03-13 email no_tick_before_expiry", "2026-03-13 in_app no_tick_before_expiry"])
        for minute in 0...2 { try await pipeline.tick(at: ("2026-03-14T08:00:00Z" as Timestamp).minutes(minute)) }
        #expect(try await missed(pipeline).count == 2)
        #expect(try await ledger(pipeline).map { $0.prefix(15) } == ["acme 2026-03-14", "acme 2026-03-14"])
        #expect(
            try await pipeline.database.rows("select kind, detail ->> 'step', detail ->> 'missed' from relance.system_alerts")
                == [["steps_missed", "alert_digest", "2"]])
        #expect(try await pipeline.database.count("select count(*) from relance.jobs where kind like 'message.%'") == 2)
    }

    @Test func `a morning on which nothing was old is not missed`() async throws {
        let pipeline = try await Pipeline()
        try await pipeline.tick(at: "2026-03-12T07:30:00Z")
        try await pipeline.tick(at: "2026-03-13T12:00:00Z")
        #expect(try await missed(pipeline) == [])
        #expect(try await pipeline.database.count("select count(*) from relance.system_alerts") == 0)
    }

    @Test func `an outage over a morning costs that digest alone, one until the evening none`() async throws {
        let pipeline = try await Pipeline()
        try await pipeline.tick(at: origin.days(7).minutes(1))
        try await pipeline.tick(at: "2026-03-15T22:30:00Z")
        #expect(try await ledger(pipeline).map { $0.prefix(15) } == ["acme 2026-03-15", "acme 2026-03-15"])
        try await pipeline.tick(at: "2026-03-18T02:00:00Z")
        #expect(try await ledger(pipeline).count == 2)
        #expect(try await missed(pipeline).map { $0.prefix(10) } == ["2026-03-14", "2026-03-14", "2026-03-17", "2026-03-17"])
    }

    @Test func `five planners at once write one digest`() async throws {
        let pipeline = try await Pipeline()
        try await pipeline.tick(at: origin.days(7).minutes(1))
        try await withThrowingTaskGroup { group in
            for _ in 0..<5 {
                group.addTask {
                    _ = try await pipeline.other().plan(at: .fixed("2026-03-13T08:00:00Z"), runID: Pipeline.runID) { 1 }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await ledger(pipeline).count == 2)
    }
}
