import Coordination
import Monitoring
public import Postgres
public import Redis
public import Runtime
import Schema

/// What a worker's parts share while the process lives.
public struct WorkerContext: Sendable {
    /// What the environment says.
    public let configuration: FleetConfiguration
    /// Who we are.
    public let identity: ProcessIdentity
    /// The planner's and the one-shot drainer's connection.
    public let main: PostgresConnection
    /// The handler's own, so that its work overlaps with the drainer's round trips. Opened at first use.
    public let side: PostgresConnection
    /// Nil where REDIS_URL is not set.
    public let redis: RedisConnection?
    /// The program's log.
    public private(set) var log: Log
    /// Whether we have been asked to stop.
    public let termination: Termination

    /// Whether everything is to be looked at, not only what has changed or come due (`--full`).
    public internal(set) var isFull = false

    /// Whoever watches this run from outside; nil where nobody does.
    private(set) var monitor: Monitor?

    /// A further connection (a resident instance plans and drains at the same time).
    public func connection() -> PostgresConnection {
        PostgresConnection(PostgresConfiguration(url: configuration.databaseURL, applicationName: applicationName))
    }

    /// Reads what the database says of itself.
    ///
    /// - Throws: `SchemaError` when it lacks migrations, `ConfigurationError` when failpoints are set where they may not strike.
    func instance(at time: BusinessTime) async throws -> Instance {
        let instance = try await main.run { session throws(PostgresError) in
            try Instance(try session.batch(at: time, [Instance.statement])[0].single())
        }
        try SchemaVersion.require(instance.schemaVersion)
        if !configuration.failpoints.isEmpty {
            guard instance.isDevelopment else {
                throw ConfigurationError(faults: ["RELANCE_FAILPOINTS works on a development instance only: unset it"])
            }
            configuration.failpoints.arm()
        }
        return instance
    }

    /// The same with the run's id on every line of the log.
    func during(_ runID: String) -> WorkerContext {
        var context = self
        context.log = log.with([("run", runID)])
        return context
    }

    /// The same without anybody watching: for runs that are not the program's work.
    func unwatched() -> WorkerContext {
        var context = self
        context.monitor = nil
        return context
    }

    /// Closes the run's row and gives the lease back, in one commit, then the lock. A failure leaves the row `running`, and
    /// the lease runs out by itself.
    func close(_ report: RunReport, as status: RunRecord.Status, leadership: Leadership) async {
        let close = RunRecord(program: report.program, identity: identity, runID: report.runID).close(
            status, exit: report.exit, counts: report.counts, error: report.error, epoch: report.epoch,
            isDegraded: report.isDegraded)
        let release = await leadership.release
        do {
            _ = try await main.run { session throws(PostgresError) in
                try session.batch([close] + (release.map { [$0] } ?? [])).count
            }
        } catch {
            log.warning(.runFailed, ["error": Failure(error).message])
        }
        try? await leadership.releaseLock()
    }

    func leadership(of program: String, on instance: Instance) -> Leadership {
        Leadership(
            of: program, on: instance, identity: identity, ttl: configuration.leaderLease, redis: redis, connection: main,
            log: log)
    }

    let applicationName: String

    init(program: String, configuration: FleetConfiguration, termination: Termination) {
        self.configuration = configuration
        self.termination = termination
        identity = ProcessIdentity()
        applicationName = "\(program) \(identity.holder)"
        let postgres = PostgresConfiguration(url: configuration.databaseURL, applicationName: applicationName)
        main = PostgresConnection(postgres)
        side = PostgresConnection(postgres)
        redis = configuration.redis.map { RedisConnection($0) }
        monitor = Monitor(configuration.monitoring, program: program)
        log = Log(level: configuration.logLevel, format: configuration.logFormat, context: [("program", program)])
    }
}
