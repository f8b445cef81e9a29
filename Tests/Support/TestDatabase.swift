private import Foundation
private import Glibc
public import Postgres

private import Schema
private import Synchronization

/// A database of a test's own on the test run's server: migrated, empty, marked as a development instance.
///
/// Each is copied from a template that the first test of the process makes, so that migrating is paid once.
public struct TestDatabase: Sendable {
    /// Connects as the owner.
    public let url: String
    /// Connects with the rights of the workers.
    public let workerURL: String
    /// A connection of the test's, as the owner.
    public let connection: PostgresConnection

    private static let template = Template()
    private static let spent = SpentDatabases()

    /// Creates one; it is dropped a while after the test let go of it, or with the server's data directory.
    public static func create() async throws -> TestDatabase {
        let server = try TestServers.databaseURL
        let name = "test_\(getpid())_\(UInt32.random(in: .min ... .max))"
        try await spent.drop(on: server)
        try await template.copy(to: name, on: server)
        let database = TestDatabase(named: name, on: server)
        await spent.watch(name, database.connection)
        // A copy is another instance: it shares the Redis of the others.
        try await database.execute("update relance.instance set id = gen_random_uuid()")
        return database
    }

    /// An empty database, without any schema.
    public static func createEmpty() async throws -> TestDatabase {
        let server = try TestServers.databaseURL
        let name = "test_\(getpid())_\(UInt32.random(in: .min ... .max))"
        let connection = PostgresConnection(
            PostgresConfiguration(url: server, applicationName: "tests", connectTimeout: .seconds(60)))
        try await connection.execute(SQLStatement(unsafe: "create database \(name)", name: "create_database"))
        return TestDatabase(named: name, on: server)
    }

    /// A migrated database on another server, made from nothing.
    public static func create(onServer server: String) async throws -> TestDatabase {
        let name = "test_\(getpid())_\(UInt32.random(in: .min ... .max))"
        let connection = PostgresConnection(
            PostgresConfiguration(url: server, applicationName: "tests", connectTimeout: .seconds(60)))
        try await connection.execute(SQLStatement(unsafe: "create database \(name)", name: "create_database"))
        let database = TestDatabase(named: name, on: server)
        try await Template.migrate(database.connection)
        return database
    }

    private init(named name: String, on server: String) {
        url = Self.replacing(server, database: name, user: nil)
        workerURL = Self.replacing(server, database: name, user: "relance_worker")
        connection = PostgresConnection(PostgresConfiguration(url: url, applicationName: "tests", connectTimeout: .seconds(60)))
    }

    /// Another session on the same database, for tests that need two.
    public static func connection(to database: TestDatabase) async throws -> TestSession {
        TestSession(
            connection: PostgresConnection(
                PostgresConfiguration(url: database.url, applicationName: "tests", connectTimeout: .seconds(60))))
    }

    /// Runs SQL written in the test.
    @discardableResult
    public func execute(_ sql: String, _ values: [PostgresValue] = []) async throws -> Int {
        try await connection.execute(SQLStatement(unsafe: sql, name: "test"), values)
    }

    /// Runs SQL and returns each row's columns as text, null as an empty text.
    public func rows(_ sql: String, _ values: [PostgresValue] = []) async throws -> [[String]] {
        try await connection.run { session throws(PostgresError) in
            let rows = try session.query(SQLStatement(unsafe: sql, name: "test"), values)
            let width = rows.columns.count
            return try rows.map { row throws(PostgresError) in (0..<width).map { row.optionalText($0) ?? "" } }
        }
    }

    /// The only value of the only row, as text.
    public func value(_ sql: String, _ values: [PostgresValue] = []) async throws -> String {
        try await rows(sql, values).first?.first ?? ""
    }

    /// The only value as a number.
    public func count(_ sql: String, _ values: [PostgresValue] = []) async throws -> Int {
        Int(try await value(sql, values)) ?? -1
    }

    /// Swaps the database and, if given, the user of a URL of the form that `Scripts/dev` prints.
    static func replacing(_ url: String, database: String, user: String?) -> String {
        guard let scheme = url.range(of: "://") else { return url }
        let rest = url[scheme.upperBound...]
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let query = rest.firstIndex(of: "?") ?? rest.endIndex
        var parameters = query < rest.endIndex ? rest[rest.index(after: query)...].split(separator: "&").map(String.init) : []
        var authority = String(rest[..<min(slash, query)])
        if let user {
            parameters = parameters.filter { !$0.hasPrefix("user=") }
            if let at = authority.lastIndex(of: "@") { authority = String(authority[authority.index(after: at)...]) }
            parameters.append("user=\(user)")
        }
        return url[..<scheme.upperBound] + authority + "/" + database
            + (parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&"))
    }
}

/// A session of a test's own: its transactions stay open between calls.
public struct TestSession: Sendable {
    let connection: PostgresConnection

