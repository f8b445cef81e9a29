public import API
private import Coordination
public import Monitoring
private import Messaging
public import Postgres
private import Primitives
public import Redis
private import Reminders
public import Runtime
private import Schema

/// The whole service but its socket: routes over a database.
public struct IngestService: Sendable {
    /// What a service is made of.
    public struct Setting: Sendable {
        /// How to reach Postgres.
        public var postgres: PostgresConfiguration
        /// Nil where there is no Redis.
        public var redis: RedisConnection?
        /// Whose tokens are taken.
        public var tokens: UserTokens
        /// Who may say for whom they speak.
        public var proxies: Proxies
        /// Where the dashboards are served from.
        public var frontendOrigin: String?
        /// What signed links and calendar files are made with.
        public var links: Links
        /// How much is committed at once.
        public var limits: GroupCommit.Limits
        /// Which providers are believed, and by what.
        public var webhooks: WebhookSetting
        /// The program's log.
        public var log: Log
        /// Who hears of defects; nil where nobody is to.
        public var monitor: Monitor?
        /// Tells instances apart in request ids.
        public var instance: String

        /// A setting.
        public init(
            postgres: PostgresConfiguration, redis: RedisConnection?, tokens: UserTokens, proxies: Proxies,
            frontendOrigin: String?, links: Links, limits: GroupCommit.Limits, webhooks: WebhookSetting = WebhookSetting(),
            log: Log, monitor: Monitor? = nil, instance: String
        ) {
            self.postgres = postgres
            self.redis = redis
            self.tokens = tokens
            self.proxies = proxies
            self.frontendOrigin = frontendOrigin
            self.links = links
            self.limits = limits
            self.webhooks = webhooks
            self.log = log
            self.monitor = monitor
            self.instance = instance
        }
    }

    /// The routes, served.
    public let api: API
    private let backend: Backend
    private let intake: WebhookIntake

    /// Looks at the database and makes the service.
    ///
    /// - Throws: `PostgresError` when it cannot be reached, `SchemaError` when it lacks migrations.
    public static func open(_ setting: Setting) async throws -> IngestService {
        let reads = ReadPool { PostgresConnection(setting.postgres) }
        let probe = PostgresConnection(setting.postgres)
        let instance = try await probe.run { session throws in
            try SchemaVersion.check(session)
            return try Instance(session.batch([Instance.statement])[0].single())
        }
        await probe.close()
        return IngestService(setting, reads, instance)
    }

    private init(_ setting: Setting, _ reads: ReadPool, _ instance: Instance) {
        let metrics = IngestMetrics(log: setting.log, monitor: setting.monitor)
        let commits = GroupCommit(
            setting.limits, connect: { PostgresConnection(setting.postgres) }, watch: metrics.committed(kind:size:waited:))
        backend = Backend(commits: commits, reads: reads, redis: setting.redis, metrics: metrics)
        let gate = IngestGate(
            keys: KeyRing(reads), tokens: setting.tokens,
            limiter: RateLimiter(setting.redis, prefix: "relance:\(instance.id):rate:", onOutage: metrics.limiterFailed),
            proxies: setting.proxies, frontendOrigin: setting.frontendOrigin)
        intake = WebhookIntake(backend, setting.webhooks)
        let hint = Self.hint(setting.redis, instance)
        let routes =
            ActivityRoutes.all(backend) + SchedulingRoutes(backend: backend, links: setting.links, hint: hint).all
            + CallRoutes(backend: backend, hint: hint).all
            + AppointmentLinks(backend: backend, links: setting.links, hint: hint).all
            + UnsubscribeLinks(backend: backend, links: setting.links).all + WebhookRoutes.all(intake)
            + FormRoutes.all(backend, links: setting.links.reminders.linkKeys) + NotificationRoutes.all(backend)
            + MeasurementRoutes.all(backend) + JobRoutes.all(backend)
            + OperationsRoutes.all(backend)
        api = API(
            routes + OperationsRoutes.document(of: routes), gate: gate, observer: metrics, instance: setting.instance)
    }

    /// Wakes the resident instances that plan and deliver messages; whoever is not reached looks by itself (D-85).
    private static func hint(_ redis: RedisConnection?, _ instance: Instance) -> @Sendable () async -> Void {
        { _ = try? await redis?.publish("", to: instance.hintChannel(MessageChannel.queue)) }
    }

    /// Commits until ``close()``, evaluates anew what operators marked, and forgets old Idempotency-Keys.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await backend.commits.run() }
            let purging = Task { await purge() }
            let anew = Task { await intake.run() }
            await group.waitForAll()
            purging.cancel()
            anew.cancel()
            await purging.value
            await anew.value
        }
        await backend.reads.close()
    }

    /// Commits what waits and takes nothing more; to be called when the server has stopped.
    public func close() { backend.commits.close() }

    /// Whether work gets on: false when something has waited for half a minute.
    public var isAlive: Bool { backend.commits.backlog.age < .seconds(30) }

    private func purge() async {
        while (try? await Task.sleep(for: .seconds(60))) != nil {
            var purged = 1000
            while purged == 1000, !Task.isCancelled {
                purged =
                    (try? await backend.reads.read { session throws(PostgresError) in
                        try session.query(.purgeIdempotencyKeys).affected
                    }) ?? 0
            }
        }
    }
}

extension SQLStatement {
    fileprivate static let purgeIdempotencyKeys = SQLStatement(embedded: PackageResources.purge_idempotency_keys_sql)
}
