private import Foundation
import Postgres
import Redis
private import Schema

/// The Postgres and Redis that Scripts/bench started for this run.
struct BenchServers: Sendable {
    private let databaseURL: String
    /// For the programs that are measured.
    let redisURL: String
    /// Opened on a database of its own, so that what it does is not counted in those that are measured.
    let administration: PostgresConnection

    init(_ environment: [String: String]) throws(BenchUsageError) {
        guard let database = environment["DATABASE_URL"], let redis = environment["REDIS_URL"] else {
            throw BenchUsageError("DATABASE_URL and REDIS_URL are not set: run Scripts/bench, which starts servers for this")
        }
        databaseURL = database
        redisURL = redis
        administration = PostgresConnection(
            PostgresConfiguration(url: Self.url(database, database: "postgres", role: nil), applicationName: "bench"))
    }

    /// A new, migrated database.
    func createDatabase() async throws -> BenchDatabase {
        let name = "bench_\(UInt32.random(in: .min ... .max))"
        try await administration.execute(SQLStatement(unsafe: "create database \(name)", name: "create_database"))
        let database = BenchDatabase(
            name: name, ownerURL: Self.url(databaseURL, database: name, role: nil),
            workerURL: Self.url(databaseURL, database: name, role: "relance_worker"))
        _ = try await Migrator(database.owner).migrate(to: Migration.newest)
        return database
    }

    /// Deletes a database; whoever is still connected is thrown out.
    func drop(_ database: BenchDatabase) async throws {
        try await administration.execute(
            SQLStatement(unsafe: "drop database \(database.name) with (force)", name: "drop_database"))
    }

    /// Time that a database's sessions were at work, from the statement's arrival to the end of its commit: parsing, planning,
    /// running and waiting for the disk, but not the starting of a session.
    func activeMilliseconds(of database: BenchDatabase) async throws -> Double {
        let rows = try await administration.query(
            SQLStatement(unsafe: "select active_time as ms from pg_stat_database where datname = $1", name: "read_active_time"),
            [.text(database.name)]
        ) { row throws(PostgresError) in try row.optionalDouble("ms") ?? 0 }
        return rows.first ?? 0
    }

    /// Waits until nobody but us is connected to a database: a session's times are counted when it ends.
    func awaitEnd(ofSessionsIn database: BenchDatabase) async throws {
        await database.close()
        let sessions = SQLStatement(
            unsafe: "select count(*) from pg_stat_activity where datname = $1 and backend_type = 'client backend'",
            name: "count_sessions")
        for _ in 0..<1000 {
            let left = try await administration.query(sessions, [.text(database.name)]) { row throws(PostgresError) in
                try row.int(0)
            }
            if left == [0] { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw BenchFailure("sessions of \(database.name) do not end")
    }

    /// Asks for a setting.
    func setting(_ name: String) async throws -> String {
        let rows = try await administration.query(
            SQLStatement(unsafe: "select current_setting($1)", name: "read_setting"), [.text(name)]
        ) { row throws(PostgresError) in try row.text(0) }
        return rows.first ?? ""
    }

    /// Process id of the server, for the processor time of all its processes.
    func postmaster() async throws -> Int32 {
        let directory = try await setting("data_directory")
        let file = try String(contentsOfFile: "\(directory)/postmaster.pid", encoding: .utf8)
        guard let pid = file.split(separator: "\n").first.flatMap({ Int32($0) }) else {
            throw BenchFailure("no process id in \(directory)")
        }
        return pid
    }

    // Scripts/dev prints `postgres:///relance?host=…&user=relance`.
    private static func url(_ url: String, database: String, role: String?) -> String {
        let other = url.replacing(":///relance?", with: ":///\(database)?")
        return role.map { other.replacing("user=relance", with: "user=\($0)") } ?? other
    }
}
