private import FoundationEssentials
import Postgres
import Primitives

/// All that is known of one message, read back from the database's JSON.
struct DeliveryStory: Sendable {
    /// Its row.
    struct Delivery: Decodable, Sendable {
        let id: Int64
        let tenantId, kind, subject, step, channel, recipientType, recipientId, messageClass, state: String
        let revision, attempts, generation, deferrals, costMicroeuros: Int64
        let dueAt, expiresAt, plannedAt: String
        let reason, provider, account, providerId, deferredBy, reported: String?
        let latenessS, fallbackOf: Int64?
        let sentAt, settledAt, deliveredAt, readAt, openedAt, clickedAt: String?
    }

    /// A try to send it.
    struct Attempt: Decodable, Sendable {
        let id, provider, account, idempotencyKey, openedAt: String
        let closedAt, outcome, code, message, providerId: String?
        let jobId, generation, reconciliations: Int64
    }

    /// A job that has or had it in hand.
    struct Job: Decodable, Sendable {
        /// What a job met.
        struct Fault: Decodable, Sendable {
            let at, error: String?
        }

        let id: Int64
        let state, runAt: String
        let reason: String?
        let attempts: Int64
        let maxAttempts: Int64?
        let errors: [Fault]

        var isLive: Bool { ["scheduled", "available", "running", "retryable"].contains(state) }
    }

    /// What stands against a send now.
    struct Hold: Decodable, Sendable {
        let kind: String
        let since, detail: String?
    }

    /// The SMS that stands in for it.
    struct Fallback: Decodable, Sendable {
        let id: Int64
        let state: String
    }

    /// Something done by hand.
    struct Action: Decodable, Sendable {
        let doneAt, action: String
        let `operator`: String
        let reason: String?
    }

    private struct Moment: Decodable {
        let isExpired: Bool
    }

    let delivery: Delivery
    let isExpired: Bool
    let attempts: [Attempt]
    let jobs: [Job]
    let holds: [Hold]
    let fallback: Fallback?
    let actions: [Action]
    /// Masked; nil for notices and where the recipient is gone.
    let address: String?
    /// Whether suppressions could be looked for: the address's hash was known.
    let isAddressKnown: Bool
    /// The parts as the database told them.
    let json: [(String, JSONValue)]

    /// - Throws: when the database answered with something else.
    init(_ row: PostgresRow, address: String?, isAddressKnown: Bool) throws {
        func text(_ name: String) throws(PostgresError) -> String { try row.text(name) }
        delivery = try Self.decode(text("delivery"))
        isExpired = try Self.decode(text("moment"), as: Moment.self).isExpired
        attempts = try Self.decode(text("attempts"))
        jobs = try Self.decode(text("jobs"))
        holds = try Self.decode(text("holds"))
        fallback = try row.optionalText("fallback").map { try Self.decode($0) }
        actions = try Self.decode(text("operator_actions"))
        self.address = address
        self.isAddressKnown = isAddressKnown
        json = [
            ("delivery", .raw(try text("delivery"))), ("address", .optional(address)), ("is_expired", .bool(isExpired)),
            ("attempts", .raw(try text("attempts"))), ("jobs", .raw(try text("jobs"))), ("holds", .raw(try text("holds"))),
            ("fallback", .raw(try row.optionalText("fallback") ?? "null")),
            ("operator_actions", .raw(try text("operator_actions"))),
        ]
    }

    private static func decode<Value: Decodable>(_ text: String, as type: Value.Type = Value.self) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(text.utf8))
    }

    /// The job that has it in hand, or that died over it.
    var job: Job? { jobs.first(where: \.isLive) ?? jobs.last }

    /// The attempt that says most about where it is now.
    var lastAttempt: Attempt? { attempts.last }
}
