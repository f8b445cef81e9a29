public import Postgres

/// Takes a database from one schema version to another, one transaction a migration.
///
/// Safe when two run at once: each step takes the same transaction-scoped advisory lock (session locks do not survive
/// PgBouncer) and looks again at what has been applied once it holds it.
public struct Migrator: Sendable {
    /// One step to take.
    public struct Step: Sendable, Equatable {
        /// Which way a step goes.
        public enum Direction: String, Sendable {
            /// Applies.
            case up
            /// Takes back.
            case down
        }
        /// Of the migration.
        public let version: Int
        /// Of the migration.
        public let name: String
        /// Which way.
        public let direction: Direction
    }

    private let connection: PostgresConnection

    /// - Parameter connection: of the database's owner.
    public init(_ connection: PostgresConnection) { self.connection = connection }

    /// The version the database is at; 0 when it has never been migrated.
    public func currentVersion() async throws -> Int {
        try await connection.run { session throws(PostgresError) in try Self.currentVersion(session) }
    }

    /// The steps from the database's version to `target`.
    ///
    /// - Throws: `SchemaError.unknownVersion` when the target, or the database, is beyond what this build knows.
    public func plan(to target: Int) async throws -> [Step] {
        try Self.steps(from: try await currentVersion(), to: target)
    }

    /// Takes the steps, reporting each one before it is taken.
    ///
    /// - Returns: the steps taken; fewer than planned when another migrator took some of them.
    public func migrate(to target: Int, progress: @Sendable (Step) -> Void = { _ in }) async throws -> [Step] {
        guard (0...Migration.newest).contains(target) else { throw SchemaError.unknownVersion(target, known: Migration.newest) }
        var taken: [Step] = []
        // Each turn takes one step from wherever the database is by then.
        while let step = try await connection.run({ session throws in
            try Self.takeStep(session, toward: target, progress: progress)
        }) {
            taken.append(step)
        }
        return taken
    }

    private static func takeStep(
        _ session: PostgresSession, toward target: Int, progress: (Step) -> Void
    ) throws -> Step? {
        try session.transaction { session throws -> Step? in
            try session.query(.lock)
            try session.query(.usePublic)
            try session.query(.createLedger)
            let version = try currentVersion(session)
            guard let step = try steps(from: version, to: target).first else { return nil }
            progress(step)
            let migration = Migration.all[step.version - 1]
            switch step.direction {
            case .up:
                try session.script(migration.up)
                try session.query(.record, [.int(step.version), .text(step.name), .text(migration.up.text)])
            case .down:
                try session.script(migration.down)
                try session.query(.forget, [.int(step.version)])
            }
            return step
        }
    }

    private static func steps(from version: Int, to target: Int) throws(SchemaError) -> [Step] {
        let known = 0...Migration.newest
        guard known.contains(target) else { throw .unknownVersion(target, known: Migration.newest) }
        guard known.contains(version) else { throw .databaseIsNewer(version, known: Migration.newest) }
        if target >= version {
            return Migration.all[version..<target].map { Step(version: $0.version, name: $0.name, direction: .up) }
        }
        return Migration.all[target..<version].reversed().map { Step(version: $0.version, name: $0.name, direction: .down) }
    }

    static func currentVersion(_ session: PostgresSession) throws(PostgresError) -> Int {
        guard try session.query(.ledgerExists).single().bool(0) else { return 0 }
        return Int(try session.query(.version).single().int(0))
    }
}

/// The schema is not what the program needs.
public enum SchemaError: Error, Equatable, CustomStringConvertible {
    /// A version that this build does not have.
    case unknownVersion(Int, known: Int)
    /// The database was migrated by a newer build; going back needs that build's scripts.
    case databaseIsNewer(Int, known: Int)
    /// The database lacks migrations that this build needs.
    case databaseIsOlder(Int, needed: Int)

    public var description: String {
        switch self {
        case .unknownVersion(let version, let known): "schema version \(version) does not exist: this build knows 0 to \(known)"
        case .databaseIsNewer(let version, let known):
            "the database is at schema version \(version), this build knows up to \(known): use the newer build"
        case .databaseIsOlder(let version, let needed):
            "the database is at schema version \(version), this build needs \(needed): run `relance migrate`"
        }
    }
}

extension SQLStatement {
    fileprivate static let lock = SQLStatement(
        unsafe: "select pg_advisory_xact_lock(hashtextextended('relance.migrate', 0))", name: "lock_migrations")
    // `"$user"` comes first in the default path: an owner called relance would get the business tables into schema relance.
    fileprivate static let usePublic = SQLStatement(
        unsafe: "select set_config('search_path', 'public', true)", name: "set_search_path")
    fileprivate static let createLedger = SQLStatement(
        unsafe: """
            create table if not exists public.relance_migrations (
                version integer primary key, name text not null, checksum text not null,
                applied_at timestamptz not null default clock_timestamp())
            """, name: "create_migration_ledger")
    fileprivate static let ledgerExists = SQLStatement(
        unsafe: "select to_regclass('public.relance_migrations') is not null", name: "find_migration_ledger")
    fileprivate static let version = SQLStatement(
        unsafe: "select coalesce(max(version), 0) from public.relance_migrations", name: "read_schema_version")
    fileprivate static let record = SQLStatement(
        unsafe: """
            insert into public.relance_migrations (version, name, checksum)
            values ($1::integer, $2, encode(sha256(convert_to($3, 'UTF8')), 'hex'))
            """, name: "record_migration")
    fileprivate static let forget = SQLStatement(
        unsafe: "delete from public.relance_migrations where version = $1::integer", name: "forget_migration")
}
