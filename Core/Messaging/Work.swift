import Postgres
import Queue

/// A claimed job with the ledger row behind it.
struct Work: Sendable {
    let job: ClaimedJob
    let deliveryID: Int64
    let tenantID: String
    let kind: String
    let channel: MessageChannel
    let state: String
    let generation: Int
    let dedupeKey: String
    let isMarketing: Bool
    let isExpired: Bool
    /// Hex; nil before the first send.
    let addressHash: String?
    let openAttempt: OpenAttempt?

    /// An attempt whose answer never came.
    struct OpenAttempt: Sendable {
        let id: String
        let provider: String
        let account: String
        let idempotencyKey: String
        let endpoint: String
        let contentType: String
        /// Nil once purged.
        let request: String?
        /// When its bytes left, at the earliest, in Unix time.
        let openedAt: Int
        let age: Duration
        /// How often its answer has been asked for.
        let reconciliations: Int
    }
}

extension Work {
    /// Reads a row of `load_deliveries`. Nil where the job points at no delivery or at a channel unknown to this build.
    init?(_ row: PostgresRow, job: ClaimedJob) throws(PostgresError) {
        guard let deliveryID = try row.optionalInt("delivery_id"), let channel = MessageChannel(rawValue: try row.text("channel"))
        else { return nil }
        self.job = job
        self.deliveryID = deliveryID
        self.channel = channel
        tenantID = try row.text("tenant_id")
        kind = try row.text("kind")
        state = try row.text("state")
        generation = Int(try row.int("generation"))
        dedupeKey = try row.text("dedupe_key")
        isMarketing = try row.text("message_class") == "marketing"
        isExpired = try row.bool("is_expired")
        addressHash = try row.optionalText("address_hash")
        if let id = try row.optionalText("attempt_id") {
            openAttempt = OpenAttempt(
                id: id, provider: try row.text("provider"), account: try row.text("account"),
                idempotencyKey: try row.text("idempotency_key"),
                endpoint: try row.optionalText("endpoint") ?? "", contentType: try row.optionalText("content_type") ?? "",
                request: try row.optionalText("request"), openedAt: Int(try row.int("opened_at")),
                age: .seconds(try row.int("attempt_age_s")), reconciliations: Int(try row.int("reconciliations")))
        } else {
            openAttempt = nil
        }
    }
}
