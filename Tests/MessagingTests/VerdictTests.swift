import Providers
import Queue
import Testing

@testable import Messaging

/// What each answer means for the delivery, its job and its attempt, as a table (D-11, D-12).
struct VerdictTests {
    /// Where an answer finds its message.
    struct Situation: Sendable {
        var attempts = 1
        var carriers = 1
        var generation = 0
        var recovery = Recovery.impossible
        /// How often its answer has been asked for.
        var reconciliations = 0
        var comeBack: Duration?
        /// An earlier answer to this very request was lost.
        var isRepetition = false

        static let plain = Situation()
        static let last = Situation(attempts: 8)
        static let repeatable = Situation(recovery: .repeated(within: .seconds(60)))
        static let repeatableLast = Situation(attempts: 8, recovery: .repeated(within: .seconds(60)))
        static let firstOfTwo = Situation(carriers: 2)
        static let secondOfTwo = Situation(carriers: 2, generation: 1)
        static let firstOfTwoAgain = Situation(carriers: 2, generation: 2)
        static let repetition = Situation(recovery: .repeated(within: .seconds(60)), isRepetition: true)
        static let repetitionLast = Situation(attempts: 8, recovery: .repeated(within: .seconds(60)), isRepetition: true)
        static let paced = Situation(comeBack: .seconds(1))
        static let pacedLast = Situation(attempts: 8, comeBack: .seconds(1))
        static let listed = Situation(recovery: .lookedUp(after: .seconds(5)))
        static let listedTwice = Situation(recovery: .lookedUp(after: .seconds(5)), reconciliations: 2, isRepetition: true)
        static let listedThrice = Situation(recovery: .lookedUp(after: .seconds(5)), reconciliations: 3, isRepetition: true)
        static let reported = Situation(recovery: .reported(within: .seconds(60)))
        static let reportedLate = Situation(recovery: .reported(within: .zero), isRepetition: true)
        static let repetitionOfTwo = Situation(carriers: 2, recovery: .repeated(within: .seconds(60)), isRepetition: true)
    }

    /// A row of the table: outcome of the job; of the attempt (nil leaves it open); state and reason of the delivery.
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let answer: ProviderAnswer
        let situation: Situation
        let job: String
        let attempt: String?
        let delivery: String
        var testDescription: String { name }

