import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct PostgresErrorTests {
    @Test(arguments: [
        ("08006", true), ("40001", true), ("40P01", true), ("53100", true), ("53300", true), ("55P03", true), ("57014", true),
        ("57P01", true), ("58030", true), ("25006", true), ("25P03", true), ("23505", false), ("23514", false), ("22P02", false),
        ("42P01", false), ("42501", false), ("25P02", false), ("XX000", false), ("RL001", false), ("55006", false),
    ])
    func `what passes by itself is told from what does not`(state: String, isTransient: Bool) {
        let error = PostgresError.server(statement: "s", sqlState: state, message: "", constraint: nil)
        #expect(error.isTransient == isTransient)
        #expect(error.label == "sqlstate_\(state)")
        #expect(error.sqlState == state)
    }

    @Test func `trouble with the connection passes by itself`() {
        #expect(PostgresError.cannotConnect("x").isTransient)
        #expect(PostgresError.connectionLost(statement: "s", duringCommit: false).isTransient)
        #expect(PostgresError.timedOut(statement: "s", duringCommit: false).isTransient)
        #expect(!PostgresError.data(statement: "s", "x").isTransient)
    }

    @Test(arguments: [
        ("23505", "insert into person values ('Ada Lovelace')"),
        ("23514", "insert into person values ('Ada Lovelace, too long a name for this table')"),
        ("23503", "insert into visit values ('Ada Byron')"),
        ("22P02", "select 'Ada Lovelace'::integer"),
        ("22P02", "select '{\"Ada Lovelace'::text[]"),
        ("22003", "select '33612345678'::integer"),
        ("22007", "select 'Ada Lovelace'::timestamptz"),
        ("22008", "select '2026-99-99'::date"),
        ("22023", "select now() at time zone 'Ada Lovelace'"),
        ("22P02", "select 'Ada Lovelace'::jsonb"),
        ("22P02", "select 'Ada Lovelace'::mood"),
    ])
    func `no row data and no input stands in a description`(state: String, statement: String) async throws {
        let connection = try sharedConnection()
        for text in [
            "create temp table person (name text primary key check (length(name) < 20))",
            "create temp table visit (name text references person)", "create type pg_temp.mood as enum ('good')",
            "insert into person values ('Ada Lovelace')",
        ] { try await connection.execute(sql(text)) }
        let error = try #require(await failure { try await connection.execute(sql(statement, name: "keep")) })
        #expect(error.sqlState == state)
        for secret in ["Ada", "33612345678", "2026-99-99"] { #expect(!"\(error)".contains(secret), "\(error)") }
        #expect("\(error)".contains("keep"))
    }

    @Test func `a violated constraint is named`() async throws {
        let connection = try sharedConnection()
        try await connection.execute(sql("create temp table one (n integer constraint only_one check (n = 1))"))
        let error = await failure { try await connection.execute(sql("insert into one values (2)")) }
        guard case .server(_, "23514", _, let constraint) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(constraint == "only_one")
    }

    @Test(arguments: [
        "postgresql://worker:hunter2@localhost:1/relance",
        "postgresql://worker:hunter2@/relance?host=/nowhere/at/all",
        "host=localhost port=1 user=worker password=hunter2",
        "host=localhost port=1 password='hun ter2",
        "host=localhost port=1 password=wrong hunter2",
        "postgresql://worker:hunter2@host:port/relance",
        "postgresql://worker:pass/hunter2@localhost/relance",
        "postgresql://worker:pass@hunter2@localhost:1/relance",
        "postgresql://worker:pass?hunter2@localhost:1/relance",
        "postgresql://worker:hunter2%zz@localhost:1/relance",
        "postgresql://localhost:1/relance?passwort=hunter2",
        "hunter2",
    ])
    func `a connection that cannot be made says why, without the password`(url: String) async throws {
        let connection = PostgresConnection(PostgresConfiguration(url: url, applicationName: "tests"))
        let error = try #require(await failure { try await connection.texts("select 1") })
        guard case .cannotConnect(let why) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(!why.isEmpty)
        #expect(!"\(error)".contains("hunter2"), "\(error)")
        #expect(!"\(error)".contains("ter2"), "\(error)")
    }

    @Test func `a URL with several hosts, a socket or a service is left to libpq`() async throws {
        let url = try TestServers.databaseURL
        let many = url.replacing("host=", with: "host=/nowhere/at/all,")
        let connection = PostgresConnection(PostgresConfiguration(url: many, applicationName: "tests"))
        #expect(try await connection.texts("select 1") == ["1"])
    }
}
