private import Crypto
private import Content
private import FoundationEssentials
import Postgres
private import Primitives
private import Providers
import Queue
import Runtime
import Schema

extension Deliverer {
    /// A composed message whose send has not been claimed yet.
    struct Composed: Sendable {
        let work: Work
        let composition: Composition
    }

    /// Loads facts and renders. What cannot be composed is settled here.
    func compose(_ works: [Work], inbox: JobInbox<MessageLedgerEntry>) async -> [Composed] {
        var composed: [Composed] = []
        for (kind, works) in Dictionary(grouping: works, by: \.kind) {
            guard let source = sources[kind] else {
                // Another build's kind: parked for it, unspent (D-83).
                inbox.finish(works.map { JobInbox.Finished($0.job, .snoozed(for: .seconds(300))) })
                continue
            }
            let drafts: [Int64: any MessageDraft]
            do {
                drafts = try await load(works, from: source)
            } catch {
                interrupted(works.map(\.job), by: error, inbox: inbox)
                continue
            }
            for work in works {
                if work.isExpired {
                    inbox.finish([missed(work)])
                } else if let draft = drafts[work.deliveryID] {
                    composed.append(Composed(work: work, composition: draft.compose()))
                } else {
                    inbox.finish([ended(work, "cancelled", reason: "subject_gone")])
                }
            }
        }
        return composed
    }

    private func load(_ works: [Work], from source: any MessageSource) async throws -> [Int64: any MessageDraft] {
        let time = time
        return try await connection.run { session throws in
            let rows = try session.batch(at: time, [(source.load, [.ints(works.map(\.deliveryID))])])[0]
            var drafts: [Int64: any MessageDraft] = [:]
            for index in 0..<rows.count {
                let draft = try source.draft(rows[index])
                drafts[draft.deliveryID] = draft
            }
            return drafts
        }
    }

    /// Claims the sends in one transaction; returns those whose bytes may leave now. Notices are delivered on the way.
    func openAttempts(_ composed: [Composed], inbox: JobInbox<MessageLedgerEntry>) async -> [AddressedParcel] {
        var parcels: [AddressedParcel] = []
        var notices: [(work: Work, title: String, body: String)] = []
        for item in composed {
            switch address(item) {
            case .parcel(let parcel): parcels.append(parcel)
            case .notice(let title, let body): notices.append((item.work, title, body))
            case .skip(let reason): inbox.finish([ended(item.work, "skipped", reason: reason)])
            case .noCarrier: inbox.finish([unconfigured(item.work)])
            }
        }
        if parcels.isEmpty && notices.isEmpty { return [] }
        do {
            try failpoints.reach(.messageComposed, about: composed.map(\.work.dedupeKey).joined(separator: " "))
            guard inbox.mayBegin else {
                inbox.finish((parcels.map(\.work.job) + notices.map(\.work.job)).map { JobInbox.Finished($0, .returned) })
                return []
            }
            let verdicts = try await claimSends(parcels, notices)
            try failpoints.reach(.attemptOpened, about: parcels.map(\.carrier.provider.rawValue).joined(separator: " "))
            inbox.finish(notices.map { JobInbox.Finished($0.work.job, .completed) })
            return parcels.filter { parcel in
                let verdict = verdicts[parcel.work.job.id] ?? "lost"
                if verdict != "open" { inbox.finish([unsent(parcel.work, verdict)]) }
                return verdict == "open"
            }
        } catch {
            // Whether the attempts were committed may be unknown, but no byte has left: they are closed as not sent.
            interrupted(notices.map(\.work.job), by: error, inbox: inbox)
            inbox.finish(
                parcels.map { parcel in
                    JobInbox.Finished(
                        parcel.work.job, .snoozed(for: .seconds(1)),
                        effect: MessageLedgerEntry(
                            .answered(
                                MessageEffect.Answered(
                                    attemptID: parcel.attemptID, outcome: "not_sent", code: "claim_interrupted", state: "pending"))))
                })
            return []
        }
    }

    private enum Addressed {
        case parcel(AddressedParcel)
        case notice(title: String, body: String)
        case skip(reason: String)
        case noCarrier
    }

    private func address(_ item: Composed) -> Addressed {
        let work = item.work
        let (address, snippet, cost): (String, String, Int64)
        switch item.composition {
        case .skip(let reason): return .skip(reason: reason)
        case .notice(let notice): return .notice(title: notice.title, body: notice.body)
        case .mail(let mail, _, _, let to): (address, snippet, cost) = (to.address, mail.subject, 0)
        // 0.05 € a segment (K-25).
        case .text(let text, let to): (address, snippet, cost) = (to, text.body, work.channel == .sms ? Int64(text.segmentCount) * 50_000 : 0)
        }
        guard addresses.allows(address) else { return .skip(reason: "not_on_allowlist") }
        guard let carrier = carriers.carrier(work.channel, generation: work.generation) else { return .noCarrier }
        let attemptID = UUIDv7.make(at: Date())
        let key = SHA256.hex("\(work.tenantID)\u{0}\(work.dedupeKey)\u{0}\(work.generation)")
        do {
            let request = try carrier.prepare(
                Parcel(
                    composition: item.composition, tenantID: work.tenantID, deliveryID: work.deliveryID, attemptID: attemptID,
                    idempotencyKey: key))
            return .parcel(
                AddressedParcel(
                    work: work, carrier: carrier, attemptID: attemptID, request: request, addressHash: addresses.hash(address),
                    snippet: snippet, costMicroeuros: cost))
        } catch {
            return .skip(reason: "cannot_be_written")
        }
    }

