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

    /// Loads facts and renders. What needs no send is left in `endings`.
    func compose(_ works: [Work], endings: inout [Ending], inbox: JobInbox<MessageLedgerEntry>) async -> [Composed] {
        var composed: [Composed] = []
        for (kind, works) in Dictionary(grouping: works, by: \.kind) {
            guard let source = sources[kind] else {
                // Another build's kind: parked for it, unspent (D-83).
                inbox.finish(works.map { JobInbox.Finished($0.job, .snoozed(for: .seconds(300))) })
                continue
            }
            let current = works.filter { !$0.isExpired }
            endings += works.filter(\.isExpired).map { .missed($0) }
            if current.isEmpty { continue }
            let drafts: [Int64: Draft]
            do {
                drafts = try await load(current, from: source)
            } catch {
                interrupted(current.map(\.job), by: error, inbox: inbox)
                continue
            }
            for work in current {
                switch drafts[work.deliveryID] {
                case .readable(let draft):
                    let composition = draft.compose()
                    if case .skip(let reason) = composition {
                        endings.append(Ending(work: work, state: "skipped", reason: reason))
                    } else {
                        composed.append(Composed(work: work, composition: composition))
                    }
                case .unreadable: endings.append(Ending(work: work, state: "skipped", reason: "cannot_be_read"))
                case nil: endings.append(Ending(work: work, state: "cancelled", reason: "subject_gone"))
                }
            }
        }
        return composed
    }

    private enum Draft {
        case readable(any MessageDraft)
        /// A row that does not hold what its kind expects: a fault of this message alone.
        case unreadable
    }

    private func load(_ works: [Work], from source: any MessageSource) async throws -> [Int64: Draft] {
        let (time, log) = (time, log)
        return try await connection.run { session throws in
            let rows = try session.batch(at: time, [(.joinAsWritten, []), (source.load, [.ints(works.map(\.deliveryID))])])[1]
            var drafts: [Int64: Draft] = [:]
            for index in 0..<rows.count {
                let id = try rows[index].int("id")
                do throws(PostgresError) {
                    drafts[id] = .readable(try source.draft(rows[index]))
                } catch {
                    log.error(.messageUnreadable, ["delivery": String(id), "error": error.description])
                    drafts[id] = .unreadable
                }
            }
            return drafts
        }
    }

    /// Claims the sends in one transaction; returns those whose bytes may leave now. Notices are delivered on the way, and
    /// what turns out to need no send is left in `endings`.
    func openAttempts(
        _ composed: [Composed], endings: inout [Ending], inbox: JobInbox<MessageLedgerEntry>
    ) async -> [AddressedParcel] {
        var parcels: [AddressedParcel] = []
        var notices: [(work: Work, title: String, body: String)] = []
        for item in composed {
            switch address(item) {
            case .parcel(let parcel): parcels.append(parcel)
            case .notice(let title, let body): notices.append((item.work, title, body))
            case .skip(let reason): endings.append(Ending(work: item.work, state: "skipped", reason: reason))
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
            for notice in notices {
                let verdict = verdicts[notice.work.job.id] ?? "lost"
                if verdict == "open" { inbox.finish([JobInbox.Finished(notice.work.job, .completed)]) }
                else { unsent(notice.work, verdict, endings: &endings, inbox: inbox) }
            }
            return parcels.filter { parcel in
                let verdict = verdicts[parcel.work.job.id] ?? "lost"
                if verdict != "open" { unsent(parcel.work, verdict, endings: &endings, inbox: inbox) }
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
                                    attemptID: parcel.attemptID, job: parcel.work.job, outcome: "not_sent", code: "claim_interrupted", state: "pending"))))
                })
            return []
        }
    }

    private enum Addressed {
        case parcel(AddressedParcel)
        case notice(title: String, body: String)
        case skip(reason: String)
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
        guard let carrier = carriers.carrier(work.channel, generation: work.generation) else { return .skip(reason: "channel_not_configured") }
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
        var statements = eligibility(of: parcels.map(\.work) + notices.map(\.work))
        if !notices.isEmpty { statements.append(post(notices)) }
        if !parcels.isEmpty { statements.append(open(parcels)) }
        let answering = (notices.isEmpty ? 0 : 1) + (parcels.isEmpty ? 0 : 1)
        return try await verdicts(of: statements, answering: answering)
    }

    private func post(_ notices: [(work: Work, title: String, body: String)]) -> JobQueue.Bound {
        (
            .postNotices,
            [
                .ints(notices.map(\.work.job.id)), .ints(notices.map(\.work.job.lease)), .ints(notices.map(\.work.deliveryID)),
                .texts(notices.map(\.title)), .texts(notices.map(\.body)),
            ]
        )
    }

    private func open(_ parcels: [AddressedParcel]) -> JobQueue.Bound {
        (
            .openAttempts,
            [
                .ints(parcels.map(\.work.job.id)), .ints(parcels.map(\.work.job.lease)), .ints(parcels.map(\.work.deliveryID)),
                .texts(parcels.map(\.attemptID)), .texts(parcels.map(\.carrier.provider.rawValue)),
                .texts(parcels.map { $0.request.idempotencyKey ?? "" }), .texts(parcels.map(\.request.endpoint)),
                .texts(parcels.map(\.request.contentType)), .texts(parcels.map(\.request.body)),
                .texts(parcels.map(\.addressHash)), .text(limits.lease.wireSeconds),
            ]
        )
    }

    /// Runs statements in one transaction; the last `answering` ones give a word for each job.
    func verdicts(of statements: [JobQueue.Bound], answering: Int) async throws -> [Int64: String] {
        let time = time
        return try await connection.run { session throws in
            var verdicts: [Int64: String] = [:]
            for rows in try session.batch(at: time, statements).suffix(answering) {
                for index in 0..<rows.count { verdicts[try rows[index].int(0)] = try rows[index].text(1) }
            }
            return verdicts
        }
    }

    /// The eligibility rules of all kinds present.
    func eligibility(of works: [Work]) -> [JobQueue.Bound] {
        Dictionary(grouping: works, by: \.kind).compactMap { kind, works in
            sources[kind].map { ($0.eligibility, [.ints(works.map(\.deliveryID))]) }
        }
    }

    /// What becomes of a job whose send was not claimed, by the word of the claim.
    private func unsent(_ work: Work, _ verdict: String, endings: inout [Ending], inbox: JobInbox<MessageLedgerEntry>) {
        switch verdict {
        case "paused": inbox.finish([JobInbox.Finished(work.job, .snoozed(for: .seconds(60)))])
        case "lost", "sending": inbox.finish([JobInbox.Finished(work.job, .returned)])
        case "missed": endings.append(.missed(work))
        case "suppressed": endings.append(Ending(work: work, state: "skipped", reason: "suppressed"))
        // Ended by somebody else: asked how.
        default: endings.append(Ending(work: work, state: "cancelled", reason: verdict))
        }
    }
}
