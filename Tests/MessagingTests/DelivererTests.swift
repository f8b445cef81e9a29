import Messaging
import Postgres
import Primitives
import Providers
import Queue
import Runtime
import TestSupport
import Testing

/// From a claimed job to the end of its delivery, with the network's edge alone replaced.
@Suite(.serialized)
struct DelivererTests {
    // MARK: Sending

    @Test func `a message is sent once, with its address hash, lateness and provider id`() async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        let carrier = ScriptedCarrier()
        try await office.deliver([.sms: [carrier]], at: 5)
        try await office.deliver([.sms: [carrier]], at: 6)
        #expect(carrier.requests.count == 1)
        #expect(try await office.state("a") == "sent")
        #expect(try await office.job("a") == "completed")
        #expect(try await office.attempts("a") == ["accepted"])
        let row = try await office.database.rows(
            """
            select provider, provider_id like 'id-body%', attempts, generation, lateness_s, encode(recipient_hash, 'hex'),
                sent_at = due_at + interval '5 minutes'
            from relance.deliveries
            """)
        #expect(row == [["twilio", "t", "1", "0", "300", PostOffice.addresses.hash("+33639980011"), "t"]])
    }

    @Test func `a hundred messages on four channels all go out`() async throws {
        let office = try await PostOffice()
        for number in 1...25 {
            for channel in MessageChannel.allCases {
                let address = channel == .email ? "a\(number)@example.com" : "+33639980011"
                try await office.plan("\(channel)\(number)", channel, to: address)
            }
        }
        let carrier = ScriptedCarrier()
        let report = try await office.deliver([.sms: [carrier], .email: [carrier], .whatsapp: [carrier]])
        #expect(report.completed == 100)
        #expect(carrier.requests.count == 75)
        #expect(Set(carrier.requests.map(\.endpoint)).count == 75)
        #expect(try await office.database.count("select count(*) from relance.deliveries where state = 'sent'") == 100)
    }

    @Test(arguments: [1, 160, 161, 1000])
    func `an SMS costs what its segments cost`(length: Int) async throws {
        let office = try await PostOffice()
        try await office.plan("a", body: String(repeating: "x", count: length))
        try await office.plan("w", .whatsapp, body: String(repeating: "x", count: length))
        try await office.deliver([.sms: [ScriptedCarrier()], .whatsapp: [ScriptedCarrier()]])
        let segments = length <= 160 ? 1 : (length + 152) / 153
        let costs = try await office.database.rows("select cost_microeuros from relance.deliveries order by channel")
        #expect(costs == [["\(segments * 50_000)"], ["0"]])
    }

    @Test(arguments: [
        (ProviderAnswer.accepted, ["out", "sent", "true", ""]), (.invalid, ["out", "failed", "true", "invalid_to"]),
        (.unrepeatable, ["out", "uncertain", "true", "conflict"]), (.optedOut, ["out", "failed", "true", "21610"]),
    ])
    func `every send is in the lead's history, marked as automated`(answer: ProviderAnswer, activity: [String]) async throws {
        let office = try await PostOffice()
        try await office.plan("a", body: "Bonjour, à demain")
        try await office.deliver([.sms: [ScriptedCarrier(answers: [answer])]])
        #expect(
            try await office.database.rows(
                """
                select direction, status, meta ->> 'automated', meta ->> 'code' from lead_activities
                where message_snippet = 'Bonjour, à demain'
                """) == [activity])
    }

    @Test func `a refusal that will be tried again is not yet in the lead's history`() async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        try await office.deliver([.sms: [ScriptedCarrier(answers: [.busy])]])
        #expect(try await office.state("a") == "pending")
        #expect(try await office.database.count("select count(*) from lead_activities") == 0)
    }

    @Test func `an in-app notice is posted exactly once and needs no provider`() async throws {
        let office = try await PostOffice()
        try await office.plan("a", .inApp)
        try await office.deliver([:])
        try await office.database.execute(
            """
            insert into relance.jobs (tenant_id, kind, queue, state, run_at, dedupe_key, args)
            select tenant_id, 'message.in_app', 'messages', 'available', due_at, 'letter:again', jsonb_build_object('delivery', id)
            from relance.deliveries
            """)
        try await office.deliver([:], at: 1)
        #expect(try await office.state("a") == "sent")
        #expect(
            try await office.database.rows("select tenant_id, user_id, title from notifications") == [["acme", "u1", "Bonjour"]])
        #expect(try await office.job("again") == "completed")
    }

    // MARK: What the claim reads again

    /// Something that changes after the message was loaded and before its send is claimed, and where that leaves it.
    private static let changes: [(change: String, state: String, job: String)] = [
        ("update letters set is_wanted = false", "cancelled unwanted", "cancelled unwanted"),
        ("delete from letters", "sent", "completed"),
        (
            "update relance.deliveries set due_at = due_at - interval '2 h', expires_at = due_at - interval '1 h'",
            "missed expired_before_sending", "cancelled expired_before_sending"
        ),
        ("update relance.instance set sending_paused_at = now()", "pending", "live scheduled"),
        ("update organization_settings set sending_paused_at = now() where tenant_id = 'acme'", "pending", "live scheduled"),
        ("update organization_settings set sending_paused_at = now() where tenant_id = 'zeta'", "sent", "completed"),
        (
            "update relance.deliveries set state = 'cancelled', reason = 'erased', settled_at = now()", "cancelled erased",
            "cancelled erased"
        ),
        ("update relance.jobs set lease = lease + 1000", "pending", "live running"),
        ("delete from relance.jobs", "pending", ""),
    ]

    @Test(arguments: [MessageChannel.sms, .inApp], changes.indices)
    func `what changes between loading and claiming decides`(channel: MessageChannel, index: Int) async throws {
        let (change, state, job) = Self.changes[index]
        let office = try await PostOffice()
        try await office.plan("a", channel)
        let carrier = ScriptedCarrier()
        try await office.deliver([.sms: [carrier]], beforeClaim: change)
        #expect(try await office.state("a") == state)
        #expect(try await office.job("a") == job)
        let isSent = state == "sent"
        #expect(carrier.requests.count == (isSent && channel == .sms ? 1 : 0))
        #expect(try await office.database.count("select count(*) from notifications") == (isSent && channel == .inApp ? 1 : 0))
        #expect(try await office.attempts("a").count == (isSent && channel == .sms ? 1 : 0))
        #expect(try await office.alerts() == (state.hasPrefix("missed") ? ["messages_missed"] : []))
        #expect(
            try await office.database.count(
                "select count(*) from relance.deliveries where (state = 'sent') <> (sent_at is not null)") == 0)
    }

    @Test func `a lease that runs out before the claim opens nothing`() async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        let carrier = ScriptedCarrier()
        // Run out, and not yet taken by anybody: it comes back and is sent by the next claim, once.
        try await office.deliver(
            [.sms: [carrier]],
            beforeClaim: "update relance.jobs set leased_until = clock_timestamp() - interval '1 s' where lease = 1")
        #expect(carrier.requests.count == 1)
        #expect(
            try await office.database.rows("select lease > 1, outcome from relance.delivery_attempts") == [["t", "accepted"]])
    }

    @Test(arguments: [
        ("all", "transactional", "skipped suppressed"), ("all", "marketing", "skipped suppressed"),
        ("marketing", "transactional", "sent"), ("marketing", "marketing", "skipped suppressed"),
    ])
    func `a suppressed address is not written to`(scope: String, messageClass: String, state: String) async throws {
        let office = try await PostOffice()
        try await office.plan("a", messageClass: messageClass)
        let change = """
            insert into relance.suppressions (tenant_id, channel, address_hash, scope, reason)
            values ('acme', 'sms', decode('\(PostOffice.addresses.hash("+33639980011"))', 'hex'), '\(scope)', 'stop')
            """
        let carrier = ScriptedCarrier()
        try await office.deliver([.sms: [carrier]], beforeClaim: change)
        #expect(try await office.state("a") == state)
        #expect(carrier.requests.count == (state == "sent" ? 1 : 0))
    }

    @Test func `a suppression counts for its own tenant and channel only`() async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        try await office.plan("a", tenant: "zeta")
        try await office.plan("w", .whatsapp)
        try await office.database.execute(
            "insert into relance.suppressions (tenant_id, channel, address_hash, scope, reason) values ('acme', 'sms', decode($1, 'hex'), 'all', 'x')",
            [.text(PostOffice.addresses.hash("+33639980011"))])
        try await office.deliver([.sms: [ScriptedCarrier()], .whatsapp: [ScriptedCarrier()]])
        #expect(try await office.state("a") == "skipped suppressed")
        #expect(try await office.state("a", tenant: "zeta") == "sent")
        #expect(try await office.state("w") == "sent")
    }

    @Test func `a delivery that an operator cancels while the claim waits for its row is not sent`() async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        let carrier = ScriptedCarrier()
        let operation = office.connection("operator")
        func run(_ sql: String) async throws { try await operation.execute(SQLStatement(unsafe: sql, name: "operator")) }
        try await run("begin")
        try await run("update relance.deliveries set state = 'cancelled', reason = 'by_operator', settled_at = clock_timestamp()")
        let delivering = Task { try await office.deliver([.sms: [carrier]]) }
        try await eventually("the claim at the row") {
            try await office.database.count(
                """
                select count(*) from pg_stat_activity
                where datname = current_database() and application_name = 'deliverer' and wait_event_type = 'Lock'
                """) == 1
        }
        try await run("commit")
        _ = try await delivering.value
        #expect(carrier.requests.isEmpty)
        #expect(try await office.state("a") == "cancelled by_operator")
        #expect(try await office.database.count("select count(*) from relance.delivery_attempts") == 0)
        #expect(try await office.job("a") == "cancelled by_operator")
    }

    // MARK: Ends without a send

    @Test func `an expired message is missed, with one alert however many there are`() async throws {
        let office = try await PostOffice()
        for number in 1...5 { try await office.plan("a\(number)") }
        try await office.plan("b", tenant: "zeta")
        try await office.deliver([.sms: [ScriptedCarrier()]], at: 60)
        #expect(try await office.state("a1") == "missed expired_before_sending")
        #expect(try await office.job("a1") == "cancelled expired_before_sending")
        #expect(try await office.database.count("select min(lateness_s) from relance.deliveries") == 3600)
        let alerts = try await office.database.rows(
            "select tenant_id, kind, detail ->> 'messages' from relance.system_alerts order by 1")
        #expect(alerts == [["acme", "messages_missed", "5"], ["zeta", "messages_missed", "1"]])
    }

    @Test func `an unwanted message that has expired was not missed`() async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        try await office.database.execute("update letters set is_wanted = false")
        try await office.deliver([.sms: [ScriptedCarrier()]], at: 60)
        #expect(try await office.state("a") == "cancelled unwanted")
        #expect(try await office.alerts() == [])
    }

    @Test func `a channel without a provider skips with an alert, and only that channel`() async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        try await office.plan("b")
        try await office.plan("w", .whatsapp)
        try await office.deliver([.sms: [], .whatsapp: [ScriptedCarrier()]])
        #expect(try await office.state("a") == "skipped channel_not_configured")
        #expect(try await office.state("w") == "sent")
        #expect(try await office.alerts() == ["channel_not_configured"])
    }

    @Test(arguments: [
        ("", "+33639980011", "skipped nothing_to_say"), ("unreadable", "+33639980011", "skipped cannot_be_read"),
        ("Bonjour", "+33600000000", "skipped not_on_allowlist"),
    ])
    func `what cannot be sent is skipped with its reason, and its neighbours go out`(
        body: String, address: String, state: String
    ) async throws {
        let office = try await PostOffice()
        try await office.plan("before")
        try await office.plan("a", to: address, body: body)
        try await office.plan("after")
        let addresses = AddressBook(hashKey: Secret("0123456789abcdef"), allowed: ["+33639980011", "@example.com"])
        let carrier = ScriptedCarrier()
        try await office.deliver([.sms: [carrier]], addresses: addresses)
        #expect(try await office.state("a") == state)
        #expect(try await office.state("before") == "sent")
        #expect(try await office.state("after") == "sent")
        #expect(carrier.requests.count == 2)
    }

    @Test func `a message whose subject is gone is cancelled`() async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        try await office.database.execute("delete from letters")
        try await office.deliver([.sms: [ScriptedCarrier()]])
        #expect(try await office.state("a") == "cancelled subject_gone")
    }

    @Test func `another build's kind of message is left for it, unspent`() async throws {
        let office = try await PostOffice()
        try await office.plan("a", kind: "later")
        try await office.deliver([.sms: [ScriptedCarrier()]])
        #expect(try await office.state("a") == "pending")
        #expect(try await office.database.rows("select state, attempts from relance.jobs") == [["scheduled", "0"]])
    }

    @Test(arguments: [
        "{}", #"{"delivery": 999999}"#, #"{"delivery": "abc"}"#, #"{"delivery": 1e30}"#, #"{"delivery": null}"#,
        #"{"delivery": {}}"#,
    ])
    func `a job that points at no delivery dies alone`(args: String) async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        try await office.database.execute(
            """
            insert into relance.jobs (tenant_id, kind, queue, state, run_at, dedupe_key, args)
            values ('acme', 'message.sms', 'messages', 'available', now(), 'letter:stray', $1::jsonb)
            """, [.text(args)])
        try await office.deliver([.sms: [ScriptedCarrier()]])
        #expect(try await office.job("stray") == "dead no_such_delivery")
        #expect(try await office.state("a") == "sent")
    }

    @Test func `a job sends no other tenant's message`() async throws {
        let office = try await PostOffice()
        try await office.plan("a", tenant: "zeta")
        try await office.database.execute("update relance.jobs set tenant_id = 'acme'")
        let carrier = ScriptedCarrier()
        try await office.deliver([.sms: [carrier]])
        #expect(carrier.requests.isEmpty)
        #expect(try await office.state("a", tenant: "zeta") == "pending")
        #expect(try await office.job("a") == "dead no_such_delivery")
    }

    // MARK: Dead jobs

    @Test func `a message that is refused for good fails together with its job`() async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        try await office.deliver([.sms: [ScriptedCarrier(answers: [.invalid])]])
        #expect(try await office.state("a") == "failed invalid_to")
        #expect(try await office.job("a") == "dead invalid_to")
        #expect(try await office.attempts("a") == ["refused invalid_to"])
    }

    @Test func `a message whose attempts are used up fails together with its job`() async throws {
        let office = try await PostOffice()
        try await office.plan("a", expiresAfter: 1440, attempts: 3)
        let carrier = ScriptedCarrier(answers: [.busy])
        for minute in stride(from: 0, through: 120, by: 20) { try await office.deliver([.sms: [carrier]], at: minute) }
        #expect(carrier.requests.count == 3)
        #expect(try await office.state("a") == "failed http_503")
        #expect(try await office.job("a") == "dead attempts_exhausted")
        #expect(try await office.database.count("select jsonb_array_length(errors) from relance.dead_jobs") == 3)
        // Every definite refusal has a generation of its own, and so a key of its own.
        #expect(Set(carrier.requests.map(\.idempotencyKey)).count == 3)
    }

    @Test func `a poison message that is quarantined fails together with its job`() async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        // Two deaths alone are behind it; its process has died a third time before the send was claimed.
        try await office.database.execute(
            """
            update relance.jobs set state = 'running', lease = 1, leased_by = 'dead', leased_until = now() - interval '1 s',
                attempts = 4, crashes = 2, is_suspect = true
            """)
        try await office.deliver([.sms: [ScriptedCarrier()]])
        #expect(try await office.job("a") == "dead poison")
        #expect(try await office.state("a") == "failed poison")
        #expect(try await office.alerts() == ["messages_dead"])
    }
}
