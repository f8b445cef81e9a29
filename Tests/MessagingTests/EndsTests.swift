import Messaging
import Postgres
import Primitives
import Providers
import Queue
import Runtime
import Synchronization
import TestSupport
import Testing

/// No silent end (I4) and nothing twice (I1), whatever goes wrong in whatever order.
@Suite(.serialized)
struct EndsTests {
    /// A provider that loses answers, is busy, refuses, and sometimes knows a repetition by its key. It remembers what would
    /// have reached people.
    private final class Provider: Sendable {
        private struct State {
            var random: SplitMix
            var reached: [String: Int] = [:]
            var keys: Set<String> = []
        }

        private let state: Mutex<State>
        private let isRepeatable: Bool

        init(seed: UInt64, isRepeatable: Bool) {
            state = Mutex(State(random: SplitMix(state: seed)))
            self.isRepeatable = isRepeatable
        }

        /// How often each message reached somebody, by its endpoint.
        var reached: [String: Int] { state.withLock { $0.reached } }

        /// What its records show of a lost request; they lag, and now and then cannot be read.
        func listing(_ lost: LostRequest) -> LookUpAnswer {
            state.withLock { state in
                let chance = Int.random(in: 0..<100, using: &state.random)
                if chance < 20 { return .unavailable(reason: "http_503") }
                let isListed = state.reached[lost.prepared.endpoint] != nil && chance < 70
                return isListed ? .found(providerID: lost.prepared.endpoint, failureCode: nil) : .notFound
            }
        }

        func answer(_ request: PreparedRequest) -> ProviderAnswer {
            state.withLock { state in
                let key = request.idempotencyKey ?? ""
                let chance = Int.random(in: 0..<100, using: &state.random)
                // A key that was taken in is answered as before, unless the answer is lost again.
                let isKnown = isRepeatable && state.keys.contains(key)
                if !isKnown, (10..<25).contains(chance) { return .busy }
                if !isKnown, (25..<30).contains(chance) { return .badAccount }
                if !isKnown, (30..<35).contains(chance) { return .invalid }
                if (35..<45).contains(chance) { return .timedOut }
                if !isKnown {
                    state.reached[request.endpoint, default: 0] += 1
                    state.keys.insert(key)
                }
                return (45..<60).contains(chance) ? .timedOut : .accepted(providerID: request.endpoint)
            }
        }
    }

    /// What befalls the fleet between two drains.
    private static let accidents = [
        // A process dies: its leases run out.
        "update relance.jobs set leased_until = clock_timestamp() - interval '1 s' where state = 'running'",
        "update relance.instance set sending_paused_at = case when sending_paused_at is null then now() end",
        "update letters set is_wanted = false where id = (select id from letters order by random() limit 1)",
        """
        update relance.deliveries set state = 'cancelled', reason = 'by_operator', settled_at = clock_timestamp()
        where id = (select id from relance.deliveries where state = 'pending' order by random() limit 1)
        """,
        // An operator discards a job.
        """
        with gone as (
            delete from relance.jobs where id = (select id from relance.jobs where state <> 'running' order by random() limit 1)
            returning *)
        insert into relance.dead_jobs (
            id, tenant_id, kind, queue, priority, reason, attempts, max_attempts, crashes, args, dedupe_key, expires_at, lease,
            leased_by, errors, trace_id, run_at, created_at)
        select id, tenant_id, kind, queue, priority, 'by_operator', attempts, max_attempts, crashes, args, dedupe_key, expires_at, 0,
            'x', errors, trace_id, run_at, created_at
        from gone
        """,
        "update organization_settings set sending_paused_at = case when sending_paused_at is null then now() end",
        "update organization_settings set sms_monthly_cap_cents = case when random() < 0.5 then (random() * 50)::integer end",
        // Somebody opts out who was written to.
        """
        insert into relance.suppressions (tenant_id, channel, address_hash, scope, reason)
        select tenant_id, channel, recipient_hash, 'all', 'opt_out_word' from relance.deliveries
        where recipient_hash is not null and channel = 'email' order by random() limit 1
        on conflict do nothing
        """,
        // An operator sends a failed message once more.
        """
        with again as (
            update relance.deliveries set state = 'pending', reason = null, settled_at = null
            where id = (
                select d.id from relance.deliveries d
                where d.state = 'failed' and not exists (select from relance.jobs j where j.dedupe_key = d.dedupe_key)
                order by random() limit 1)
            returning *)
        insert into relance.jobs (tenant_id, kind, queue, state, run_at, expires_at, dedupe_key, args, max_attempts)
        select tenant_id, 'message.' || channel, 'messages', 'available', due_at, expires_at, dedupe_key,
            jsonb_build_object('delivery', id), 4
        from again
        """,
        // The tenant gets an account of its own, or loses it.
        """
        with gone as (delete from relance.provider_accounts returning 1)
        insert into relance.provider_accounts (tenant_id, channel, provider, account, sender, secret_ref)
        select 'acme', 'sms', 'twilio', 'AC1', '+33700000001', 'ACCOUNT_ACME' where not exists (select from gone)
        """,
        "select",
    ]

