import Foundation
import Postgres
@testable import Schema
import Synchronization
import TestSupport
import Testing

@Suite struct MigrationTests {
    private static let folder = "\(Repository.root)/Core/Schema/Migrations"

    private func migrator(_ database: TestDatabase) -> Migrator {
        Migrator(PostgresConnection(PostgresConfiguration(url: database.url, applicationName: "migrator")))
    }

    /// The schema as text, without what differs between two dumps of the same thing.
    private func schema(of database: TestDatabase) async throws -> [Substring] {
        let dump = try await ChildProcess(
            "/usr/bin/pg_dump", ["--schema-only", "--no-owner", "--dbname", database.url], environment: ["PATH": "/usr/bin:/bin"])
        #expect(try await dump.exit() == .status(0), "\(dump.standardError)")
        return dump.standardOutput.split(separator: "\n").filter {
            !$0.hasPrefix("\\") && !$0.hasPrefix("--") && !$0.hasPrefix("SET ")
        }
    }

    /// The first lines in which two schemas differ.
    private func difference(_ left: [Substring], _ right: [Substring]) -> [String] {
        left.difference(from: right).prefix(6).map { change in
            switch change {
            case .insert(_, let line, _): "+\(line)"
            case .remove(_, let line, _): "-\(line)"
            }
        }
    }