        init(_ name: String, _ answer: ProviderAnswer, _ situation: Situation, job: String, attempt: String?, delivery: String) {
            (self.name, self.answer, self.situation, self.job, self.attempt, self.delivery) = (
                name, answer, situation, job, attempt, delivery
            )
        }
    }

    private static let template = ProviderAnswer.refused(Refusal(code: "63016", kind: .needsTemplate))
    private static let table = [
        Row("accepted", .accepted, .plain, job: "completed", attempt: "accepted", delivery: "sent"),
        Row("accepted at last", .accepted, .last, job: "completed", attempt: "accepted", delivery: "sent"),
        Row("accepted when repeated", .accepted, .repetition, job: "completed", attempt: "accepted", delivery: "sent"),

        Row("permanent", .invalid, .plain, job: "discarded invalid_to", attempt: "refused", delivery: "failed invalid_to"),
        Row(
            "permanent, another carrier", .invalid, .firstOfTwo, job: "discarded invalid_to", attempt: "refused",
            delivery: "failed invalid_to"),
        Row("needs a template", template, .plain, job: "discarded 63016", attempt: "refused", delivery: "failed 63016"),
        Row("opted out", .optedOut, .plain, job: "cancelled opted_out", attempt: "refused", delivery: "skipped opted_out"),

        Row("busy", .busy, .plain, job: "retry later", attempt: "refused", delivery: "pending"),
        Row("busy, used up", .busy, .last, job: "retry now", attempt: "refused", delivery: "failed http_503"),
        Row("busy, another carrier", .busy, .firstOfTwo, job: "snooze now", attempt: "refused", delivery: "pending"),
        Row("busy, both carriers", .busy, .secondOfTwo, job: "retry later", attempt: "refused", delivery: "pending"),
        Row("busy, next round", .busy, .firstOfTwoAgain, job: "snooze now", attempt: "refused", delivery: "pending"),
        Row("busy when repeated", .busy, .repetition, job: "retry later", attempt: nil, delivery: "sending"),
        Row(
            "busy when repeated, another carrier", .busy, .repetitionOfTwo, job: "retry later", attempt: nil, delivery: "sending"),
        Row(
            "busy when repeated, used up", .busy, .repetitionLast, job: "cancelled outcome_unknown", attempt: "unknown",
            delivery: "uncertain http_503"),

        Row("too fast", .tooFast, .paced, job: "snooze later", attempt: "refused", delivery: "pending"),
        Row("too fast, used up", .tooFast, .pacedLast, job: "snooze later", attempt: "refused", delivery: "pending"),

        Row("account", .badAccount, .plain, job: "snooze later", attempt: "refused", delivery: "pending"),
        Row("account, used up", .badAccount, .last, job: "snooze later", attempt: "refused", delivery: "pending"),
        Row("account, another carrier", .badAccount, .firstOfTwo, job: "snooze now", attempt: "refused", delivery: "pending"),
        Row("account when repeated", .badAccount, .repetition, job: "retry later", attempt: nil, delivery: "sending"),

        Row("lost", .timedOut, .plain, job: "cancelled outcome_unknown", attempt: "unknown", delivery: "uncertain timed_out"),
        Row(
            "lost, another carrier", .timedOut, .firstOfTwo, job: "cancelled outcome_unknown", attempt: "unknown",
            delivery: "uncertain timed_out"),
        Row("lost, repeatable", .timedOut, .repeatable, job: "retry later", attempt: nil, delivery: "sending"),
        Row(
            "lost, used up", .timedOut, .repeatableLast, job: "cancelled outcome_unknown", attempt: "unknown",
            delivery: "uncertain timed_out"),
        Row("lost when repeated", .timedOut, .repetition, job: "retry later", attempt: nil, delivery: "sending"),
        Row("lost, listed", .timedOut, .listed, job: "snooze later", attempt: nil, delivery: "sending"),
        Row("not listed, twice", .timedOut, .listedTwice, job: "snooze later", attempt: nil, delivery: "sending"),
        Row(
            "not listed, thrice", .timedOut, .listedThrice, job: "cancelled outcome_unknown", attempt: "unknown",
            delivery: "uncertain timed_out"),
        Row("found in the list", .accepted, .listedTwice, job: "completed", attempt: "accepted", delivery: "sent"),
        Row("lost, to be reported", .timedOut, .reported, job: "snooze later", attempt: nil, delivery: "sending"),
        Row(
            "not reported in time", .timedOut, .reportedLate, job: "cancelled outcome_unknown", attempt: "unknown",
            delivery: "uncertain timed_out"),
        Row(
            "other bytes under the key", .unrepeatable, .repeatable, job: "cancelled outcome_unknown", attempt: "unknown",
            delivery: "uncertain conflict"),
    ]

    private static let hash = "abcd"

    private static func verdict(_ row: Row, provider: String = "twilio") -> Verdict {
        let job = ClaimedJob(
            id: 7, lease: 3, kind: "message.sms", tenantID: "acme", attempts: row.situation.attempts, maxAttempts: 8)
        let open = Work.OpenAttempt(
            id: "open", provider: "twilio", account: "default", idempotencyKey: "key", endpoint: "/", contentType: "",
            request: "", openedAt: 0, age: .zero, reconciliations: row.situation.reconciliations)
        let work = Work(
            job: job, deliveryID: 1, tenantID: "acme", kind: "letter", channel: .sms, state: "pending",
            generation: row.situation.generation, dedupeKey: "letter:a", isMarketing: false, isExpired: false, addressHash: hash,
            openAttempt: row.situation.isRepetition ? open : nil)
        return Verdict(
            row.answer,
            Verdict.Situation(
                work: work, attemptID: "attempt", carrierName: provider, account: "default",
                carrierCount: row.situation.carriers, recovery: row.situation.recovery, addressHash: hash, masked: "+33•••0011",
                snippet: "Bonjour", random: 0.5, comeBack: row.situation.comeBack))
    }

    private static func all(_ effect: MessageEffect) -> [MessageEffect] {
        if case .all(let effects) = effect { effects.flatMap { all($0) } } else { [effect] }
    }

    private static func answered(_ verdict: Verdict) -> MessageEffect.Answered? {
        for case .answered(let answered) in all(verdict.effect) { return answered }
        return nil
    }

    @Test(arguments: table)
    func `every answer has one meaning`(row: Row) throws {
        let verdict = Self.verdict(row)
        let job =
            switch verdict.outcome {
            case .completed: "completed"
            case .cancelled(let reason): "cancelled \(reason)"
            case .discarded(let reason): "discarded \(reason)"
            case .retry(let delay, _): delay == .zero ? "retry now" : "retry later"
            case .snoozed(let delay): delay == .zero ? "snooze now" : "snooze later"
            case .returned: "returned"
            }
        let answered = try #require(Self.answered(verdict))
        #expect(job == row.job)
        #expect(answered.outcome == row.attempt)
        #expect([answered.state, answered.reason].compactMap { $0 }.joined(separator: " ") == row.delivery)
        #expect(answered.attemptID == "attempt" && answered.job.lease == 3)
    }

    @Test(arguments: table)
    func `a job goes on exactly where its delivery does`(row: Row) throws {
        let verdict = Self.verdict(row)
        let goesOn =
            switch verdict.outcome {
            case .retry: row.situation.attempts < 8
            case .snoozed, .returned: true
            case .completed, .cancelled, .discarded: false
            }
        let state = try #require(Self.answered(verdict)).state
        #expect(["pending", "sending"].contains(state) == goesOn)
    }

    @Test(arguments: table)
    func `a refused account alone calls the operators, an opt-out alone suppresses`(row: Row) {
        var (alerts, suppressions) = (0, 0)
        for effect in Self.all(Self.verdict(row).effect) {
            switch effect {
            case .alert(let alert):
                alerts += 1
                #expect(alert.kind == "provider_configuration" && alert.tenant == nil)
            case .suppressed(let suppression):
                suppressions += 1
                #expect(suppression.tenant == "acme" && suppression.channel == .sms && suppression.addressHash == Self.hash)
            case .answered, .all, .over: break
            }
        }
        #expect(alerts == (row.answer == .badAccount ? 1 : 0))
        #expect(suppressions == (row.answer == .optedOut ? 1 : 0))
    }

    @Test(arguments: [("smtp", "5.1.1", 1), ("smtp", "5.7.1", 0), ("resend", "5.1.1", 0)])
    func `a mailbox that does not exist is suppressed where its own server says so`(
        provider: String, code: String, count: Int
    ) {
        let answer = ProviderAnswer.refused(Refusal(code: code, kind: .permanent))
        let row = Row("", answer, .plain, job: "", attempt: "", delivery: "")
        let suppressions = Self.all(Self.verdict(row, provider: provider).effect).filter {
            if case .suppressed = $0 { true } else { false }
        }
        #expect(suppressions.count == count)
    }

    @Test func `a wait is never shorter than what the provider asked for`() {
        let answer = ProviderAnswer.refused(Refusal(code: "http_429", kind: .retry(after: .seconds(3600))))
        let row = Row("", answer, .plain, job: "", attempt: "", delivery: "")
        #expect(Self.verdict(row).outcome == .retry(after: .seconds(3600), reason: "http_429"))
    }
}