    private static let faults = [
        "", "", "message.composed=fail@1", "attempt.opened=fail@1", "attempt.opened=fail@2", "jobs.claimed=fail@1",
        "jobs.settled=fail@1",
    ]

    /// One drain with a fault of its own; a failpoint of the loop ends it as a crash would.
    private func drain(
        _ office: PostOffice, _ carriers: [MessageChannel: [any Carrier]], own: ScriptedCarrier, at minute: Int, fault: String
    ) async throws {
        let failpoints = try Failpoints(fault.isEmpty ? nil : fault)
        failpoints.arm()
        do {
            let accounts = ProviderAccounts { _ in .success(own) }
            try await office.deliver(carriers, at: minute, failpoints: failpoints, accounts: accounts)
        } catch is FailpointError {}
    }

    /// Real time, which attempts are as old by.
    private func letTimePass(_ office: PostOffice, minutes: Int) async throws {
        try await office.database.execute(
            "update relance.delivery_attempts set opened_at = opened_at - make_interval(mins => $1::integer) where closed_at is null",
            [.int(minutes)])
    }

    /// The provider tells of some of the messages that it had taken in, of some twice.
    private func report(_ office: PostOffice, _ provider: Provider, as name: Providers.Provider, using random: inout SplitMix)
        async throws
    {
        let rows = try await office.database.rows(
            """
            select distinct on (delivery_id) id, delivery_id from relance.delivery_attempts where provider = $1
            order by delivery_id, generation desc
            """, [.text(name.rawValue)])
        let reached = provider.reached
        let told = rows.filter { reached["/\($0[1])"] != nil && Bool.random(using: &random) }
        let statuses: [StatusReport.Status] = [.accepted, .sent, .delivered]
        try await office.record(
            (told + told.prefix(2)).map {
                StatusReport(
                    provider: name, providerID: "/\($0[1])", attemptID: $0[0],
                    status: statuses.randomElement(using: &random) ?? .sent, occurredAt: 1_781_092_800)
            })
    }