    /// Runs SQL written in the test.
    public func execute(_ sql: String) async throws {
        try await connection.execute(SQLStatement(unsafe: sql, name: "test"))
    }
}

/// Databases whose tests are over: dropped, so that a run needs the room of its last minute only, which may be memory.
private actor SpentDatabases {
    private struct Watched {
        let name: String
        /// Every copy of the test's database holds it.
        weak var connection: PostgresConnection?
        /// When it was first seen to be gone.
        var goneSince: ContinuousClock.Instant?
    }

    /// Programs that a test has left running know the database by its URL alone: they are given time to end.
    private static let grace = Duration.seconds(30)

    private var watched: [Watched] = []

    func watch(_ name: String, _ connection: PostgresConnection) {
        watched.append(Watched(name: name, connection: connection))
    }

    /// Drops those that nobody has held for a while and nobody is connected to.
    func drop(on server: String) async throws {
        let now = ContinuousClock.now
        for index in watched.indices where watched[index].connection == nil && watched[index].goneSince == nil {
            watched[index].goneSince = now
        }
        let spent = watched.filter { $0.goneSince.map { $0 + Self.grace < now } ?? false }
        if spent.isEmpty { return }
        let names = Set(spent.map(\.name))
        // Before the first wait: another test's call must not find them again.
        watched.removeAll { names.contains($0.name) }
        let connection = PostgresConnection(
            PostgresConfiguration(url: server, applicationName: "tests", connectTimeout: .seconds(60)))
        for database in spent where try await !Self.drop(database.name, over: connection) { watched.append(database) }
        await connection.close()
    }

    /// - Returns: false where somebody is connected to it.
    private static func drop(_ name: String, over connection: PostgresConnection) async throws -> Bool {
        let used = SQLStatement(unsafe: "select from pg_stat_activity where datname = '\(name)' limit 1", name: "find_sessions")
        if try await connection.execute(used) > 0 { return false }
        do {
            try await connection.execute(SQLStatement(unsafe: "drop database \(name)", name: "drop_database"))
            return true
        } catch {
            if error.sqlState == "55006" { return false }
            throw error
        }
    }
}

/// The migrated database that the others are copied from.
private actor Template {
    private var name: String?
    private var making: Task<String, any Error>?

    func copy(to database: String, on server: String) async throws {
        let source = try await make(on: server)
        let connection = PostgresConnection(
            PostgresConfiguration(url: server, applicationName: "tests", connectTimeout: .seconds(60)))
        let copy = SQLStatement(unsafe: "create database \(database) template \(source)", name: "copy_template")
        while try await !Template.attempt(copy, connection) { try await Task.sleep(for: .milliseconds(20)) }
    }

    /// Two copies at once fail with 55006 (source in use): the server takes one at a time.
    private static func attempt(_ copy: SQLStatement, _ connection: PostgresConnection) async throws -> Bool {
        do {
            try await connection.execute(copy)
            return true
        } catch {
            if error.sqlState == "55006" { return false }
            throw error
        }
    }

    private func make(on server: String) async throws -> String {
        if let making { return try await making.value }
        let task = Task {
            let name = "template_\(getpid())"
            let owner = PostgresConnection(
                PostgresConfiguration(url: server, applicationName: "tests", connectTimeout: .seconds(60)))
            try await owner.execute(SQLStatement(unsafe: "create database \(name)", name: "create_template"))
            let connection = PostgresConnection(
                PostgresConfiguration(
                    url: TestDatabase.replacing(server, database: name, user: nil), applicationName: "tests",
                    connectTimeout: .seconds(60)))
            try await Template.migrate(connection)
            await connection.close()
            return name
        }
        making = task
        return try await task.value
    }

    static func migrate(_ connection: PostgresConnection) async throws {
        _ = try await Migrator(connection).migrate(to: Migration.newest)
        try await connection.execute(
            SQLStatement(unsafe: "update relance.instance set environment = 'development'", name: "mark_development"))
    }
}
