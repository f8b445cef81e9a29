import Foundation
import Postgres
import Primitives
import Recoveries
import Runtime
import Schema
import TestSupport
import Testing

/// Planning against other planners and the applications: fenced (D-81), waiting for nobody, cheap when nothing is due.
@Suite struct PlannerTests {
    private static let monday = Reception.monday

    @Test func `planning under an epoch that is not the leader's writes nothing`() async throws {
        let reception = try await Reception()
        try await reception.breakOff(at: Self.monday)
        let before = try await reception.database.rows("select * from relance.abandon_due")
        let report = try await reception.plan(at: Self.monday.hours(1), epoch: 7)
        #expect(report.wasFenced && report.planned == 0 && report.ended == 0)
        #expect(try await reception.database.rows("select * from relance.abandon_due") == before)
        #expect(try await reception.ledger() == [])
        #expect(try await reception.plan(at: Self.monday.hours(1)).planned == 1)
    }

    @Test func `five planners at once plan every mail once`() async throws {
        let reception = try await Reception()
        for number in 1...40 { try await reception.breakOff("v\(number)", at: Self.monday, email: "v\(number)@example.com") }
        try await withThrowingTaskGroup { group in
            for number in 1...5 {
                group.addTask {
                    let connection = PostgresConnection(
                        PostgresConfiguration(url: reception.database.workerURL, applicationName: "planner \(number)"))
                    _ = try await RecoveryPlanner(
                        program: Reception.program, connection: connection, addresses: Reception.addresses, failpoints: .none,
                        batchSize: 7
                    ).plan(at: .fixed(Self.monday.hours(1)), runID: Reception.runID) { 1 }
                }
            }
            try await group.waitForAll()
        }
        try await reception.plan(at: Self.monday.hours(1))
        #expect(
            try await reception.database.rows(
                "select count(*), count(distinct subject), min(revision), max(revision) from relance.deliveries") == [
                    ["40", "40", "0", "0"]
                ])
        #expect(try await reception.database.count("select count(*) from relance.jobs") == 40)
        #expect(try await reception.database.count("select count(*) from relance.abandon_due") == 40)
    }

    @Test func `a run works off all that is due, however many pointers a visit has`() async throws {
        let reception = try await Reception()
        for number in 1...10 {
            // A page tells of a visit twice: in a pause, and when it is left.
            for minute in 0..<2 {
                try await reception.breakOff("v\(number)", at: Self.monday.minutes(minute), email: "v\(number)@example.com")
            }
        }
        #expect(try await reception.plan(at: Self.monday.minutes(61), batchSize: 4).planned == 10)
    }

    @Test func `a visit that an application holds is left for the next tick, and nobody waits`() async throws {
        let reception = try await Reception()
        try await reception.breakOff("v1", at: Self.monday)
        try await reception.breakOff("v2", at: Self.monday, email: "adam@example.com")
        let application = try await TestDatabase.connection(to: reception.database)
        try await application.execute("begin")
        try await application.execute("update form_abandons set name = 'Other' where id = 'v1'")
        #expect(try await reception.plan(at: Self.monday.hours(1)).planned == 1)
        #expect(try await reception.ledger("v2") == ["+1h pending"])
        try await application.execute("commit")
        #expect(try await reception.plan(at: Self.monday.hours(1)).planned == 1)
    }

    @Test func `a mark that comes while a tick is planning is not lost`() async throws {
        let reception = try await Reception()
        try await reception.breakOff(at: Self.monday)
        let application = try await TestDatabase.connection(to: reception.database)
        try await application.execute("begin")
        try await application.execute("select relance.travel_to('\(Self.monday.minutes(10))')")
        // Somebody else's mark, not committed yet, about the visit that is being planned.
        try await application.execute(
            "insert into relance.abandon_due (tenant_id, abandon_id, next_due_at) values ('acme', 'v1', '-infinity')")
        try await reception.plan(at: Self.monday.minutes(20))
        try await application.execute("commit")
        #expect(try await reception.plan(at: Self.monday.minutes(20)).examined == 1)
        #expect(try await reception.plan(at: Self.monday.minutes(20)).examined == 0)
    }

    @Test func `a visit that was deleted leaves no pointer behind`() async throws {
        let reception = try await Reception()
        try await reception.breakOff(at: Self.monday)
        try await reception.plan(at: Self.monday.hours(1))
        try await reception.write(at: Self.monday.hours(2), "delete from form_abandons")
        let postman = Postman()
        try await postman.tick(reception, at: Self.monday.hours(2))
        try await postman.tick(reception, at: Self.monday.hours(200))
        let ledger = try await reception.ledger()
        #expect(ledger == ["+1h cancelled abandon_deleted"])
        #expect(try await reception.database.count("select count(*) from relance.abandon_due") == 0)
    }

    @Test(arguments: [1, 30, 80, 170]) func `a dry run says what the run then does`(hours: Int) async throws {
        let reception = try await Reception()
        try await reception.write(at: Self.monday, "update recovery_settings set holdout_percent = 20")
        for number in 1...30 { try await reception.breakOff("v\(number)", at: Self.monday, email: "v\(number)@example.com") }
        try await reception.submit(at: Self.monday.minutes(5), email: "v3@example.com")
        try await reception.breakOff("w4", at: Self.monday.minutes(6), email: "v4@example.com", form: "f2")
        let said = try await reception.preview(at: Self.monday.hours(hours)).sorted()
        #expect(try await reception.database.count("select count(*) from relance.deliveries") == 0)
        try await reception.plan(at: Self.monday.hours(hours))
        let done = try await reception.database.rows(
            """
            select subject || ' ' || step || ' ' || case state
                when 'pending' then 'send' when 'missed' then 'miss: ' || reason else 'skip: ' || reason end
            from relance.deliveries
            union all
            select id || ' - end: ' || ended_reason from form_abandons where ended_at is not null
            union all
            select id || ' ' || case when $1 < 24 then '+1h' when $1 < 72 then '+24h' else '+72h' end || ' hold out'
            from form_abandons where is_held_out
            """, [.int(hours)]
        ).map { $0[0] }.sorted()
        #expect(said == done)
        #expect(said.count >= 30)
        #expect(try await reception.preview(at: Self.monday.hours(hours)) == [])
    }

    @Test func `a tick with nothing due looks at one index`() async throws {
        let reception = try await Reception()
        try await reception.write(
            at: Self.monday,
            """
            insert into form_abandons (tenant_id, id, form_id, session_id, email, last_activity_at, created_at)
            select 'acme', 'v' || g, 'f1', 'v' || g, 'v' || g || '@example.com', relance.now(), relance.now()
            from generate_series(1, 5000) g
            """)
        try await reception.plan(at: Self.monday)
        try await reception.database.execute("vacuum analyze")
        let file = "\(Repository.root)/Core/Recoveries/SQL/pick_due_abandons.sql"
        let sql = try String(contentsOfFile: file, encoding: .utf8).replacing("$1::integer", with: "1000")
        let plan = try await reception.write(at: Self.monday.minutes(1), "explain (costs off) " + sql).map { $0[0] }.joined(
            separator: "\n")
        #expect(plan.contains("abandon_due_next") && !plan.contains("Seq Scan"), "\(plan)")
        #expect(try await reception.plan(at: Self.monday.minutes(1)).examined == 0)
    }

    @Test func `the nightly proof finds what a lost mark would have forgotten`() async throws {
        let reception = try await Reception()
        for number in 1...20 { try await reception.breakOff("v\(number)", at: Self.monday, email: "v\(number)@example.com") }
        try await reception.plan(at: Self.monday.minutes(1))
        #expect(try await reception.forgotten(at: Self.monday.minutes(2)) == 0)
        try await reception.database.execute("delete from relance.abandon_due where abandon_id in ('v3', 'v7')")
        try await reception.database.execute("update relance.abandon_due set next_due_at = 'infinity' where abandon_id = 'v9'")
        #expect(try await reception.forgotten(at: Self.monday.minutes(2)) == 3)
        #expect(try await reception.plan(at: Self.monday.hours(1)).planned == 20)
    }
}
