import Postgres
private import Primitives
private import Providers
import Queue
private import Runtime
import Schema

extension Deliverer {
    /// A process died, or an answer was lost, between opening an attempt and recording its answer: ask again where the
    /// provider recognises the repetition, else leave it to an operator (D-11).
    ///
    /// - Returns: the requests that may leave again now.
    func resumeAttempts(_ works: [Work], inbox: JobInbox<MessageLedgerEntry>) async -> [AddressedParcel] {
        var parcels: [AddressedParcel] = []
        for work in works {
            if let parcel = repetition(of: work) { parcels.append(parcel) } else { giveUp(work, inbox: inbox) }
        }
        if parcels.isEmpty { return [] }
        guard inbox.mayBegin else {
            inbox.finish(parcels.map { JobInbox.Finished($0.work.job, .returned) })
            return []
        }
        do {
            let verdicts = try await claimRepetitions(parcels)
            return parcels.filter { parcel in
                switch verdicts[parcel.work.job.id] ?? "lost" {
                case "open": return true
                case "paused": inbox.finish([JobInbox.Finished(parcel.work.job, .snoozed(for: .seconds(60)))])
                case "lost": inbox.finish([JobInbox.Finished(parcel.work.job, .returned)])
                // Expired, suppressed, or no longer wanted: it may have gone out, and must not now.
                default: giveUp(parcel.work, inbox: inbox)
                }
                return false
            }
        } catch {
            interrupted(parcels.map(\.work.job), by: error, inbox: inbox)
            return []
        }
    }

    private func repetition(of work: Work) -> AddressedParcel? {
        guard let attempt = work.openAttempt, let carrier = carriers.named(attempt.provider, work.channel),
            let window = carrier.repeatableFor, attempt.age < window, let body = attempt.request
        else { return nil }
        let request = PreparedRequest(
            provider: carrier.provider, endpoint: attempt.endpoint, contentType: attempt.contentType, body: body,
            idempotencyKey: attempt.idempotencyKey)
        return AddressedParcel(
            work: work, carrier: carrier, attemptID: attempt.id, request: request, addressHash: work.addressHash ?? "",
            snippet: "",
            costMicroeuros: 0)
    }

    private func giveUp(_ work: Work, inbox: JobInbox<MessageLedgerEntry>) {
        guard let attempt = work.openAttempt else { return }
        log.warning(
            .attemptUncertain,
            ["delivery": String(work.deliveryID), "provider": attempt.provider, "trace": work.job.traceID ?? ""])
        let effect = Verdict.uncertain(work, attemptID: attempt.id, code: "answer_lost", message: nil, snippet: nil)
        inbox.finish([JobInbox.Finished(work.job, .cancelled(reason: "outcome_unknown"), effect: MessageLedgerEntry(effect))])
    }

    private func claimRepetitions(_ parcels: [AddressedParcel]) async throws -> [Int64: String] {
        let works = parcels.map(\.work)
        let jobs: [PostgresValue] = [.ints(works.map(\.job.id)), .ints(works.map(\.job.lease)), .ints(works.map(\.deliveryID))]
        let resume: JobQueue.Bound = (
            .resumeAttempts, jobs + [.texts(parcels.map(\.attemptID)), .text(limits.lease.wireSeconds)]
        )
        return try await verdicts(of: [(.recallSends, jobs)] + eligibility(of: works) + [resume], answering: 1)
    }
}
