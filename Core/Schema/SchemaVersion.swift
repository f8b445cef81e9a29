public import Postgres

/// The check every program makes before its first statement.
public enum SchemaVersion {
    /// Refuses a database that lacks migrations this build needs.
    ///
    /// A newer database is accepted: migrations go out before programs, and old programs run on until they are replaced.
    public static func check(_ session: PostgresSession) throws {
        try require(try Migrator.currentVersion(session))
    }

    /// The same for a version that has been read already.
    public static func require(_ version: Int) throws(SchemaError) {
        if version < Migration.newest { throw .databaseIsOlder(version, needed: Migration.newest) }
    }
}
