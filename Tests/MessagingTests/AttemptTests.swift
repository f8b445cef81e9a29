import Postgres
import Primitives
import Providers
import Queue
import Runtime
import Schema
import TestSupport
import Testing

@testable import Messaging

/// One attempt at a time, never performed anew, its answer recorded whoever brings it (D-11).
@Suite(.serialized)
struct AttemptTests {
    /// Lets a first deliverer send and hold its answer, does something meanwhile, then lets the answer in.
    ///
    /// - Returns: what the first deliverer's drain came to.
    @discardableResult
    private func deliver(
        _ office: PostOffice, answering answer: ProviderAnswer, repeatableFor: Duration? = nil, meanwhile: () async throws -> Void
    ) async throws -> DrainReport {
        let (asked, answered) = (Gate(), Gate())
        let carrier = ScriptedCarrier(.twilio, repeatableFor: repeatableFor) { _, _ in
            asked.open()
            await answered.pass()
            return answer
        }
        let delivering = Task { try await office.deliver([.sms: [carrier]], name: "first") }
        await asked.pass()
        do {
            try await meanwhile()
        } catch {
            answered.open()
            throw error
        }
        answered.open()
        return try await delivering.value
    }

    @Test func `a second attempt in the open is impossible`() async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        try await deliver(office, answering: .accepted) {
            let error = await #expect(throws: PostgresError.self) {
                try await office.database.execute(
                    """
                    insert into relance.delivery_attempts (id, tenant_id, delivery_id, job_id, lease, generation, provider, idempotency_key)
                    select gen_random_uuid(), tenant_id, delivery_id, job_id, lease + 1, 1, 'sendgrid', 'other' from relance.delivery_attempts
                    """)
            }
            #expect(error?.sqlState == "23505")
        }
    }

    @Test func `an attempt in the open is not performed anew, and ends uncertain with an alert`() async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        let second = ScriptedCarrier()
        let report = try await deliver(office, answering: .timedOut) {
            try await office.expireLeases()
            try await office.deliver([.sms: [second]], name: "second")
            #expect(try await office.state("a") == "uncertain answer_lost")
        }
        #expect(second.requests.isEmpty)
        #expect(report.stale == 1)
        #expect(try await office.state("a") == "uncertain answer_lost")
        #expect(try await office.attempts("a") == ["unknown answer_lost"])
        #expect(try await office.job("a") == "cancelled outcome_unknown")
        #expect(try await office.alerts() == ["outcome_unknown"])
    }

    /// The first deliverer's answer, after the second one gave the attempt up: what is known in the end.
    @Test(arguments: [
        (ProviderAnswer.accepted, "sent", ["accepted"]), (.invalid, "failed invalid_to", ["refused invalid_to"]),
        (.busy, "failed http_503", ["refused http_503"]), (.timedOut, "uncertain answer_lost", ["unknown answer_lost"]),
    ])
    func `an answer that comes under a stale lease is still recorded`(answer: ProviderAnswer, state: String, attempts: [String])
        async throws
    {
        let office = try await PostOffice()
        try await office.plan("a")
        try await deliver(office, answering: answer) {
            try await office.expireLeases()
            try await office.deliver([.sms: [ScriptedCarrier()]], name: "second")
        }
        #expect(try await office.state("a") == state)
        #expect(try await office.attempts("a") == attempts)
        #expect(try await office.job("a") == "cancelled outcome_unknown")
        #expect(
            try await office.database.count("select cost_microeuros from relance.deliveries")
                == (answer == .accepted ? 50_000 : 0))
    }

    @Test func `a repetition under the same key carries the same bytes`() async throws {
        let office = try await PostOffice()
        try await office.plan("a", expiresAfter: 600)
        let carrier = ScriptedCarrier(repeatableFor: .seconds(3600), answers: [.timedOut, .timedOut, .accepted])
        try await office.deliver([.sms: [carrier]])
        #expect(try await office.state("a") == "sending")
        #expect(try await office.job("a") == "live retryable")
        // A new text would be another message under the key.
        try await office.database.execute("update letters set body = 'Autre chose'")
        try await office.deliver([.sms: [carrier]], at: 30)
        try await office.deliver([.sms: [carrier]], at: 60)
        #expect(try await office.state("a") == "sent")
        #expect(carrier.requests.count == 3)
        #expect(Set(carrier.requests).count == 1)
        #expect(try await office.attempts("a") == ["accepted"])
        #expect(try await office.database.count("select reconciliations from relance.delivery_attempts") == 2)
    }

    /// The first deliverer's answer while the second one asks again, and the second one's own.
    @Test(arguments: [
        (ProviderAnswer.busy, ProviderAnswer.accepted, "sent", "completed"),
        (.timedOut, .accepted, "sent", "completed"),
        (.invalid, .accepted, "sent", "completed"),
        (.accepted, .busy, "sent", "live retryable"),
        (.accepted, .timedOut, "sent", "live retryable"),
        (.accepted, .accepted, "sent", "completed"),
        (.busy, .timedOut, "sending", "live retryable"),
    ])
    func `two who ask about the same attempt never leave it half done`(
        first: ProviderAnswer, second: ProviderAnswer, state: String, job: String
    ) async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        let (asked, answered) = (Gate(), Gate())
        let carrier = ScriptedCarrier(repeatableFor: .seconds(3600)) { _, _ in
            asked.open()
            await answered.pass()
            return second
        }
        var repeating: Task<DrainReport, any Error>?
        let report = try await deliver(office, answering: first, repeatableFor: .seconds(3600)) {
            try await office.expireLeases()
            repeating = Task { try await office.deliver([.sms: [carrier]], name: "second") }
            await asked.pass()
        }
        #expect(report.stale == 1)
        answered.open()
        _ = try await repeating?.value
        #expect(try await office.state("a") == state)
        #expect(try await office.job("a") == job)
        // Whatever is left to do is done by whoever comes next, and nothing is sent anew.
        let last = ScriptedCarrier(repeatableFor: .seconds(3600))
        try await office.deliver([.sms: [last]], at: 30)
        #expect(try await office.state("a") == "sent")
        #expect(last.requests.count == (state == "sending" ? 1 : 0))
        #expect(Set(carrier.requests + last.requests).count == 1)
    }

    @Test(arguments: [true, false])
    func `a refusal of the first request lets no other leave whose repetition may have been heard`(answers: Bool) async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        let second = ScriptedCarrier(repeatableFor: .seconds(3600), answers: [.timedOut])
        try await deliver(office, answering: .busy, repeatableFor: .seconds(3600)) {
            try await office.expireLeases()
            try await office.deliver([.sms: [second]], name: "second")
            #expect(second.requests.count == 1)
            // As if it had died before it could write that it knows nothing.
            if !answers {
                try await office.database.execute("update relance.delivery_attempts set reconciliations = 0, code = null")
            }
        }
        #expect(try await office.state("a") == "sending")
        let last = ScriptedCarrier(repeatableFor: .seconds(3600))
        try await office.deliver([.sms: [last]], at: 30)
        #expect(last.requests == second.requests)
        #expect(try await office.state("a") == "sent")
        #expect(try await office.attempts("a") == ["accepted"])
    }

    @Test func `a refusal that comes while nobody has the job lets it be sent`() async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        try await deliver(office, answering: .busy) {
            try await office.database.execute(
                "update relance.jobs set state = 'available', lease = null, leased_until = null, leased_by = null")
        }
        // Its own loop takes it up again, with a new attempt and a new key.
        #expect(try await office.state("a") == "pending")
        #expect(try await office.attempts("a") == ["refused http_503", "refused http_503"])
        try await office.deliver([.sms: [ScriptedCarrier()]], at: 30)
        #expect(try await office.state("a") == "sent")
        #expect(try await office.database.count("select count(distinct idempotency_key) from relance.delivery_attempts") == 3)
    }

    /// Why an open attempt cannot be asked about again.
    @Test(arguments: [
        "update relance.delivery_attempts set opened_at = clock_timestamp() - interval '2 h'",
        "update relance.delivery_attempts set request = null, endpoint = null, content_type = null",
        "update relance.delivery_attempts set provider = 'sendgrid'",
        "update relance.deliveries set due_at = due_at - interval '2 h', expires_at = due_at - interval '1 h'",
        "update letters set is_wanted = false",
        "insert into relance.suppressions select tenant_id, channel, recipient_hash, 'all', 'stop' from relance.deliveries",
    ])
    func `what must not be sent is not repeated either`(change: String) async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        let carrier = ScriptedCarrier(repeatableFor: .seconds(3600), answers: [.timedOut])
        try await office.deliver([.sms: [carrier]])
        try await office.database.execute(change)
        try await office.deliver([.sms: [carrier]], at: 30)
        #expect(carrier.requests.count == 1)
        #expect(try await office.state("a") == "uncertain answer_lost")
        #expect(try await office.attempts("a") == ["unknown answer_lost"])
        #expect(try await office.job("a") == "cancelled outcome_unknown")
    }

    /// Why marketing must not be repeated.
    @Test(arguments: [
        "insert into leads (tenant_id, id, name, marketing_consent) values ('acme', 'l1', 'L', 'denied')",
        """
        with who as (update relance.deliveries set recipient_type = 'user', recipient_id = 'u1')
        insert into notification_preferences (tenant_id, user_id, kind, channel, is_enabled)
        values ('acme', 'u1', 'letter', 'sms', false)
        """,
    ])
    func `what is not wanted any more is not repeated`(change: String) async throws {
        let office = try await PostOffice()
        try await office.plan("a", messageClass: "marketing")
        let carrier = ScriptedCarrier(repeatableFor: .seconds(3600), answers: [.timedOut])
        try await office.deliver([.sms: [carrier]])
        try await office.database.execute(change)
        try await office.deliver([.sms: [carrier]], at: 30)
        #expect(carrier.requests.count == 1)
        #expect(try await office.state("a") == "uncertain answer_lost")
    }

    @Test func `marketing is not repeated by night, whatever its own claim does to a cap`() async throws {
        let office = try await PostOffice()
        try await office.database.execute("update organization_settings set marketing_per_day = 1")
        try await office.plan("a", expiresAfter: 24 * 60, messageClass: "marketing")
        let carrier = ScriptedCarrier(repeatableFor: .seconds(3600), answers: [.timedOut, .accepted])
        try await office.deliver([.sms: [carrier]])
        // 22:00 in Paris, and 10:00.
        try await office.deliver([.sms: [carrier]], at: 480)
        #expect(carrier.requests.count == 1)
        try await office.deliver([.sms: [carrier]], at: 1200)
        #expect(try await office.state("a") == "sent")
    }

    @Test func `two jobs of one message in one claim send it once`() async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        try await office.database.execute(
            """
            insert into relance.jobs (tenant_id, kind, queue, state, run_at, dedupe_key, args)
            select tenant_id, kind, queue, state, run_at, 'other', args from relance.jobs
            """)
        let carrier = ScriptedCarrier()
        try await office.deliver([.sms: [carrier]])
        #expect(carrier.requests.count == 1)
        #expect(try await office.attempts("a") == ["accepted"])
    }

    @Test(arguments: [[0, 1], [1, 0]])
    func `of two answers in one commit the acceptance counts`(order: [Int]) async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        try await office.deliver([.sms: [ScriptedCarrier(repeatableFor: .seconds(3600), answers: [.timedOut])]])
        let attempt = try await office.database.value("select id from relance.delivery_attempts")
        let job = ClaimedJob(
            id: Int64(try await office.database.count("select id from relance.jobs")), lease: 1, kind: "message.sms",
            tenantID: "acme",
            attempts: 1, maxAttempts: 8)
        let answers = [
            MessageEffect.Answered(
                attemptID: attempt, job: job, outcome: "refused", code: "invalid_to", state: "failed", reason: "invalid_to"),
            MessageEffect.Answered(attemptID: attempt, job: job, outcome: "accepted", providerID: "p1", state: "sent"),
        ]
        let statements = MessageEffect.statements(order.map { .answered(answers[$0]) })
        _ = try await office.connection().run { session throws in
            try session.batch(at: .fixed(PostOffice.noon), statements).count
        }
        #expect(try await office.state("a") == "sent")
        #expect(try await office.attempts("a") == ["accepted"])
    }

    @Test(arguments: [
        "update relance.instance set sending_paused_at = now()",
        "update organization_settings set sending_paused_at = now() where tenant_id = 'acme'",
    ])
    func `a pause holds repetitions back and loses none`(pause: String) async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        let carrier = ScriptedCarrier(repeatableFor: .seconds(3600), answers: [.timedOut, .accepted])
        try await office.deliver([.sms: [carrier]])
        try await office.database.execute(pause)
        try await office.deliver([.sms: [carrier]], at: 20)
        #expect(carrier.requests.count == 1)
        #expect(try await office.state("a") == "sending")
        try await office.database.execute("update relance.instance set sending_paused_at = null")
        try await office.database.execute("update organization_settings set sending_paused_at = null")
        try await office.deliver([.sms: [carrier]], at: 40)
        #expect(carrier.requests.count == 2)
        #expect(try await office.state("a") == "sent")
    }

    @Test func `an opt-out that a repetition learns of suppresses the right address`() async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        try await office.deliver([.sms: [ScriptedCarrier(repeatableFor: .seconds(3600), answers: [.timedOut])]])
        try await office.deliver([.sms: [ScriptedCarrier(repeatableFor: .seconds(3600), answers: [.optedOut])]], at: 30)
        #expect(try await office.state("a") == "skipped opted_out")
        let hash = PostOffice.addresses.hash("+33639980011")
        #expect(
            try await office.database.rows(
                "select tenant_id, channel, scope, encode(address_hash, 'hex') from relance.suppressions")
                == [["acme", "sms", "all", hash]])
        try await office.plan("b")
        try await office.deliver([.sms: [ScriptedCarrier()]], at: 31)
        #expect(try await office.state("b") == "skipped suppressed")
    }

    // MARK: Interruptions

    /// Ends the session that commits an attempt, the first time: after all its statements, before its commit is answered.
    private func killAtCommit(_ office: PostOffice, on event: String) async throws {
        try await office.database.execute("create sequence public.strikes")
        try await office.database.execute("grant usage on sequence public.strikes to relance_worker")
        try await office.database.execute(
            """
            create function public.strike() returns trigger language plpgsql as $$
            begin
                if nextval('public.strikes') = 1 then perform pg_terminate_backend(pg_backend_pid()); end if;
                return null;
            end $$
            """)
        try await office.database.execute(
            """
            create constraint trigger strike after \(event) on relance.delivery_attempts deferrable initially deferred
                for each row execute function public.strike()
            """)
    }

    @Test func `a claim whose connection dies at its commit is made again, and sent once`() async throws {
        let office = try await PostOffice()
        try await killAtCommit(office, on: "insert")
        for id in ["a", "b", "c"] { try await office.plan(id) }
        let carrier = ScriptedCarrier()
        try await office.deliver([.sms: [carrier]])
        #expect(carrier.requests.isEmpty)
        #expect(try await office.state("a") == "pending")
        try await office.deliver([.sms: [carrier]], at: 1)
        #expect(carrier.requests.count == 3)
        for id in ["a", "b", "c"] {
            #expect(try await office.state(id) == "sent")
            #expect(try await office.attempts(id) == ["accepted"])
        }
    }

    @Test func `a claim whose answer is lost after its commit is closed as not sent, and sent once`() async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        try await office.plan("n", .inApp)
        let failpoints = try Failpoints("attempt.opened=fail@1")
        failpoints.arm()
        let carrier = ScriptedCarrier()
        try await office.deliver([.sms: [carrier]], failpoints: failpoints)
        try await office.deliver([.sms: [carrier]], at: 1)
        #expect(carrier.requests.count == 1)
        #expect(try await office.state("a") == "sent")
        #expect(try await office.state("n") == "sent")
        #expect(try await office.attempts("a").contains("accepted"))
        #expect(try await office.database.count("select count(*) from notifications") == 1)
    }

    @Test func `an answer whose connection dies at its commit is written again, once`() async throws {
        let office = try await PostOffice()
        try await killAtCommit(office, on: "update")
        try await office.plan("a")
        let carrier = ScriptedCarrier()
        try await office.deliver([.sms: [carrier]])
        #expect(carrier.requests.count == 1)
        #expect(try await office.state("a") == "sent")
        #expect(try await office.database.count("select cost_microeuros from relance.deliveries") == 50_000)
        #expect(try await office.database.count("select count(*) from lead_activities") == 1)
    }

    // MARK: Failover, waiting, keys

    @Test(arguments: [
        (ProviderAnswer.busy, "sent", 1, [String]()), (.badAccount, "sent", 1, ["provider_configuration"]),
        (.timedOut, "uncertain timed_out", 0, ["outcome_unknown"]), (.invalid, "failed invalid_to", 0, []),
        (.optedOut, "skipped opted_out", 0, []), (.accepted, "sent", 0, []),
    ])
    func `the next provider takes over after a definite refusal, never after a lost answer`(
        answer: ProviderAnswer, state: String, taken: Int, alerts: [String]
    ) async throws {
        let office = try await PostOffice()
        try await office.plan("a", .email, to: "luc@example.com")
        let (first, second) = (ScriptedCarrier(.resend, answers: [answer]), ScriptedCarrier(.sendgrid))
        try await office.deliver([.email: [first, second]])
        #expect(first.requests.count == 1)
        #expect(second.requests.count == taken)
        #expect(try await office.state("a") == state)
        #expect(try await office.alerts() == alerts)
        if taken == 1 { #expect(first.requests[0].idempotencyKey != second.requests[0].idempotencyKey) }
    }

    @Test func `when both providers are busy the message waits for the next round`() async throws {
        let office = try await PostOffice()
        try await office.plan("a", .email, to: "luc@example.com")
        let (first, second) = (
            ScriptedCarrier(.resend, answers: [.busy]), ScriptedCarrier(.sendgrid, answers: [.busy, .accepted])
        )
        try await office.deliver([.email: [first, second]])
        #expect((first.requests.count, second.requests.count) == (1, 1))
        #expect(try await office.job("a") == "live retryable")
        try await office.deliver([.email: [first, second]], at: 30)
        #expect((first.requests.count, second.requests.count) == (2, 2))
        #expect(try await office.state("a") == "sent")
        #expect(Set((first.requests + second.requests).map(\.idempotencyKey)).count == 4)
    }

    @Test func `a refused account costs the message no attempt: it waits until it is mended or expires`() async throws {
        let office = try await PostOffice()
        try await office.plan("a", attempts: 2)
        try await office.plan("b", expiresAfter: 5)
        // As after weeks of it.
        try await office.database.execute("update relance.deliveries set generation = 40000, attempts = 40000")
        let carrier = ScriptedCarrier { number, request in number <= 8 ? .badAccount : .accepted(providerID: request.body) }
        for minute in 0...3 { try await office.deliver([.sms: [carrier]], at: minute * 2) }
        #expect(try await office.state("b") == "missed expired_before_sending")
        try await office.deliver([.sms: [carrier]], at: 30)
        try await office.deliver([.sms: [carrier]], at: 40)
        #expect(try await office.state("a") == "sent")
        #expect(
            try await office.database.rows("select kind, occurrences > 1 from relance.system_alerts order by kind") == [
                ["messages_missed", "f"], ["provider_configuration", "t"],
            ])
    }

    @Test func `the key of a request is that of tenant, message and generation`() async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        try await office.plan("a", tenant: "zeta")
        try await office.plan("b")
        let carrier = ScriptedCarrier { number, request in number <= 3 ? .busy : .accepted(providerID: request.body) }
        try await office.deliver([.sms: [carrier]])
        try await office.deliver([.sms: [carrier]], at: 30)
        let keys = carrier.parcels.map { "\($0.tenantID) \($0.deliveryID)" }
        #expect(Set(keys).count == 3)
        #expect(Set(carrier.requests.map(\.idempotencyKey)).count == 6)
        let wanted = try await office.database.rows(
            """
            select encode(sha256(convert_to(tenant_id, 'UTF8') || '\\x00' || convert_to(dedupe_key, 'UTF8') || '\\x00'
                || convert_to(generation::text, 'UTF8')), 'hex')
            from relance.deliveries
            """
        ).map { $0[0] }
        #expect(Set(wanted).isSubset(of: Set(carrier.requests.compactMap(\.idempotencyKey))))
    }

    @Test(arguments: [
        ProviderAnswer.accepted(providerID: "a\u{0}b"),
        .refused(Refusal(code: "c\u{0}", kind: .permanent, message: String(repeating: "é\u{0}", count: 100_000))),
        .unknown(Uncertainty(code: "\u{0}", reason: "\u{0}", replayIsSafe: false)),
    ])
    func `a provider's answer that Postgres cannot hold is recorded as far as it can`(answer: ProviderAnswer) async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        try await office.deliver([.sms: [ScriptedCarrier(answers: [answer])]])
        #expect(try await office.database.count("select count(*) from relance.deliveries where settled_at is not null") == 1)
        #expect(try await office.database.count("select max(length(message)) from relance.delivery_attempts") <= 500)
    }

    @Test func `requests are taken out of old attempts, and of no others`() async throws {
        let office = try await PostOffice()
        for id in ["a", "b"] { try await office.plan(id) }
        try await office.deliver([.sms: [ScriptedCarrier()]])
        try await office.database.execute(
            "update relance.delivery_attempts set opened_at = clock_timestamp() - interval '49 h' where delivery_id = (select min(delivery_id) from relance.delivery_attempts)"
        )
        #expect(try await office.connection().execute(.purgeRequests) == 1)
        #expect(try await office.connection().execute(.purgeRequests) == 0)
        #expect(try await office.database.count("select count(*) from relance.delivery_attempts where request is not null") == 1)
    }
}
