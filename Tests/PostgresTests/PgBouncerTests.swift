import Foundation
import Postgres
import TestSupport
import Testing

/// The hot path behind PgBouncer in transaction mode, which gives every transaction whichever server session is free (D-85).
@Suite struct PgBouncerTests {
    @Test func `everything we do works through PgBouncer in transaction mode`() async throws {
        let database = try await TestDatabase.createEmpty()
        try await database.execute("create table kept (n integer)")
        let bouncer = try await PgBouncer(before: database.url)
        let url = bouncer.url
        let connection = PostgresConnection(PostgresConfiguration(url: url, applicationName: "tests"))
        #expect(try await connection.texts("select $1::text", [.text("bound")]) == ["bound"])

        try await connection.run { session throws in
            let insert = sql("insert into kept values ($1::integer)")
            let answers = try session.batch([(insert, [1]), (insert, [2]), (sql("select count(*) from kept"), [])])
            #expect(try answers[2].single().int(0) == 2)
            #expect(thrown { try session.batch([(insert, [3]), (sql("select 1 / 0"), []), (insert, [4])]) }?.sqlState == "22012")
            try session.transaction { session in
                _ = try session.query(sql("select set_config('lock_timeout', '1s', true)"))
                _ = try session.batch([(insert, [5]), (insert, [6])])
            }
            #expect(
                try session.query(sql("select n from kept order by n")).map { row throws(PostgresError) in try row.int(0) } == [
                    1, 2, 5, 6,
                ])
            let large = String(repeating: "x", count: 4 << 20)
            #expect(
                try session.batch([(sql("select length($1)"), [.text(large)]), (sql("select $1::text"), [.text(large)])]).count
                    == 2)
        }

        // One server session for twenty clients: nobody sees another's transaction or settings.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 10..<30 {
                group.addTask {
                    let own = PostgresConnection(PostgresConfiguration(url: url, applicationName: "tests \(number)"))
                    try await own.run { session throws in
                        try session.transaction { session in
                            _ = try session.query(sql("select set_config('test.own', $1, true)"), [.text("\(number)")])
                            _ = try session.query(sql("insert into kept values (current_setting('test.own')::integer)"))
                        }
                        #expect(
                            try session.query(sql("select coalesce(current_setting('test.own', true), '')")).single().text(0)
                                == "")
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await database.count("select count(*) from kept where n >= 10") == 20)

        // Its restart is noticed by one statement at most.
        try await bouncer.restart()
        _ = await failure { try await connection.texts("select 1") }
        #expect(try await connection.texts("select 1") == ["1"])
    }
}
