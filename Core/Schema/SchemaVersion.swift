public import Postgres

/// The check every program makes before its first statement.
public enum SchemaVersion {
    /// Refuses a database that lacks migrations this build needs.
    ///
    /// A newer database is accepted: migrations go out before programs, and old programs run on until they are replaced.
    public static func check(_ session: PostgresSession) throws {
        let version = try Migrator.currentVersion(session)
        if version < Migration.newest { throw SchemaError.databaseIsOlder(version, needed: Migration.newest) }
    }
}