    @Test(arguments: UInt64(1)...8)
    func `every message ends in one word with its reason, and reaches nobody twice`(seed: UInt64) async throws {
        var random = SplitMix(state: seed)
        let office = try await PostOffice()
        for number in 1...12 {
            for channel in MessageChannel.allCases {
                try await office.plan(
                    "\(channel)\(number)", channel, to: channel == .email ? "a\(number)@example.com" : "+33639980011",
                    expiresAfter: [20, 60, 200][number % 3],
                    messageClass: number % 4 == 0 && channel != .inApp ? "marketing" : "transactional", attempts: 4)
            }
        }
        let mail = Provider(seed: seed &+ 1, isRepeatable: true)
        let (backup, texts) = (Provider(seed: seed &+ 2, isRepeatable: false), Provider(seed: seed &+ 3, isRepeatable: false))
        let text = ScriptedCarrier { _, request in texts.answer(request) }
        let listed = ScriptedCarrier(
            recovery: .lookedUp(after: .seconds(5)), script: { _, request in texts.answer(request) },
            listing: { texts.listing($0) })
        let own = ScriptedCarrier(
            account: "AC1", recovery: .lookedUp(after: .seconds(5)), script: { _, request in texts.answer(request) },
            listing: { texts.listing($0) })
        func carriers(gate: ProviderGate?) -> [MessageChannel: [any Carrier]] {
            [
                .email: [
                    ScriptedCarrier(.resend, repeatableFor: .seconds(3600), gate: gate) { _, request in mail.answer(request) },
                    ScriptedCarrier(.sendgrid, recovery: .reported(within: .seconds(900))) { _, request in
                        backup.answer(request)
                    },
                ],
                .sms: [listed], .whatsapp: [text],
            ]
        }
        // What one account has learnt lasts as long as the storm.
        let stormy = carriers(gate: seed.isMultiple(of: 2) ? ProviderGate(maxInFlight: 3) : nil)
        for minute in stride(from: 0, through: 180, by: 12) {
            let fault = Self.faults.randomElement(using: &random) ?? ""
            try await drain(office, stormy, own: own, at: minute, fault: fault)
            try await office.database.execute(Self.accidents.randomElement(using: &random) ?? "select")
            if Bool.random(using: &random) { try await report(office, backup, as: .sendgrid, using: &random) }
            if Bool.random(using: &random) { try await report(office, texts, as: .twilio, using: &random) }
            try await letTimePass(office, minutes: 12)
        }
        // The storm is over: what is left expires.
        try await office.database.execute("update relance.instance set sending_paused_at = null")
        try await office.database.execute("update organization_settings set sending_paused_at = null")
        // Caps defer marketing to other days, at most to its hard stop.
        for minute in Array(stride(from: 200, through: 320, by: 20)) + (1...8).map({ $0 * 1440 + 200 }) {
            try await office.expireLeases()
            try await letTimePass(office, minutes: 20)
            try await drain(office, carriers(gate: nil), own: own, at: minute, fault: "")
        }

        #expect(try await office.database.rows("select kind, state, errors from relance.jobs") == [])
        let silent = try await office.database.rows(
            """
            select subject, state, reason from relance.deliveries
            where state not in ('sent', 'delivered', 'skipped', 'missed', 'cancelled', 'failed', 'uncertain')
                or settled_at is null or (state in ('sent', 'delivered')) <> (reason is null)
                or (state in ('sent', 'delivered')) <> (sent_at is not null)
            """)
        #expect(silent == [])
        #expect(try await office.database.count("select count(*) from relance.delivery_attempts where closed_at is null") == 0)
        // Nobody is written to twice, and the ledger says 'sent' of nothing that did not go out.
        let reached = mail.reached.merging(backup.reached, uniquingKeysWith: +).merging(texts.reached, uniquingKeysWith: +)
        #expect(reached.values.allSatisfy { $0 == 1 })
        let sent = try await office.database.rows(
            "select '/' || id from relance.deliveries where state in ('sent', 'delivered') and channel <> 'in_app'")
        #expect(Set(sent.map { $0[0] }).isSubset(of: Set(reached.keys)))
        // What went out and is not known as sent is left to an operator, never written off as failed or missed.
        let known = Set(
            try await office.database.rows(
                "select '/' || id from relance.deliveries where state in ('sent', 'delivered', 'uncertain')"
            ).map {
                $0[0]
            })
        #expect(Set(reached.keys).isSubset(of: known))
        #expect(
            try await office.database.count("select count(*) from notifications")
                == office.database.count("select count(*) from relance.deliveries where state = 'sent' and channel = 'in_app'"))
        #expect(try await office.strayCounts() == [])
        let unlogged = try await office.database.count(
            """
            select count(*) from relance.deliveries d
            where d.channel <> 'in_app' and d.state in ('sent', 'delivered') and 1 <> (
                select count(*) from lead_activities a where (a.meta ->> 'delivery')::bigint = d.id and a.status = 'sent')
            """)
        #expect(unlogged == 0)
    }
}
