import Providers
import Queue

/// What a provider's answer means for the delivery and its job: one pure function over the answer and what is left to try.
struct Verdict: Equatable {
    let outcome: JobOutcome
    let effect: MessageEffect

    /// What the verdict depends on besides the answer.
    struct Situation {
        let work: Work
        let attemptID: String
        let carrierName: String
        let account: String
        let carrierCount: Int
        /// What may be done when the answer is lost.
        let recovery: Recovery
        let addressHash: String
        /// What operators see of the address.
        let masked: String?
        /// Subject or first words, for the lead's history.
        let snippet: String
        /// Number in 0..<1, for jitter.
        let random: Double
        /// When the account has room again, where the answer is about its pace.
        var comeBack: Duration?
    }

    init(_ answer: ProviderAnswer, _ situation: Situation) {
        switch answer {
        case .accepted(let providerID):
            outcome = .completed
            effect = .answered(
                MessageEffect.Answered(
                    attemptID: situation.attemptID, job: situation.work.job, outcome: "accepted", providerID: providerID,
                    state: "sent", snippet: situation.snippet))
        case .refused(let refusal): (outcome, effect) = Self.refused(refusal, situation)
        case .unknown(let unknown): (outcome, effect) = Self.unknown(unknown, situation)
        }
    }

    private static func refused(_ refusal: Refusal, _ situation: Situation) -> (JobOutcome, MessageEffect) {
        let job = situation.work.job
        let isPassing =
            switch refusal.kind {
            case .retry, .configuration: true;
            default: false
            }
        if situation.work.openAttempt != nil, isPassing {
            // This speaks for the repetition only: the first try may have been accepted. The attempt stays open.
            let (outcome, effect) = unknown(
                Uncertainty(code: refusal.code, reason: refusal.message, replayIsSafe: true, retryAfter: refusal.retryAfter),
                situation)
            return (outcome, refusal.kind == .configuration ? .all([effect, misconfigured(refusal, situation)]) : effect)
        }
        func answered(_ state: String, reason: String?) -> MessageEffect {
            .answered(
                MessageEffect.Answered(
                    attemptID: situation.attemptID, job: job, outcome: "refused", code: refusal.code, message: refusal.message,
                    state: state, reason: reason, snippet: situation.snippet))
        }
        switch refusal.kind {
        case .permanent, .needsTemplate:
            let failed = answered("failed", reason: refusal.code)
            // The mailbox's own server says that there is none.
            let isDead = situation.carrierName == Provider.smtp.rawValue && SMTP.isDeadAddress(refusal.code)
            return (
                .discarded(reason: refusal.code), isDead ? .all([failed, suppressed(situation, reason: "bounced")]) : failed
            )
        case .optedOut:
            return (
                .cancelled(reason: "opted_out"),
                .all([answered("skipped", reason: "opted_out"), suppressed(situation, reason: "opted_out")])
            )
        case .configuration:
            // No fault of the message: it waits, unspent, until somebody has mended the account or it expires.
            let wait: Duration = hasUntriedCarrier(situation) ? .zero : .seconds(60)
            return (.snoozed(for: wait), .all([answered("pending", reason: nil), misconfigured(refusal, situation)]))
        case .retry where refusal.isAboutRate && situation.comeBack != nil:
            // No fault of the message either: its turn comes, unspent, however many are before it.
            let wait = hasUntriedCarrier(situation) ? .zero : situation.comeBack ?? .zero
            return (.snoozed(for: wait), answered("pending", reason: nil))
        case .retry(let after):
            if hasUntriedCarrier(situation) { return (.snoozed(for: .zero), answered("pending", reason: nil)) }
            if job.attempts >= job.maxAttempts {
                return (.retry(after: .zero, reason: refusal.code), answered("failed", reason: refusal.code))
            }
            let delay = situation.work.channel.kind.backoff.delay(
                afterAttempts: job.attempts, retryAfter: after, random: situation.random)
            return (.retry(after: delay, reason: refusal.code), answered("pending", reason: nil))
        }
    }

    /// The address is not written to again (D-16).
    private static func suppressed(_ situation: Situation, reason: String) -> MessageEffect {
        .suppressed(
            MessageEffect.Suppression(
                tenant: situation.work.tenantID, channel: situation.work.channel, addressHash: situation.addressHash,
                reason: reason, masked: situation.masked))
    }

    /// Operators must mend the account.
    private static func misconfigured(_ refusal: Refusal, _ situation: Situation) -> MessageEffect {
        .alert(
            MessageEffect.Alert(
                fingerprint: AlertFingerprint.misconfigured(situation.carrierName, situation.account), tenant: nil,
                kind: "provider_configuration", severity: "critical",
                message: "\(situation.carrierName) refuses our account (\(refusal.code)): check its credentials and sender"))
    }

    private static func unknown(_ unknown: Uncertainty, _ situation: Situation) -> (JobOutcome, MessageEffect) {
        let job = situation.work.job
        // The attempt stays open, and its answer is asked for in the way that its provider allows.
        let stillOpen = MessageEffect.answered(
            MessageEffect.Answered(
                attemptID: situation.attemptID, job: job, outcome: nil, code: unknown.code, message: unknown.reason,
                state: "sending"))
        switch situation.recovery {
        case .repeated where unknown.replayIsSafe && job.attempts < job.maxAttempts:
            let delay = situation.work.channel.kind.backoff.delay(
                afterAttempts: job.attempts, retryAfter: unknown.retryAfter, random: situation.random)
            return (.retry(after: delay, reason: unknown.code), stillOpen)
        case .lookedUp(let delay):
            if let wait = LookUpPlan.wait(after: situation.work.openAttempt?.reconciliations ?? 0) {
                return (.snoozed(for: max(wait, delay)), stillOpen)
            }
        case .reported(let window):
            if situation.work.openAttempt?.age ?? .zero < window { return (.snoozed(for: .seconds(30)), stillOpen) }
        case .repeated, .impossible: break
        }
        return (
            .cancelled(reason: "outcome_unknown"),
            uncertain(
                situation.work, attemptID: situation.attemptID, code: unknown.code, message: unknown.reason,
                snippet: situation.snippet)
        )
    }

    /// An attempt of which nothing more can be learnt.
    static func uncertain(_ work: Work, attemptID: String, code: String, message: String?, snippet: String?) -> MessageEffect {
        .answered(
            MessageEffect.Answered(
                attemptID: attemptID, job: work.job, outcome: "unknown", code: code, message: message, state: "uncertain",
                reason: code, snippet: snippet))
    }

    /// Whether the next generation falls on a carrier that has not been asked in this round.
    private static func hasUntriedCarrier(_ situation: Situation) -> Bool {
        (situation.work.generation + 1) % max(1, situation.carrierCount) != 0
    }
}

/// When a lost message is looked for: soon, and twice more; lists lag behind.
enum LookUpPlan {
    /// The wait before the next look, after so many questions; nil when there have been enough.
    static func wait(after questions: Int) -> Duration? {
        let waits: [Duration] = [.seconds(5), .seconds(30), .seconds(120)]
        return questions < waits.count ? waits[questions] : nil
    }
}

/// Under which name operators hear of what is wrong with an account, and of its end.
enum AlertFingerprint {
    static func misconfigured(_ provider: String, _ account: String) -> String {
        "provider_configuration:\(provider):\(account)"
    }

    static func down(_ provider: String, _ account: String) -> String { "provider_down:\(provider):\(account)" }
}

extension Refusal {
    /// What the provider asked us to wait, if it did.
    fileprivate var retryAfter: Duration? { if case .retry(let after) = kind { after } else { nil } }
}
