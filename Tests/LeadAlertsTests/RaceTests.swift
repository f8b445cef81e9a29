import LeadAlerts
import Postgres
import Primitives
import Schema
import TestSupport
import Testing

/// Whoever logs, resolves and generates at once never leaves two alerts, nor loses a resolve (D-32).
@Suite struct RaceTests {
    private let origin = Pipeline.origin

    @Test func `activities, resolves by hand and generators at once leave one state of affairs`() async throws {
        let pipeline = try await Pipeline()
        for lead in 2...12 { try await pipeline.lead("l\(lead)") }
        let start = origin.days(8)
        try await withThrowingTaskGroup { group in
            for worker in 0..<3 {
                group.addTask {
                    let planner = pipeline.other(pageSize: 3)
                    for step in 0..<12 {
                        do {
                            _ = try await planner.plan(
                                at: .fixed(start.minutes(step)), runID: Pipeline.runID, isFull: step % 4 == worker
                            ) { 1 }
                        } catch let error as PostgresError where error.isTransient {}
                    }
                }
            }
            for hand in 0..<3 {
                group.addTask {
                    let connection = PostgresConnection(
                        PostgresConfiguration(url: pipeline.database.url, applicationName: "hand \(hand)"))
                    var chance = SplitMix(state: UInt64(hand))
                    for step in 0..<40 {
                        let lead = "l\(Int.random(in: 1...12, using: &chance))"
                        let direction = chance.pick(["in", "out"])
                        let log = SQLStatement(
                            unsafe: """
                                select * from relance.log_activities(
                                    array[gen_random_uuid()], array['acme'], array[$1::text], array['sms'], array[$2::text],
                                    array['sent'], array[null::text], array[null::jsonb])
                                """, name: "log")
                        let resolve = SQLStatement(
                            unsafe: """
                                update max_alerts set resolved_at = relance.now(), resolved_by = 'user_manual'
                                where tenant_id = 'acme' and lead_id = $1 and resolved_at is null and $2 <> ''
                                """, name: "resolve")
                        do {
                            _ = try await connection.run { session throws(PostgresError) in
                                try session.batch(
                                    at: .fixed(start.minutes(step / 4)),
                                    [(step % 3 == 0 ? resolve : log, [.text(lead), .text(direction)])]
                                ).count
                            }
                        } catch let error as PostgresError where error.isTransient {}
                    }
                }
            }
            try await group.waitForAll()
        }
        let doubles = try await pipeline.database.rows(
            "select lead_id, type from active_alerts group by 1, 2 having count(*) > 1")
        #expect(doubles == [])
        // Nobody resolved by hand what stands again under the same anchor.
        let zombies = try await pipeline.database.rows(
            """
            select a.lead_id, a.type from max_alerts o
            join max_alerts a using (tenant_id, lead_id, type, anchor_at)
            where o.resolved_by = 'user_manual' and a.id <> o.id and a.created_at > o.resolved_at
            """)
        #expect(zombies == [])
        try await pipeline.tick(at: start.minutes(20))
        #expect(try await pipeline.tick(at: start.minutes(20), isFull: true).changes == 0)
    }

    @Test func `an alert that is resolved while a text is written stays resolved`() async throws {
        let pipeline = try await Pipeline()
        try await pipeline.tick(at: origin.days(8))
        let hand = PostgresConnection(PostgresConfiguration(url: pipeline.database.url, applicationName: "hand"))
        try await hand.execute(SQLStatement(unsafe: "begin", name: "begin"))
        try await hand.execute(
            SQLStatement(unsafe: "update max_alerts set resolved_at = now(), resolved_by = 'user_manual'", name: "resolve"))
        async let report = pipeline.tick(at: origin.days(9))
        try await eventually("a writer that waits") {
            try await pipeline.database.count(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") > 0
        }
        try await hand.execute(SQLStatement(unsafe: "commit", name: "commit"))
        #expect(try await report.changes == 0)
        #expect(try await pipeline.active() == [])
    }

    @Test func `five generators at once do what one does`() async throws {
        let pipeline = try await Pipeline()
        for lead in 2...60 { try await pipeline.lead("l\(lead)") }
        let raised = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<5 {
                group.addTask {
                    try await pipeline.other(pageSize: 7).plan(at: .fixed(origin.days(8)), runID: Pipeline.runID, isFull: true) {
                        1
                    }
                    .raised
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(raised == 60)
        #expect(try await pipeline.database.count("select count(*) from max_alerts") == 60)
    }
}
