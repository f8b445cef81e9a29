import Messaging
import Postgres

/// Whether and how a message is sent once more: decided from facts that were read under locks (D-11).
enum DeliveryRetry {
    /// What is to be done.
    enum Plan: Equatable {
        /// Its dead job goes back to the queue, with its story.
        case redrive(job: Int64)
        /// It gets a job of its own again.
        case enqueue
    }

    /// Decides.
    ///
    /// - Throws: `CommandError` that says why not, and what to type instead.
    static func plan(_ facts: DeliveryFacts) throws(CommandError) -> Plan {
        let explain = "See `relance deliveries explain \(facts.id)`."
        switch facts.state {
        case "failed": break
        // Nobody would take it up: lost in a restore, say.
        case "pending" where facts.job == nil: break
        case "pending":
            let job = facts.job?.id ?? 0
            throw CommandError(
                "message \(facts.id) has not failed: it waits for its turn as job \(job). `relance jobs retry \(job)` lets it run now."
            )
        case "sending":
            throw CommandError("message \(facts.id) is in hand at this moment: its provider is being asked. \(explain)")
        case "uncertain":
            throw CommandError(
                """
                message \(facts.id) may have been sent: its outcome is unknown, so it is not sent again. Look it up at the \
                provider (`relance deliveries explain \(facts.id)` says where), then `relance deliveries resolve \(facts.id) --as sent|failed`.
                """)
        case "sent", "delivered":
            throw CommandError("message \(facts.id) is \(facts.state): it is not sent twice. \(explain)")
        default:
            throw CommandError(
                "message \(facts.id) is \(facts.state)\(facts.reason.map { " (\($0))" } ?? ""): only a failed one is sent again. \(explain)"
            )
        }
        if facts.isExpired {
            throw CommandError("message \(facts.id) expired at \(facts.expiresAt): it makes no sense any more. \(explain)")
        }
        if let suppression = facts.suppression {
            throw CommandError(
                """
                the recipient of message \(facts.id) is suppressed for \(facts.channel) since \(suppression.since.tableText) \
                (\(suppression.reason)): it would be skipped. If that is wrong: relance suppressions lift --tenant \
                \(facts.tenantID) --channel \(facts.channel) --address ADDRESS
                """)
        }
        if let fallback = facts.fallback, !["failed", "missed", "skipped", "cancelled"].contains(fallback.state) {
            throw CommandError(
                """
                an SMS stands in for message \(facts.id) (message \(fallback.id), \(fallback.state)): both would arrive. \
                See `relance deliveries explain \(fallback.id)`.
                """)
        }
        if let job = facts.deadJob { return .redrive(job: job) }
        return .enqueue
    }

    /// Locks a message, decides, and does it, within the session's transaction; returns its job.
    static func perform(_ id: Int64, _ action: OperatorAction, _ session: PostgresSession) throws -> Int64 {
        guard let facts = try DeliveryFacts.lock(id, session) else { throw DeliveryFacts.unknown(id) }
        let job: Int64
        switch try plan(facts) {
        case .redrive(let dead):
            do {
                _ = try JobRetry.perform(dead, by: action.operatorName, session)
            } catch let refusal as JobRetry.Refusal {
                throw refusal.error(dead)
            }
            job = dead
        case .enqueue:
            if facts.state == "failed" { _ = try session.query(.reopenDelivery, [.int(id)]).single() }
            guard let row = try session.query(.enqueueDelivery, [.int(id), .text(MessageChannel.queue)]).first else {
                throw JobRetry.Refusal.replaced.error(id)
            }
            job = try row.int("id")
        }
        try action.record([("delivery:\(id)", facts.audit(job: job))], session)
        return job
    }
}

extension DeliveryFacts {
    /// There is no such message.
    static func unknown(_ id: Int64) -> CommandError {
        CommandError("there is no message \(id). `relance deliveries list` shows what there is.")
    }

    /// What the audit keeps of it.
    func audit(job: Int64?) -> JSONValue {
        .object([("state", .text(state)), ("was", .optional(reason)), ("job", .optional(job))])
    }
}

extension SQLStatement {
    fileprivate static let enqueueDelivery = SQLStatement(embedded: PackageResources.enqueue_delivery_sql)
}
