internal import API
private import Glibc
internal import Postgres
internal import Redis
internal import Schema

/// Whether this process can do its work, dependency by dependency.
struct Health: Sendable {
    /// How one dependency is.
    enum State: String, Sendable {
        case ok
        /// Away, and can be done without.
        case degraded
        case failed
    }

    let postgres: State
    let migrations: State
    let redis: State
    let disk: State

    /// Redis may be away: limits are then this process's own.
    var isReady: Bool { postgres == .ok && migrations == .ok && disk == .ok }

    /// The dependencies' states.
    var json: JSON {
        [
            "postgres": .string(postgres.rawValue), "migrations": .string(migrations.rawValue), "redis": .string(redis.rawValue),
            "disk": .string(disk.rawValue),
        ]
    }

    /// Asks them all.
    static func read(_ reads: ReadPool, _ redis: RedisConnection?) async -> Health {
        let version = try? await reads.read { session throws(PostgresError) -> (Int, Bool) in
            let row = try session.query(.readHealth).single()
            return (Int(try row.int("version")), try row.bool("is_standby"))
        }
        var answers = State.ok
        if let redis { answers = await ((try? redis.command(["PING"])) == nil ? .degraded : .ok) }
        return Health(
            postgres: version.map { $0.1 ? .failed : .ok } ?? .failed,
            migrations: version.map { $0.0 >= Migration.newest ? .ok : .failed } ?? .failed, redis: answers,
            disk: hasRoom() ? .ok : .failed)
    }

    /// 32 MB where the process runs: enough for what it may have to write before somebody comes.
    private static func hasRoom() -> Bool {
        var status = statvfs()
        guard statvfs(".", &status) == 0 else { return true }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize) >= 32 << 20
    }
}

extension SQLStatement {
    fileprivate static let readHealth = SQLStatement(embedded: PackageResources.read_health_sql)
}
