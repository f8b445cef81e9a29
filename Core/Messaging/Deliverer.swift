public import Postgres
import Providers
public import Queue
public import Runtime
public import Schema

/// Sends the messages of the whole fleet: load, compose, claim the sends, let bytes leave, report answers.
///
/// Does: performs `message.*` jobs. Runs when: the drainer of reminder-sender claims them.
/// Safe to repeat because: an attempt row is committed before any byte leaves, at most one is open for a delivery, and a
/// job that is found with an open attempt asks the provider again (where that is safe) or ends `uncertain`; it is never
/// performed anew (D-11). If it fails: refusals back off or fail for good (D-12), lost answers are repeated under the
/// same key or left to an operator.
public struct Deliverer: JobHandler {
    public typealias Effect = MessageLedgerEntry

    /// Numbers that bound the deliverer.
    public struct Limits: Sendable {
        /// Messages of one channel in hand at once.
        public var inFlightPerChannel: Int
        /// How long an attempt's lease must last from the moment its request leaves.
        public var lease: Duration

        /// The bounds.
        public init(inFlightPerChannel: Int, lease: Duration) {
            self.inFlightPerChannel = inFlightPerChannel
            self.lease = lease
        }
    }

    let sources: [String: any MessageSource]
    let carriers: Carriers
    let connection: PostgresConnection
    let addresses: AddressBook
    let time: BusinessTime
    let limits: Limits
    let failpoints: Failpoints
    let log: Log

    /// - Parameters:
    ///   - connection: the deliverer's own, so that loading and claiming sends overlap with the drainer's round trips.
    ///   - time: business time of this drain.
    public init(
        sources: [any MessageSource], carriers: Carriers, connection: PostgresConnection, addresses: AddressBook,
        time: BusinessTime, limits: Limits, failpoints: Failpoints, log: Log
    ) {
        self.sources = Dictionary(uniqueKeysWithValues: sources.map { ($0.kind, $0) })
        self.carriers = carriers
        self.connection = connection
        self.addresses = addresses
        self.time = time
        self.limits = limits
        self.failpoints = failpoints
        self.log = log
    }

    public var lanes: [(kind: JobKind, capacity: Int)] {
        MessageChannel.allCases.map { ($0.kind, limits.inFlightPerChannel) }
    }

    public func statements(recording effects: [MessageLedgerEntry]) -> [JobQueue.Bound] {
        MessageEffect.statements(effects.map(\.effect))
    }

    public func perform(_ jobs: [ClaimedJob], inbox: JobInbox<MessageLedgerEntry>) async {
        guard inbox.mayBegin else { return inbox.finish(jobs.map { JobInbox.Finished($0, .returned) }) }
        let (works, orphans): ([Work], [ClaimedJob])
        do {
            try await refreshAccounts()
            (works, orphans) = try await load(jobs)
        } catch {
            return interrupted(jobs, by: error, inbox: inbox)
        }
        inbox.finish(orphans.map { JobInbox.Finished($0, .discarded(reason: "no_such_delivery")) })

        var fresh: [Work] = []
        var lost: [Work] = []
        for work in works {
            if work.openAttempt != nil {
                lost.append(work)
            } else if work.state == "pending" {
                fresh.append(work)
            } else if work.state == "sending" {
                // Not ours to write: an attempt was closed by hand, or lost in a restore. Its job ends it as uncertain.
                inbox.finish([JobInbox.Finished(work.job, .discarded(reason: "no_open_attempt"))])
            } else {
                inbox.finish([JobInbox.Finished(work.job, Self.outcome(of: work.state, reason: work.state))])
            }
        }
        await withTaskGroup { group in
            let lost = await resumeAttempts(lost, inbox: inbox)
            for parcel in lost.repetitions { group.addTask { await send(parcel, inbox: inbox) } }
            for inquiry in lost.lookUps { group.addTask { await ask(inquiry, inbox: inbox) } }
            var endings: [Ending] = []
            let composed = await compose(fresh, endings: &endings, inbox: inbox)
            for parcel in await openAttempts(composed, endings: &endings, inbox: inbox) {
                group.addTask { await send(parcel, inbox: inbox) }
            }
            await end(endings, inbox: inbox)
        }
    }

    /// The database did not let us go on. What passes is waited for; what would meet every message, or a full disk, ends
    /// the run.
    func interrupted(_ jobs: [ClaimedJob], by error: any Error, inbox: JobInbox<MessageLedgerEntry>) {
        log.warning(.drainInterrupted, ["error": "\(error)"])
        if let error = error as? PostgresError, !error.isTransient || error.isExhaustion { inbox.fail(error) }
        inbox.finish(jobs.map { JobInbox.Finished($0, .snoozed(for: .seconds(1))) })
    }

