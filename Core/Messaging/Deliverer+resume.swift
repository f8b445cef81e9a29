import Postgres
private import Primitives
import Providers
import Queue
private import Runtime
import Schema

extension Deliverer {
    /// Attempts whose process died, or whose answer was lost, sorted by what may be done about them (D-11).
    struct Lost: Sendable {
        /// To be sent again under the same key.
        var repetitions: [AddressedParcel] = []
        /// To be looked up.
        var lookUps: [Inquiry] = []
    }

    /// A question about a lost request.
    struct Inquiry: Sendable {
        let parcel: AddressedParcel
        let lost: LostRequest
    }

    /// Sorts lost attempts; claims repetitions; waits for, or gives up, the rest.
    func resumeAttempts(_ works: [Work], inbox: JobInbox<MessageLedgerEntry>) async -> Lost {
        var lost = Lost()
        var inquiries: [AddressedParcel] = []
        for work in works {
            guard let attempt = work.openAttempt else { continue }
            let parcel = repetition(of: work, attempt)
            switch parcel?.carrier.recovery {
            case .repeated(let window) where attempt.age < window:
                if let parcel { lost.repetitions.append(parcel) }
            case .lookedUp(let delay):
                // Lists lag: a look within the first moments finds nothing.
                if attempt.age < delay {
                    inbox.finish([JobInbox.Finished(work.job, .snoozed(for: delay - attempt.age))])
                } else if let parcel {
                    inquiries.append(parcel)
                }
            case .reported(let window) where attempt.age < window:
                inbox.finish([JobInbox.Finished(work.job, .snoozed(for: .seconds(30)))])
            default: giveUp(work, inbox: inbox)
            }
        }
        lost.repetitions = await claimed(lost.repetitions, inbox: inbox)
        lost.lookUps = await withKnownIDs(inquiries, inbox: inbox)
        return lost
    }

    /// Asks the provider's records about a lost request; leaves the verdict.
    func ask(_ inquiry: Inquiry, inbox: JobInbox<MessageLedgerEntry>) async {
        let parcel = inquiry.parcel
        let answer: ProviderAnswer
        var record = await parcel.carrier.lookUp(inquiry.lost)
        do {
            if case .found(let providerID, _) = record, !(try await take(providerID, for: parcel)) {
                record = .unavailable(reason: "another_message")
            }
        } catch {
            return interrupted([parcel.work.job], by: error, inbox: inbox)
        }
        switch record {
        case .found(let providerID, nil): answer = .accepted(providerID: providerID)
        case .found(let providerID, let code?):
            // It had been taken in and has failed since: nothing is left to send.
            let effect = MessageEffect.answered(
                MessageEffect.Answered(
                    attemptID: parcel.attemptID, job: parcel.work.job, outcome: "accepted", code: code, providerID: providerID,
                    state: "failed", reason: code, snippet: parcel.snippet))
            inbox.finish([
                JobInbox.Finished(parcel.work.job, .discarded(reason: code), effect: MessageLedgerEntry(effect))
            ])
            return
        case .notFound:
            answer = .unknown(Uncertainty(code: "not_found", reason: "not in the provider's records", replayIsSafe: false))
        case .unavailable(let reason):
            if let age = parcel.work.openAttempt?.age, age < .seconds(3600) {
                return inbox.finish([JobInbox.Finished(parcel.work.job, .snoozed(for: .seconds(30)))])
            }
            answer = .unknown(Uncertainty(code: "records_unavailable", reason: reason, replayIsSafe: false))
        }
        report(answer.storable, parcel, inbox: inbox)
    }

    /// Whether a message in the provider's records is this attempt's, and no other's.
    private func take(_ providerID: String, for parcel: AddressedParcel) async throws -> Bool {
        let time = time
        return try await connection.run { session throws in
            try session.batch(
                at: time,
                [
                    (.lockFoundMessage, [.text(parcel.carrier.provider.rawValue), .text(providerID)]),
                    (.takeFoundMessage, [.text(parcel.attemptID), .text(providerID)]),
                ])[1].count == 1
        }
    }

