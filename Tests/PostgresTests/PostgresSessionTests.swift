import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct PostgresSessionTests {
    private static let table = "create temp table kept (n integer)"
    /// Fails when the transaction that inserts into it is committed, not before.
    private static let deferred = "create temp table slot (n integer primary key deferrable initially deferred)"

    private static func insert(_ number: Int64) -> (SQLStatement, [PostgresValue]) {
        (sql("insert into kept values ($1::integer)", name: "insert"), [.int(number)])
    }

    // MARK: Batches

    @Test func `a batch answers statement by statement`() async throws {
        let answers = try await sharedConnection().run { session throws in
            try session.batch([
                (sql("select $1::text"), ["a"]), (sql("select 1 where false"), []), (sql("select $1::text"), ["b"]),
            ])
            .map { $0.first?.optionalText(0) ?? "none" }
        }
        #expect(answers == ["a", "none", "b"])
    }

    @Test func `an empty batch is nothing`() async throws {
        let count = try await sharedConnection().run { session throws in try session.batch([]).count }
        #expect(count == 0)
    }

    @Test func `a failure in the middle of a batch undoes all of it and names itself`() async throws {
        try await sharedConnection().run { session throws in
            _ = try session.query(sql(Self.table))
            let error = thrown {
                try session.batch([Self.insert(1), (sql("select 1 / 0", name: "divide"), []), Self.insert(2)])
            }
            #expect(error == .server(statement: "divide", sqlState: "22012", message: "division by zero", constraint: nil))
            #expect(try session.query(sql("select * from kept")).count == 0)
            _ = try session.batch([Self.insert(3)])
            #expect(try session.query(sql("select * from kept")).count == 1)
        }
    }

    @Test func `a later statement of a batch sees what an earlier one wrote`() async throws {
        let count = try await sharedConnection().run { session throws in
            _ = try session.query(sql(Self.table))
            return try session.batch([Self.insert(1), Self.insert(2), (sql("select count(*) from kept"), [])])[2].single().int(0)
        }
        #expect(count == 2)
    }

    @Test func `a batch that fails as it is committed has failed, and the session goes on`() async throws {
        let connection = try await TestDatabase.createEmpty().connection
        // Not temporary: the session may have to be replaced.
        for table in [Self.table, Self.deferred] { try await connection.execute(sql(table.replacing("temp ", with: ""))) }
        for round in 1...3 {
            let error = await failure {
                try await connection.run { session throws in
                    let twice = (sql("insert into slot values (1)", name: "collide"), [PostgresValue]())
                    return try session.batch([Self.insert(1), twice, twice]).count
                }
            }
            #expect(error?.sqlState == "23505", "round \(round): \(String(describing: error))")
            // A session that had lost its place would answer this with the batch's leftovers.
            #expect(try await connection.texts("select 'next'") == ["next"])
        }
        #expect(try await connection.texts("select count(*) from kept") == ["0"])
    }

    @Test func `a batch that is cut off as it is committed has failed`() async throws {
        let database = try await TestDatabase.createEmpty()
        for text in [
            "create table slot (n integer)",
            """
            create function die() returns trigger language plpgsql
                as 'begin perform pg_terminate_backend(pg_backend_pid()); return null; end'
            """,
            "create constraint trigger die after insert on slot deferrable initially deferred for each row execute function die()",
        ] { try await database.execute(text) }
        let error = await failure {
            try await database.connection.run { session throws in
                try session.batch([(sql("insert into slot values (1)"), []), (sql("select 1"), [])]).count
            }
        }
        #expect(error?.isTransient == true, "\(String(describing: error))")
        #expect(error?.endsSession == true)
        #expect(try await database.count("select count(*) from slot") == 0)
    }

    @Test func `a batch within a transaction is undone with it`() async throws {
        try await sharedConnection().run { session throws in
            _ = try session.query(sql(Self.table))
            struct Abort: Error {}
            #expect(throws: Abort.self) {
                try session.transaction { session in
                    _ = try session.batch([Self.insert(1), Self.insert(2)])
                    throw Abort()
                }
            }
            #expect(try session.query(sql("select * from kept")).count == 0)
        }
    }

    // MARK: Transactions

    @Test func `a transaction is committed when its body returns`() async throws {
        let count = try await sharedConnection().run { session throws in
            _ = try session.query(sql(Self.table))
            try session.transaction { session in _ = try session.batch([Self.insert(1)]) }
            return try session.query(sql("select * from kept")).count
        }
        #expect(count == 1)
    }

    @Test func `a transaction in which a statement failed is never reported as committed`() async throws {
        try await sharedConnection().run { session throws in
            _ = try session.query(sql(Self.table))
            let error = thrown {
                try session.transaction { session in
                    _ = try session.query(Self.insert(1).0, Self.insert(1).1)
                    // A body that makes light of an error.
                    _ = try? session.query(sql("select 1 / 0"))
                }
            }
            #expect(error != nil)
            #expect(try session.query(sql("select * from kept")).count == 0)
        }
    }

    @Test func `a transaction that fails as it is committed has failed, and the session goes on`() async throws {
        try await sharedConnection().run { session throws in
            _ = try session.query(sql(Self.deferred))
            let error = thrown {
                try session.transaction { session in
                    for _ in 1...2 { _ = try session.query(sql("insert into slot values (1)")) }
                }
            }
            #expect(error?.sqlState == "23505")
            #expect(try session.query(sql("select * from slot")).count == 0)
        }
    }

    @Test func `a script of several statements is one transaction`() async throws {
        try await sharedConnection().run { session throws in
            let error = thrown {
                try session.script(sql("create temp table half (n integer); insert into half values (1); select 1 / 0"))
            }
            #expect(error?.sqlState == "22012")
            #expect(try session.query(sql("select to_regclass('pg_temp.half') is null")).single().bool(0))
            try session.script(sql("create temp table whole (n integer); insert into whole values (1), (2)"))
            #expect(try session.query(sql("select * from whole")).count == 2)
        }
    }

    // MARK: Unknown outcomes

    @Test func `an answer to a commit that never comes leaves the outcome unknown, and says so`() async throws {
        let connection = try sharedConnection(answerTimeout: .milliseconds(200))
        func cutOff(_ body: @escaping @Sendable (PostgresSession) throws -> Void) async throws -> PostgresError? {
            try await connection.run { session throws in
                _ = try session.query(sql("create temp table late (n integer)"))
                _ = try session.query(
                    sql(
                        "create function pg_temp.wait() returns trigger language plpgsql as 'begin perform pg_sleep(30); return null; end'"
                    ))
                _ = try session.query(
                    sql(
                        """
                        create constraint trigger late after insert on late deferrable initially deferred
                            for each row execute function pg_temp.wait()
                        """))
                return thrown { try body(session) }
            }
        }
        let insert = sql("insert into late values (1)")
        #expect(
            try await cutOff { session in try session.transaction { try _ = $0.query(insert) } }
                == .timedOut(statement: "commit", duringCommit: true))
        #expect(try await cutOff { try _ = $0.query(insert) } == .timedOut(statement: "test", duringCommit: true))
        #expect(try await cutOff { try _ = $0.batch([(insert, [])]) } == .timedOut(statement: "test", duringCommit: true))
        // Before the commit there is nothing to be unsure of.
        #expect(
            try await cutOff { session in try session.transaction { try _ = $0.query(sql("select pg_sleep(30)")) } }
                == .timedOut(statement: "test", duringCommit: false))
        #expect(
            try await cutOff { session in try session.transaction { try _ = $0.batch([(sql("select pg_sleep(30)"), [])]) } }
                == .timedOut(statement: "test", duringCommit: false))
    }

    // MARK: Size

    @Test func `a result of a million rows arrives whole`() async throws {
        let numbers = try await sharedConnection().query(sql("select n from generate_series(1, 1000000) as n")) {
            row throws(PostgresError) in try row.int(0)
        }
        #expect(numbers.count == 1_000_000)
        #expect(numbers.last == 1_000_000)
    }

    @Test func `tens of megabytes go both ways in one batch without a standstill`() async throws {
        let text = String(repeating: "0123456789abcdef", count: 1 << 19)  // 8 MB
        let lengths = try await sharedConnection().run { session throws in
            try session.batch(Array(repeating: (sql("select $1::text"), [PostgresValue.text(text)]), count: 6)).map {
                rows throws(PostgresError) in
                try rows.single().text(0).utf8.count
            }
        }
        #expect(lengths == Array(repeating: text.utf8.count, count: 6))
    }

    @Test func `one statement carries an array of a hundred thousand texts`() async throws {
        let texts = (0..<100_000).map { "value \($0) with \"quotes\"" }
        let back = try await sharedConnection().query(sql("select unnest($1::text[])"), [.texts(texts)]) {
            row throws(PostgresError) in try row.text(0)
        }
        #expect(back == texts)
    }

    // MARK: Isolation

    @Test func `nothing comes between two statements of one piece of work`() async throws {
        let connection = try sharedConnection()
        try await connection.execute(sql(Self.table))
        try await connection.execute(sql("insert into kept values (0)"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...50 {
                group.addTask {
                    try await connection.run { session throws in
                        let number = try session.query(sql("select n from kept")).single().int(0)
                        _ = try session.query(sql("update kept set n = $1::integer"), [.int(number + 1)])
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await connection.texts("select n from kept") == ["50"])
    }
}