    @Test func `the list of migrations is the folder, numbered without gaps, each with its way back`() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder).sorted()
        let expected = Migration.all.flatMap { migration in
            let number = String(repeating: "0", count: 4 - String(migration.version).count) + String(migration.version)
            return ["V\(number)_\(migration.name).down.sql", "V\(number)_\(migration.name).up.sql"]
        }
        #expect(files == expected)
        #expect(Migration.all.map(\.version) == Array(1...Migration.newest))
        for (migration, name) in zip(Migration.all, files.filter { $0.hasSuffix(".up.sql") }) {
            #expect(try String(contentsOfFile: "\(Self.folder)/\(name)", encoding: .utf8) == migration.up.text)
        }
    }

    @Test func `every step up and down again leaves what was there before`() async throws {
        let database = try await TestDatabase.createEmpty()
        let migrator = migrator(database)
        #expect(try await migrator.currentVersion() == 0)
        // Version 0 knows the ledger, from the first migrator that looked.
        #expect(try await migrator.migrate(to: 0).isEmpty)
        var schemas = [try await schema(of: database)]
        for version in 1...Migration.newest {
            #expect(try await migrator.migrate(to: version).map(\.version) == [version])
            schemas.append(try await schema(of: database))
        }
        for version in (0..<Migration.newest).reversed() {
            #expect(
                try await migrator.migrate(to: version) == [
                    .init(version: version + 1, name: Migration.all[version].name, direction: .down)
                ])
            let back = try await schema(of: database)
            #expect(back == schemas[version], "version \(version): \(difference(back, schemas[version]))")
        }
        #expect(try await migrator.migrate(to: Migration.newest).count == Migration.newest)
        let again = try await schema(of: database)
        #expect(again == schemas[Migration.newest], "\(difference(again, schemas[Migration.newest]))")
        #expect(try await migrator.currentVersion() == Migration.newest)
    }

    @Test func `twenty migrators at once take each step once`() async throws {
        let database = try await TestDatabase.createEmpty()
        let steps = try await withThrowingTaskGroup(of: [Migrator.Step].self) { group in
            for _ in 1...20 { group.addTask { try await migrator(database).migrate(to: Migration.newest) } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(steps.map(\.version).sorted() == Array(1...Migration.newest))
        #expect(try await database.count("select count(*) from relance_migrations") == Migration.newest)
    }

    @Test func `a migrated database needs no step`() async throws {
        let database = try await TestDatabase.create()
        #expect(try await migrator(database).plan(to: Migration.newest).isEmpty)
        #expect(try await migrator(database).migrate(to: Migration.newest).isEmpty)
        try await database.connection.run { session throws in try SchemaVersion.check(session) }
    }

    @Test(arguments: [-1, Migration.newest + 1, 9999])
    func `a version that does not exist is refused before anything is done`(version: Int) async throws {
        let database = try await TestDatabase.createEmpty()
        let error = SchemaError.unknownVersion(version, known: Migration.newest)
        await #expect(throws: error) { try await migrator(database).plan(to: version) }
        await #expect(throws: error) { try await migrator(database).migrate(to: version) }
        #expect(try await database.value("select to_regclass('relance_migrations') is null") == "t")
    }

    @Test func `a database of a newer build is left alone, and its programs run on`() async throws {
        let database = try await TestDatabase.create()
        let newer = Migration.newest + 1
        try await database.execute(
            "insert into relance_migrations (version, name, checksum) values ($1::integer, 'future', '')", [.int(newer)])
        let error = SchemaError.databaseIsNewer(newer, known: Migration.newest)
        await #expect(throws: error) { try await migrator(database).migrate(to: Migration.newest) }
        await #expect(throws: error) { try await migrator(database).plan(to: 0) }
        try await database.connection.run { session throws in try SchemaVersion.check(session) }
    }

    @Test(arguments: 0..<Migration.newest)
    func `a program refuses a database that is older than it needs, and says what to run`(version: Int) async throws {
        let database = try await TestDatabase.createEmpty()
        if version > 0 { _ = try await migrator(database).migrate(to: version) }
        let error = await #expect(throws: SchemaError.databaseIsOlder(version, needed: Migration.newest)) {
            try await database.connection.run { session throws in try SchemaVersion.check(session) }
        }
        #expect(error?.description.contains("relance migrate") == true)
    }

    @Test func `a step that fails leaves nothing behind, and the steps before it stand`() async throws {
        let database = try await TestDatabase.createEmpty()
        try await database.execute("create table public.leads (somebody text)")
        await #expect(throws: PostgresError.self) { try await migrator(database).migrate(to: Migration.newest) }
        #expect(try await migrator(database).currentVersion() == 1)
        #expect(try await database.value("select to_regclass('public.organizations') is null") == "t")
        try await database.execute("drop table public.leads")
        #expect(try await migrator(database).migrate(to: Migration.newest).first?.version == 2)
    }

    @Test func `progress is told step by step`() async throws {
        let database = try await TestDatabase.createEmpty()
        let told = Told()
        let taken = try await migrator(database).migrate(to: 2) { told.add($0) }
        #expect(told.steps == taken)
    }

    // MARK: Earlier releases

    /// Brings a dump into an empty database, migrates it, and compares it with one migrated from nothing.
    private func expectUpgrade(from dump: String, _ name: String) async throws {
        let (old, new) = (try await TestDatabase.createEmpty(), try await TestDatabase.create())
        let load = try await ChildProcess(
            "/usr/bin/psql", ["-XAqt", "-v", "ON_ERROR_STOP=1", "-f", dump, old.url], environment: ["PATH": "/usr/bin:/bin"])
        #expect(try await load.exit() == .status(0), "\(load.standardError)")
        _ = try await migrator(old).migrate(to: Migration.newest)
        let (left, right) = (try await schema(of: old), try await schema(of: new))
        // Dumps of releases carry no rights.
        let (plain, expected) = (left.filter(Self.isNoRight), right.filter(Self.isNoRight))
        #expect(plain == expected, "\(name): \(difference(plain, expected))")
    }

    private static func isNoRight(_ line: Substring) -> Bool { !line.hasPrefix("GRANT ") && !line.hasPrefix("REVOKE ") }

    @Test func `every release's database migrates to the schema of a fresh one`() async throws {
        let folder = "\(Repository.root)/Tests/Releases"
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() where name.hasSuffix(".sql") {
            try await expectUpgrade(from: "\(folder)/\(name)", name)
        }
    }

    @Test func `a dump as releases leave them migrates from the version before`() async throws {
        let database = try await TestDatabase.createEmpty()
        _ = try await migrator(database).migrate(to: Migration.newest - 1)
        let dump = try await ChildProcess(
            "\(Repository.root)/Scripts/dump-release", environment: ["PATH": "/usr/bin:/bin", "DATABASE_URL": database.url])
        #expect(try await dump.exit() == .status(0), "\(dump.standardError)")
        let path = "\(TestServers.directory)/release.\(UInt64.random(in: .min ... .max)).sql"
        try dump.standardOutput.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await expectUpgrade(from: path, "the version before")
    }
}

/// The steps that a migrator reported.
private final class Told: Sendable {
    private let reported = Mutex<[Migrator.Step]>([])

    var steps: [Migrator.Step] { reported.withLock { $0 } }
    func add(_ step: Migrator.Step) { reported.withLock { $0.append(step) } }
}