    private func repetition(of work: Work, _ attempt: Work.OpenAttempt) -> AddressedParcel? {
        guard let body = attempt.request,
            let carrier = carriers.named(attempt.provider, account: attempt.account, work.channel, of: work.tenantID)
        else { return nil }
        let request = PreparedRequest(
            provider: carrier.provider, endpoint: attempt.endpoint, contentType: attempt.contentType, body: body,
            idempotencyKey: attempt.idempotencyKey)
        return AddressedParcel(
            work: work, carrier: carrier, attemptID: attempt.id, request: request, addressHash: work.addressHash ?? "",
            masked: nil, snippet: "", costMicroeuros: 0)
    }

    private func giveUp(_ work: Work, inbox: JobInbox<MessageLedgerEntry>) {
        guard let attempt = work.openAttempt else { return }
        log.warning(
            .attemptUncertain,
            ["delivery": String(work.deliveryID), "provider": attempt.provider, "trace": work.job.traceID ?? ""])
        let effect = Verdict.uncertain(work, attemptID: attempt.id, code: "answer_lost", message: nil, snippet: nil)
        inbox.finish([JobInbox.Finished(work.job, .cancelled(reason: "outcome_unknown"), effect: MessageLedgerEntry(effect))])
    }

    /// The repetitions that may leave now: a lost request may never have arrived, so each is a send.
    private func claimed(_ parcels: [AddressedParcel], inbox: JobInbox<MessageLedgerEntry>) async -> [AddressedParcel] {
        let admitted = parcels.filter { parcel in
            guard let wait = parcel.carrier.gate.admit() else { return true }
            inbox.finish([JobInbox.Finished(parcel.work.job, .snoozed(for: wait))])
            return false
        }
        if admitted.isEmpty { return [] }
        guard inbox.mayBegin else {
            for parcel in admitted { parcel.carrier.gate.abandoned() }
            inbox.finish(admitted.map { JobInbox.Finished($0.work.job, .returned) })
            return []
        }
        do {
            let verdicts = try await claimRepetitions(admitted)
            return admitted.filter { parcel in
                let verdict = verdicts[parcel.work.job.id]?.word ?? "lost"
                if verdict == "open" { return true }
                parcel.carrier.gate.abandoned()
                switch verdict {
                case "paused": inbox.finish([JobInbox.Finished(parcel.work.job, .snoozed(for: .seconds(60)))])
                case "lost": inbox.finish([JobInbox.Finished(parcel.work.job, .returned)])
                // Expired, suppressed, or no longer wanted: it may have gone out, and must not now.
                default: giveUp(parcel.work, inbox: inbox)
                }
                return false
            }
        } catch {
            for parcel in admitted { parcel.carrier.gate.abandoned() }
            interrupted(admitted.map(\.work.job), by: error, inbox: inbox)
            return []
        }
    }

    private func claimRepetitions(_ parcels: [AddressedParcel]) async throws -> [Int64: ClaimWord] {
        let works = parcels.map(\.work)
        let jobs: [PostgresValue] = [.ints(works.map(\.job.id)), .ints(works.map(\.job.lease)), .ints(works.map(\.deliveryID))]
        let resume: JobQueue.Bound = (
            .resumeAttempts, jobs + [.texts(parcels.map(\.attemptID)), .text(limits.lease.wireSeconds)]
        )
        return try await verdicts(of: [(.recallSends, jobs)] + eligibility(of: works) + [resume], answering: 1)
    }

    /// The questions, each with the messages to its recipient that are accounted for already.
    private func withKnownIDs(_ parcels: [AddressedParcel], inbox: JobInbox<MessageLedgerEntry>) async -> [Inquiry] {
        if parcels.isEmpty { return [] }
        do {
            var known: [Int64: Set<String>] = [:]
            let rows = try await connection.query(.readKnownIDs, [.ints(parcels.map(\.work.deliveryID))]) {
                row throws(PostgresError) in (try row.int(0), try row.text(1))
            }
            for (delivery, providerID) in rows { known[delivery, default: []].insert(providerID) }
            return parcels.map { parcel in
                Inquiry(
                    parcel: parcel,
                    lost: LostRequest(
                        parcel.request, sentAt: parcel.work.openAttempt?.openedAt ?? 0,
                        knownIDs: known[parcel.work.deliveryID] ?? []))
            }
        } catch {
            interrupted(parcels.map(\.work.job), by: error, inbox: inbox)
            return []
        }
    }
}