    private func claimSends(
        _ parcels: [AddressedParcel], _ notices: [(work: Work, title: String, body: String)]
    ) async throws -> [Int64: String] {
        var statements: [JobQueue.Bound] = []
        let works = parcels.map(\.work) + notices.map(\.work)
        for (kind, works) in Dictionary(grouping: works, by: \.kind) {
            guard let source = sources[kind] else { continue }
            statements.append((source.eligibility, [.ints(works.map(\.deliveryID))]))
        }
        if !notices.isEmpty {
            statements.append(
                (
                    .postNotices,
                    [
                        .ints(notices.map(\.work.job.id)), .ints(notices.map(\.work.job.lease)), .ints(notices.map(\.work.deliveryID)),
                        .texts(notices.map(\.title)), .texts(notices.map(\.body)),
                    ]
                ))
        }
        statements.append(
            (
                .openAttempts,
                [
                    .ints(parcels.map(\.work.job.id)), .ints(parcels.map(\.work.job.lease)), .ints(parcels.map(\.work.deliveryID)),
                    .texts(parcels.map(\.attemptID)), .texts(parcels.map(\.carrier.provider.rawValue)),
                    .texts(parcels.map { $0.request.idempotencyKey ?? "" }), .texts(parcels.map(\.request.endpoint)),
                    .texts(parcels.map(\.request.contentType)), .texts(parcels.map(\.request.body)),
                    .texts(parcels.map(\.addressHash)), .text(limits.lease.wireSeconds),
                ]
            ))
        let (time, bound) = (time, statements)
        return try await connection.run { session throws in
            guard let rows = try session.batch(at: time, bound).last else { return [:] }
            var verdicts: [Int64: String] = [:]
            for index in 0..<rows.count { verdicts[try rows[index].int(0)] = try rows[index].text(1) }
            return verdicts
        }
    }

    // MARK: Outcomes without a send

    private typealias Finished = JobInbox<MessageLedgerEntry>.Finished

    private func ended(_ work: Work, _ state: String, reason: String) -> JobInbox<MessageLedgerEntry>.Finished {
        JobInbox.Finished(
            work.job, .cancelled(reason: reason),
            effect: MessageLedgerEntry(
                .ended(job: work.job.id, lease: work.job.lease, delivery: work.deliveryID, state: state, reason: reason)))
    }

    private func missed(_ work: Work) -> JobInbox<MessageLedgerEntry>.Finished {
        let reason = "expired_before_sending"
        return JobInbox.Finished(
            work.job, .cancelled(reason: reason),
            effect: MessageLedgerEntry(
                .all([
                    .ended(job: work.job.id, lease: work.job.lease, delivery: work.deliveryID, state: "missed", reason: reason),
                    .alert(
                        MessageEffect.Alert(
                            fingerprint: "messages_missed:\(work.tenantID):\(work.channel.rawValue)", tenant: work.tenantID,
                            kind: "messages_missed", severity: "warning",
                            message: "messages expired before they could be sent: relance deliveries list --state missed")),
                ])))
    }

    private func unconfigured(_ work: Work) -> JobInbox<MessageLedgerEntry>.Finished {
        JobInbox.Finished(
            work.job, .cancelled(reason: "channel_not_configured"),
            effect: MessageLedgerEntry(
                .all([
                    .ended(
                        job: work.job.id, lease: work.job.lease, delivery: work.deliveryID, state: "skipped",
                        reason: "channel_not_configured"),
                    .alert(
                        MessageEffect.Alert(
                            fingerprint: "channel_not_configured:\(work.channel.rawValue)", tenant: nil, kind: "channel_not_configured",
                            severity: "warning", message: "no provider is configured for \(work.channel.rawValue): messages are skipped")),
                ])))
    }

    /// What becomes of a job whose send was not claimed, by the word of `open_attempts`.
    private func unsent(_ work: Work, _ verdict: String) -> JobInbox<MessageLedgerEntry>.Finished {
        switch verdict {
        case "paused": JobInbox.Finished(work.job, .snoozed(for: .seconds(60)))
        case "lost": JobInbox.Finished(work.job, .returned)
        default: JobInbox.Finished(work.job, .cancelled(reason: verdict))
        }
    }
}
