import Postgres
import Primitives

/// Whether and how a job is retried: decided from facts that were read under a lock, performed by the command.
struct JobRetry: Sendable {
    /// What is known of the job.
    struct Facts: Sendable {
        /// `dead` for a dead letter.
        let state: String
        let queue: String
        let reason: String?
        let isExpired: Bool
        let expiresAt: Timestamp?
        let delivery: Delivery?

        /// The message behind it.
        struct Delivery: Sendable {
            let id: Int64
            let state: String
            let isExpired: Bool
        }

        init(_ row: PostgresRow) throws(PostgresError) {
            state = try row.text("state")
            queue = try row.text("queue")
            reason = try row.optionalText("reason")
            isExpired = try row.bool("is_expired")
            // 'infinity' is no instant, and nothing that anybody has to be told.
            expiresAt = try row.optionalText("expires_at").flatMap { Timestamp($0) }
            if let id = try row.optionalInt("delivery_id") {
                delivery = Delivery(id: id, state: try row.text("delivery_state"), isExpired: try row.bool("is_delivery_expired"))
            } else {
                delivery = nil
            }
        }
    }

    /// What is to be done.
    enum Plan: Sendable, Equatable {
        /// It waits: let it run now.
        case advance
        /// It is dead: put it back, and its failed message with it.
        case redrive(reopening: Int64?)
    }

    /// Why not.
    enum Refusal: Error, Equatable {
        case unknown(Int64)
        case running
        case available(queue: String)
        case finished(state: String, reason: String?)
        case expired(Timestamp?)
        /// Only a failed message may be sent once more (D-11).
        case message(state: String, delivery: Int64)
        /// A live job holds its dedupe key.
        case replaced
    }

    /// Decides.
    static func plan(_ facts: Facts) throws(Refusal) -> Plan {
        switch facts.state {
        case "running": throw .running
        case "available": throw .available(queue: facts.queue)
        case "scheduled", "retryable":
            if facts.isExpired { throw .expired(facts.expiresAt) }
            return .advance
        case "dead":
            if facts.isExpired || facts.delivery?.isExpired == true { throw .expired(facts.expiresAt) }
            switch facts.delivery?.state {
            // A job that died before it began left its message pending.
            case nil, "pending": return .redrive(reopening: nil)
            case "failed": return .redrive(reopening: facts.delivery?.id)
            case let state?: throw .message(state: state, delivery: facts.delivery?.id ?? 0)
            }
        default: throw .finished(state: facts.state, reason: facts.reason)
        }
    }
}

extension JobRetry.Refusal {
    /// The sentence for the operator, with the next command.
    func error(_ id: Int64) -> CommandError {
        let show = "`relance jobs show \(id)`"
        switch self {
        case .unknown:
            return CommandError(
                "there is no job \(id); finished jobs are dropped after a while. `relance jobs list` shows what there is.")
        case .running: return CommandError("job \(id) runs at this moment: nothing to retry. See \(show).")
        case .available(let queue):
            return CommandError(
                "job \(id) is available already: the next drainer of queue \(queue) takes it. `relance status` shows whether one runs."
            )
        case .finished(let state, let reason):
            return CommandError("job \(id) is \(state)\(reason.map { " (\($0))" } ?? ""): it is not done twice. See \(show).")
        case .expired(let instant):
            return CommandError(
                "job \(id) expired\(instant.map { " at \($0)" } ?? ""): what it was to do makes no sense any more. See \(show).")
        case .message("uncertain", _):
            return CommandError(
                "the message of job \(id) may have been sent: its outcome is unknown, so it is not sent again. See \(show), then ask the provider."
            )
        case .message(let state, let delivery):
            return CommandError(
                "the message of job \(id) (delivery \(delivery)) is \(state): only a failed one is sent again. See \(show).")
        case .replaced: return CommandError("another job with the same key waits already: `relance jobs list` shows it.")
        }
    }
}
