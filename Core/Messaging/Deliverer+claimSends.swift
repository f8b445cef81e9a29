private import Crypto
private import Content
private import FoundationEssentials
import Postgres
private import Primitives
import Providers
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
        let stamps: [Int64: Stamp]
        do {
            stamps = try await readStamps(composed)
        } catch {
            interrupted(composed.map(\.work.job), by: error, inbox: inbox)
            return []
        }
        for item in composed {
            switch address(item, stamps[item.work.deliveryID]) {
            case .parcel(let parcel): parcels.append(parcel)
            case .notice(let title, let body): notices.append((item.work, title, body))
            case .skip(let reason): endings.append(Ending(work: item.work, state: "skipped", reason: reason))
            case .wait(let wait): inbox.finish([JobInbox.Finished(item.work.job, .snoozed(for: wait))])
            }
        }
        if parcels.isEmpty && notices.isEmpty { return [] }
        do {
            try failpoints.reach(.messageComposed, about: composed.map(\.work.dedupeKey).joined(separator: " "))
            guard inbox.mayBegin else {
                for parcel in parcels { parcel.carrier.gate.abandoned() }
                inbox.finish((parcels.map(\.work.job) + notices.map(\.work.job)).map { JobInbox.Finished($0, .returned) })
                return []
            }
            let verdicts = try await claimSends(parcels, notices)
            try failpoints.reach(.attemptOpened, about: parcels.map(\.carrier.provider.rawValue).joined(separator: " "))
            for notice in notices {
                let verdict = verdicts[notice.work.job.id] ?? .lost
                if verdict.word == "open" {
                    inbox.finish([JobInbox.Finished(notice.work.job, .completed)])
                } else {
                    unsent(notice.work, verdict, endings: &endings, inbox: inbox)
                }
            }
            return parcels.filter { parcel in
                let verdict = verdicts[parcel.work.job.id] ?? .lost
                if verdict.word == "open" { return true }
                parcel.carrier.gate.abandoned()
                unsent(parcel.work, verdict, endings: &endings, inbox: inbox)
                return false
            }
        } catch {
            // Whether the attempts were committed may be unknown, but no byte has left: they are closed as not sent.
            for parcel in parcels { parcel.carrier.gate.abandoned() }
            interrupted(notices.map(\.work.job), by: error, inbox: inbox)
            inbox.finish(
                parcels.map { parcel in
                    JobInbox.Finished(
                        parcel.work.job, .snoozed(for: .seconds(1)),
                        effect: MessageLedgerEntry(
                            .answered(
                                MessageEffect.Answered(
                                    attemptID: parcel.attemptID, job: parcel.work.job, outcome: "not_sent",
                                    code: "claim_interrupted", state: "pending"))))
                })
            return []
        }
    }

    private enum Addressed {
        case parcel(AddressedParcel)
        case notice(title: String, body: String)
        case skip(reason: String)
        /// The account takes nothing now: the message comes back unspent.
        case wait(Duration)
    }

    /// How a WhatsApp message may be said to its recipient now (D-14).
    private struct Stamp: Sendable {
        let isConversationOpen: Bool
        let contentSID: String?
    }

    /// Asks for the WhatsApp messages among `composed` that a carrier needs templates for; the others cost no question.
    private func readStamps(_ composed: [Composed]) async throws -> [Int64: Stamp] {
        var asked: [(work: Work, address: String, account: String, name: String)] = []
        for item in composed where item.work.channel == .whatsapp {
            guard case .text(let text, let to) = item.composition,
                let carrier = carriers.all(.whatsapp, of: item.work.tenantID).first(where: \.needsTemplates)
            else { continue }
            asked.append((item.work, to, carrier.account, text.name))
        }
        if asked.isEmpty { return [:] }
        let (time, addresses, questions) = (time, addresses, asked)
        return try await connection.run { session throws in
            let rows = try session.batch(
                at: time,
                [
                    (
                        .readWindows,
                        [
                            .texts(questions.map(\.work.tenantID)), .texts(questions.map { addresses.hash($0.address) }),
                            .texts(questions.map(\.account)), .texts(questions.map(\.name)),
                        ]
                    )
                ])[0]
            var stamps: [Int64: Stamp] = [:]
            for (index, question) in questions.enumerated() where index < rows.count {
                stamps[question.work.deliveryID] = Stamp(
                    isConversationOpen: try rows[index].bool("is_open"),
                    contentSID: try rows[index].optionalText("content_sid"))
            }
            return stamps
        }
    }

    private func address(_ item: Composed, _ stamp: Stamp?) -> Addressed {
        let work = item.work
        let (address, snippet, cost): (String, String, Int64)
        switch item.composition {
        case .skip(let reason): return .skip(reason: reason)
        case .notice(let notice): return .notice(title: notice.title, body: notice.body)
        case .mail(let mail, _, _, let to): (address, snippet, cost) = (to.address, mail.subject, 0)
        // 0.05 € a segment (K-25).
        case .text(let text, let to):
            (address, snippet, cost) = (to, text.body, work.channel == .sms ? Int64(text.segmentCount) * 50_000 : 0)
        }
        guard addresses.allows(address) else { return .skip(reason: "not_on_allowlist") }
        switch choose(work, stamp) {
        case .none(let reason): return reason.map { .skip(reason: $0) } ?? .wait(.seconds(60))
        case .busy(let wait): return .wait(wait)
        case .carrier(let carrier):
            let attemptID = UUIDv7.make(at: Date())
            let key = SHA256.hex("\(work.tenantID)\u{0}\(work.dedupeKey)\u{0}\(work.generation)")
            let needsTemplate = carrier.needsTemplates && stamp?.isConversationOpen != true
            do {
                let request = try carrier.prepare(
                    Parcel(
                        composition: item.composition, tenantID: work.tenantID, deliveryID: work.deliveryID,
                        attemptID: attemptID, idempotencyKey: key, contentSID: needsTemplate ? stamp?.contentSID : nil))
                return .parcel(
                    AddressedParcel(
                        work: work, carrier: carrier, attemptID: attemptID, request: request,
                        addressHash: addresses.hash(address), masked: AddressBook.masked(address), snippet: snippet,
                        costMicroeuros: cost))
            } catch {
                carrier.gate.abandoned()
                return .skip(reason: "cannot_be_written")
            }
        }
    }

    private enum Choice {
        case carrier(any Carrier)
        case busy(Duration)
        /// - Parameter reason: nil where the tenant's own account cannot be used now.
        case none(reason: String?)
    }

    /// The first carrier in order that can say the message and takes one now.
    private func choose(_ work: Work, _ stamp: Stamp?) -> Choice {
        let candidates = carriers.candidates(work.channel, of: work.tenantID, generation: work.generation)
        if candidates.isEmpty {
            let isOwn = carriers.accounts?.carriers(work.channel, of: work.tenantID) != nil
            return .none(reason: isOwn ? nil : "channel_not_configured")
        }
        let able = candidates.filter { !$0.needsTemplates || stamp?.isConversationOpen == true || stamp?.contentSID != nil }
        if able.isEmpty { return .none(reason: "no_whatsapp_template") }
        var shortest: Duration?
        for carrier in able {
            guard let wait = carrier.gate.admit() else { return .carrier(carrier) }
            shortest = min(shortest ?? wait, wait)
        }
        return .busy(shortest ?? .seconds(1))
    }

    private func claimSends(
        _ parcels: [AddressedParcel], _ notices: [(work: Work, title: String, body: String)]
    ) async throws -> [Int64: ClaimWord] {
        // Caps are counted one claim at a time; where none can apply nobody waits.
        let mayBeCapped = parcels.contains { $0.costMicroeuros > 0 || $0.work.isMarketing }
        var statements = mayBeCapped ? [lock(parcels)] : []
        statements += eligibility(of: parcels.map(\.work) + notices.map(\.work))
        if !notices.isEmpty { statements.append(post(notices)) }
        if !parcels.isEmpty { statements.append(open(parcels)) }
        return try await verdicts(of: statements, answering: notices.isEmpty || parcels.isEmpty ? 1 : 2)
    }

    private func lock(_ parcels: [AddressedParcel]) -> JobQueue.Bound {
        (
            .lockRecipients,
            [
                .texts(parcels.map(\.work.tenantID)), .texts(parcels.map(\.addressHash)), .ints(parcels.map(\.costMicroeuros)),
                .ints(parcels.map(\.work.deliveryID)),
            ]
        )
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
                .texts(parcels.map(\.carrier.account)),
                .texts(parcels.map { $0.request.idempotencyKey ?? "" }), .texts(parcels.map(\.request.endpoint)),
                .texts(parcels.map(\.request.contentType)), .texts(parcels.map(\.request.body)),
                .texts(parcels.map(\.addressHash)), .ints(parcels.map(\.costMicroeuros)), .text(limits.lease.wireSeconds),
            ]
        )
    }

    /// What claiming a send says about it: `open`, or what stands against it.
    struct ClaimWord: Sendable {
        let word: String
        /// How long a deferred message waits.
        let wait: Duration?

        static let lost = ClaimWord(word: "lost", wait: nil)
    }

    /// Runs statements in one transaction; the last `answering` ones give a word for each job.
    func verdicts(of statements: [JobQueue.Bound], answering: Int) async throws -> [Int64: ClaimWord] {
        let time = time
        return try await connection.run { session throws in
            var verdicts: [Int64: ClaimWord] = [:]
            for rows in try session.batch(at: time, statements).suffix(answering) {
                for index in 0..<rows.count {
                    verdicts[try rows[index].int(0)] = ClaimWord(
                        word: try rows[index].text(1),
                        wait: try rows[index].optionalDouble("wait_s").map { .milliseconds(Int64(($0 * 1000).rounded(.up))) })
                }
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
    private func unsent(_ work: Work, _ verdict: ClaimWord, endings: inout [Ending], inbox: JobInbox<MessageLedgerEntry>) {
        switch verdict.word {
        case "paused": inbox.finish([JobInbox.Finished(work.job, .snoozed(for: .seconds(60)))])
        case "deferred": inbox.finish([JobInbox.Finished(work.job, .snoozed(for: verdict.wait ?? .seconds(60)))])
        case "again": inbox.finish([JobInbox.Finished(work.job, .snoozed(for: .zero))])
        case "lost", "sending": inbox.finish([JobInbox.Finished(work.job, .returned)])
        case "missed": endings.append(.missed(work))
        case "suppressed", "preference_off", "no_consent", "quiet_hours", "frequency_cap", "cost_cap":
            endings.append(Ending(work: work, state: "skipped", reason: verdict.word))
        // Ended by somebody else: asked how.
        default: endings.append(Ending(work: work, state: "cancelled", reason: verdict.word))
        }
    }
}
