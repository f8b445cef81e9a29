import Postgres
import Queue
import Schema

extension Deliverer {
    /// A message that ends without a send.
    struct Ending: Sendable {
        let work: Work
        let state: String
        let reason: String

        static func missed(_ work: Work) -> Ending { Ending(work: work, state: "missed", reason: "expired_before_sending") }
    }

    /// Writes endings, in one transaction with their alerts; the eligibility rules come first: what was no longer wanted
    /// was neither missed nor skipped.
    func end(_ endings: [Ending], inbox: JobInbox<MessageLedgerEntry>) async {
        if endings.isEmpty { return }
        let statements =
            eligibility(of: endings.map(\.work)) + [
                (
                    .endDeliveries,
                    [
                        .ints(endings.map(\.work.job.id)), .ints(endings.map(\.work.job.lease)),
                        .ints(endings.map(\.work.deliveryID)),
                        .texts(endings.map(\.state)), .texts(endings.map(\.reason)),
                    ]
                )
            ]
        let time = time
        do {
            let stands = try await connection.run { session throws in
                guard let rows = try session.batch(at: time, statements).last else { return [:] as [Int64: JobOutcome] }
                var stands: [Int64: JobOutcome] = [:]
                for index in 0..<rows.count {
                    guard let state = try rows[index].optionalText("state") else { continue }
                    stands[try rows[index].int("job_id")] = Self.outcome(
                        of: state, reason: try rows[index].optionalText("reason"))
                }
                return stands
            }
            inbox.finish(endings.map { JobInbox.Finished($0.work.job, stands[$0.work.job.id] ?? .returned) })
        } catch {
            interrupted(endings.map(\.work.job), by: error, inbox: inbox)
        }
    }

    /// What becomes of the job of a delivery that is in a state without our doing.
    static func outcome(of state: String, reason: String?) -> JobOutcome {
        switch state {
        case "sent", "delivered": .completed
        // The lease is gone, or somebody's answer is awaited: looked at again.
        case "pending", "sending": .returned
        default: .cancelled(reason: reason ?? state)
        }
    }
}