    /// Reads the tenants' accounts when they are due to be read; operators hear of those that cannot be used.
    private func refreshAccounts() async throws {
        guard let accounts = carriers.accounts, try await accounts.refresh(over: connection), !accounts.unusable.isEmpty else {
            return
        }
        let statements = MessageEffect.statements(
            accounts.unusable.map { unusable in
                .alert(
                    MessageEffect.Alert(
                        fingerprint: "provider_account:\(unusable.account.tenantID):\(unusable.account.provider)",
                        tenant: unusable.account.tenantID, kind: "provider_account", severity: "critical",
                        message: "a provider account cannot be used, its messages wait: \(unusable.reason)"))
            })
        for (statement, values) in statements { try await connection.execute(statement, values) }
    }

    private func load(_ jobs: [ClaimedJob]) async throws -> ([Work], [ClaimedJob]) {
        let time = time
        return try await connection.run { session throws in
            let answer = try session.batch(
                at: time, [(.loadDeliveries, [.ints(jobs.map(\.id)), .ints(jobs.map(\.lease))])])
            let byID = Dictionary(uniqueKeysWithValues: jobs.map { ($0.id, $0) })
            var works: [Work] = []
            var orphans: [ClaimedJob] = []
            var seen: Set<Int64> = []
            for index in 0..<answer[0].count {
                let row = answer[0][index]
                guard let job = byID[try row.int("job_id")] else { continue }
                seen.insert(job.id)
                if let work = try Work(row, job: job) { works.append(work) } else { orphans.append(job) }
            }
            // A job that is missing was taken over: settling it changes nothing, and the loop must hear of each one.
            orphans += jobs.filter { !seen.contains($0.id) }
            return (works, orphans)
        }
    }

    /// Sends a request; leaves the verdict.
    private func send(_ parcel: AddressedParcel, inbox: JobInbox<MessageLedgerEntry>) async {
        let answer = await parcel.carrier.carry(parcel.request).storable
        let change = parcel.carrier.gate.finished(answer)
        try? failpoints.reach(.requestAnswered, about: parcel.carrier.provider.rawValue)
        report(answer, parcel, change: change, inbox: inbox)
    }

    func report(
        _ answer: ProviderAnswer, _ parcel: AddressedParcel, change: ProviderGate.Change? = nil,
        inbox: JobInbox<MessageLedgerEntry>
    ) {
        let verdict = Verdict(
            answer,
            Verdict.Situation(
                work: parcel.work, attemptID: parcel.attemptID, carrierName: parcel.carrier.provider.rawValue,
                account: parcel.carrier.account,
                carrierCount: carriers.count(parcel.work.channel, of: parcel.work.tenantID), recovery: parcel.carrier.recovery,
                addressHash: parcel.addressHash, masked: parcel.masked, snippet: parcel.snippet,
                random: .random(in: 0..<1), comeBack: comeBack(answer, parcel.carrier.gate)))
        switch answer {
        case .accepted: break
        case .refused(let refusal):
            log.info(
                .attemptRefused,
                [
                    "delivery": String(parcel.work.deliveryID), "provider": parcel.carrier.provider.rawValue,
                    "code": refusal.code, "trace": parcel.work.job.traceID ?? "",
                ])
        case .unknown(let unknown):
            log.warning(
                .attemptUncertain,
                [
                    "delivery": String(parcel.work.deliveryID), "provider": parcel.carrier.provider.rawValue,
                    "code": unknown.code, "trace": parcel.work.job.traceID ?? "",
                ])
        }
        let effect = change.map { .all([verdict.effect, self.effect(of: $0, parcel.carrier)]) } ?? verdict.effect
        inbox.finish([JobInbox.Finished(parcel.work.job, verdict.outcome, effect: MessageLedgerEntry(effect))])
    }

    /// When a message comes back that was refused for its pace alone.
    private func comeBack(_ answer: ProviderAnswer, _ gate: ProviderGate) -> Duration? {
        guard case .refused(let refusal) = answer, refusal.isAboutRate, case .retry(let after) = refusal.kind else { return nil }
        return gate.comeBack(after: after, random: .random(in: 0..<1))
    }

    /// What operators hear of an account's health.
    private func effect(of change: ProviderGate.Change, _ carrier: any Carrier) -> MessageEffect {
        let (name, account) = (carrier.provider.rawValue, carrier.account)
        switch change {
        case .down:
            log.warning(.providerDown, ["provider": name, "account": account])
            return .alert(
                MessageEffect.Alert(
                    fingerprint: AlertFingerprint.down(name, account), tenant: nil, kind: "provider_down", severity: "critical",
                    message: "\(name) does not answer as it should: its messages wait, and one tries now and then"))
        case .opened:
            return .all([
                .over(fingerprint: AlertFingerprint.down(name, account)),
                .over(fingerprint: AlertFingerprint.misconfigured(name, account)),
            ])
        }
    }
}

/// What the deliverer adds to the commit that settles a job.
public struct MessageLedgerEntry: Sendable {
    let effect: MessageEffect

    init(_ effect: MessageEffect) { self.effect = effect }
}
