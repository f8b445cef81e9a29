private import Primitives
public import Postgres
public import Redis
public import Runtime

/// The right to plan, for one program in the whole fleet.
///
/// Redis pre-filters, so that twenty instances do not queue up at one row; the lease in Postgres decides, and its epoch
/// fences every planning statement (D-81). Redis away: the Postgres lease decides alone.
public actor Leadership {
    /// What an attempt to lead came to.
    public enum Standing: Sendable, Equatable {
        /// May plan, under this epoch.
        case leader(epoch: Int64)
        /// Somebody else leads.
        case follower
    }

    private let name: String
    private let key: String
    private let identity: ProcessIdentity
    private let ttl: Duration
    private let redis: RedisConnection?
    private let connection: PostgresConnection
    private let log: Log

    private var epoch: Int64?
    private var lastRenewal = ContinuousClock.now
    /// Whether Redis failed us at some point.
    public private(set) var isDegraded = false

    /// - Parameters:
    ///   - name: the program.
    ///   - instance: the database that it works on.
    ///   - ttl: how long a lease holds without renewal. Sessions of planners end idle transactions well before.
    public init(
        of name: String, on instance: Instance, identity: ProcessIdentity, ttl: Duration, redis: RedisConnection?,
        connection: PostgresConnection, log: Log
    ) {
        self.name = name
        key = "relance:\(instance.id):leader:\(name)"
        self.identity = identity
        self.ttl = ttl
        self.redis = redis
        self.connection = connection
        self.log = log
    }

    /// Whether Redis lets us try for the lease: true when the lock is ours, or when Redis is away.
    public func passesFilter() async -> Bool {
        guard let redis else { return true }
        do {
            if try await redis.acquire(key, token: identity.holder, ttl: ttl) { return true }
            // Perhaps it is our own, from a lead that ended without giving it back: that must not shut us out.
            return try await redis.renew(key, token: identity.holder, ttl: ttl)
        } catch {
            degrade(error)
            return true
        }
    }

    /// The statement that tries for the Postgres lease; its row is read by `took`.
    public nonisolated var attempt: (SQLStatement, [PostgresValue]) {
        (.acquireLease, [.text(name), .text(identity.holder), .text(ttl.wireSeconds)])
    }

    /// Takes note of the attempt's outcome.
    public func took(_ epoch: Int64?) async -> Standing {
        self.epoch = epoch
        lastRenewal = .now
        guard let epoch else {
            // Redis gave us a lock that Postgres does not honour (its own holder is alive): do not sit on it.
            try? await releaseLock()
            log.debug(.leadershipDenied)
            return .follower
        }
        log.debug(.leadershipAcquired, ["epoch": String(epoch)])
        return .leader(epoch: epoch)
    }

    /// Tries to lead, from the start: filter, lease.
    public func acquire() async throws -> Standing {
        guard await passesFilter() else { return .follower }
        do {
            let epochs = try await connection.query(attempt.0, attempt.1) { row throws(PostgresError) in try row.int(0) }
            return await took(epochs.first)
        } catch {
            // A lock without a lease would keep the others waiting for nothing.
            try? await releaseLock()
            throw error
        }
    }

    /// Renews when a third of the lease has passed.
    ///
    /// - Returns: the standing; a failed renewal demotes.
    public func keep() async throws -> Standing {
        guard let epoch else { return .follower }
        guard ContinuousClock.now - lastRenewal >= ttl / 3 else { return .leader(epoch: epoch) }
        await keepLock()
        let kept = try await connection.query(
            .renewLease, [.text(name), .int(epoch), .text(ttl.wireSeconds)]
        ) { row throws(PostgresError) in try row.int(0) }
        if kept.isEmpty {
            lost()
            return .follower
        }
        lastRenewal = .now
        return .leader(epoch: epoch)
    }

    private func keepLock() async {
        guard let redis else { return }
        do {
            if try await redis.renew(key, token: identity.holder, ttl: ttl) { return }
            // Expired and perhaps taken: take it if it is free; the Postgres lease decides in any case.
            _ = try await redis.acquire(key, token: identity.holder, ttl: ttl)
        } catch { degrade(error) }
    }

    /// A fenced statement found another epoch.
    public func lost() {
        guard let epoch else { return }
        log.warning(.leadershipLost, ["epoch": String(epoch)])
        self.epoch = nil
    }

    /// The epoch we lead under, if we do.
    public var currentEpoch: Int64? { epoch }

    /// The statement that gives the lease back, for the batch that closes the run.
    public var release: (SQLStatement, [PostgresValue])? {
        epoch.map { (.releaseLease, [.text(name), .int($0), .text(identity.holder)]) }
    }

    /// Gives the Redis lock back; call after `release` has been committed.
    public func releaseLock() async throws {
        epoch = nil
        guard let redis else { return }
        do { _ = try await redis.release(key, token: identity.holder) } catch { degrade(error) }
    }

    private func degrade(_ error: RedisError) {
        if !isDegraded { log.warning(.lockDegraded, ["error": error.description]) }
        isDegraded = true
    }
}

extension SQLStatement {
    static let acquireLease = SQLStatement(embedded: PackageResources.acquire_lease_sql)
    static let renewLease = SQLStatement(embedded: PackageResources.renew_lease_sql)
    static let releaseLease = SQLStatement(embedded: PackageResources.release_lease_sql)
}
