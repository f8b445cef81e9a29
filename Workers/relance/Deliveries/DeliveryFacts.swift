import Postgres
import Primitives

/// What a decision about one message has to know of it, read under locks.
struct DeliveryFacts: Sendable {
    /// The SMS that stands in for it.
    struct Fallback: Sendable {
        let id: Int64
        let state: String
    }

    /// What keeps its recipient from being written to.
    struct Suppression: Sendable {
        let scope: String
        let reason: String
        let since: Timestamp
    }

    let id: Int64
    let tenantID: String
    let state: String
    let reason: String?
    let channel: String
    let expiresAt: Timestamp
    let isExpired: Bool
    /// The live job, if there is one.
    let job: (id: Int64, state: String)?
    let deadJob: Int64?
    let suppression: Suppression?
    let fallback: Fallback?

    /// Locks a message and its job; nil where there is no such message.
    static func lock(_ id: Int64, _ session: PostgresSession) throws(PostgresError) -> DeliveryFacts? {
        guard let row = try session.query(.lockDelivery, [.int(id)]).first else { return nil }
        return try DeliveryFacts(id, row)
    }

    private init(_ id: Int64, _ row: PostgresRow) throws(PostgresError) {
        self.id = id
        tenantID = try row.text("tenant_id")
        state = try row.text("state")
        reason = try row.optionalText("reason")
        channel = try row.text("channel")
        expiresAt = try row.timestamp("expires_at")
        isExpired = try row.bool("is_expired")
        if let job = try row.optionalInt("job_id") { self.job = (job, try row.text("job_state")) } else { job = nil }
        deadJob = try row.optionalInt("dead_job_id")
        if let scope = try row.optionalText("suppression_scope") {
            suppression = Suppression(
                scope: scope, reason: try row.text("suppression_reason"), since: try row.timestamp("suppressed_at"))
        } else {
            suppression = nil
        }
        if let id = try row.optionalInt("fallback_id") {
            fallback = Fallback(id: id, state: try row.text("fallback_state"))
        } else {
            fallback = nil
        }
    }
}

extension SQLStatement {
    fileprivate static let lockDelivery = SQLStatement(embedded: PackageResources.lock_delivery_sql)
}
