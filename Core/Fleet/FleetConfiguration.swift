public import Monitoring
private import Primitives
public import Redis
public import Runtime

/// What every program of the fleet reads from its environment.
public struct FleetConfiguration: Sendable {
    /// DATABASE_URL. May hold a password.
    public let databaseURL: String
    /// REDIS_URL; nil where it is not set: the Postgres lease then decides alone, and hints give way to polling.
    public let redis: RedisConfiguration?
    /// LOG_LEVEL.
    public let logLevel: Log.Level
    /// LOG_FORMAT.
    public let logFormat: Log.Format
    /// JOB_LEASE: how long a claimed job is ours without renewal.
    public let jobLease: Duration
    /// LEADER_LEASE: the same for the right to plan.
    public let leaderLease: Duration
    /// SENTRY_DSN, HEALTHCHECKS_URL and what belongs to them.
    public let monitoring: MonitoringConfiguration
    /// RELANCE_FAILPOINTS; they strike on a development instance only.
    public let failpoints: Failpoints

    /// Reads it; faults are collected in `environment`.
    public init(_ environment: inout Environment) {
        databaseURL = environment.required("DATABASE_URL", example: "postgresql:///relance?host=/run/postgresql")
        redis = Self.redis(&environment)
        logLevel = environment.choice("LOG_LEVEL", default: Log.Level.info)
        logFormat = environment.choice("LOG_FORMAT", default: Log.Format.json)
        jobLease = environment.duration("JOB_LEASE", default: .seconds(30), in: .seconds(1) ... .seconds(600))
        // Above the 5 s after which a stopped planner's transaction is ended by the server (D-81).
        leaderLease = environment.duration("LEADER_LEASE", default: .seconds(15), in: .seconds(6) ... .seconds(300))
        monitoring = MonitoringConfiguration(&environment)
        do {
            failpoints = try Failpoints(environment.text("RELANCE_FAILPOINTS"))
        } catch {
            error.faults.forEach { environment.fault($0) }
            failpoints = .none
        }
    }

    private static func redis(_ environment: inout Environment) -> RedisConfiguration? {
        guard let url = environment.secret("REDIS_URL") else { return nil }
        do {
            return try RedisConfiguration(url: url.reveal())
        } catch {
            environment.fault("REDIS_URL: \(error)")
            return nil
        }
    }
}
