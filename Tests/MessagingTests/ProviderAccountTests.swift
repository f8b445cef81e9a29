import Postgres
import Primitives
import Providers
import Queue
import Synchronization
import TestSupport
import Testing

@testable import Messaging

/// Accounts of tenants, and whose an answer on a shared sender is (D-43, D-14).
struct ProviderAccountTests {
    private func account(_ office: PostOffice, _ tenant: String, _ name: String, sender: String, channel: String = "sms")
        async throws
    {
        try await office.database.execute(
            """
            insert into relance.provider_accounts (tenant_id, channel, provider, account, sender, secret_ref)
            values ($1, $2, 'twilio', $3, $4, 'ACCOUNT_' || upper($1))
            """, [.text(tenant), .text(channel), .text(name), .text(sender)])
    }

    // MARK: Outbound

    @Test func `a tenant's messages go by its own account, the others' by the environment's`() async throws {
        let office = try await PostOffice()
        try await account(office, "acme", "AC1", sender: "+33700000001")
        let (own, shared) = (ScriptedCarrier(account: "AC1"), ScriptedCarrier())
        try await office.plan("a")
        try await office.plan("z", tenant: "zeta")
        try await office.deliver([.sms: [shared]], accounts: ProviderAccounts { _ in .success(own) })
        #expect(own.requests.count == 1 && shared.requests.count == 1)
        #expect(
            try await office.database.rows("select tenant_id, account from relance.deliveries order by tenant_id")
                == [["acme", "AC1"], ["zeta", "default"]])
    }

    @Test func `a tenant whose account cannot be used waits, and nothing goes by another's sender`() async throws {
        let office = try await PostOffice()
        try await account(office, "acme", "AC1", sender: "+33700000001")
        let shared = ScriptedCarrier()
        try await office.plan("a")
        let broken = ProviderAccounts { _ in .failure(UnusableAccount(reason: "ACCOUNT_ACME is not set")) }
        try await office.deliver([.sms: [shared]], accounts: broken)
        #expect(shared.requests.isEmpty)
        #expect(try await office.state("a") == "pending")
        #expect(try await office.alerts() == ["provider_account"])
        // Mended.
        let own = ScriptedCarrier(account: "AC1")
        try await office.deliver([.sms: [shared]], at: 2, accounts: ProviderAccounts { _ in .success(own) })
        #expect(own.requests.count == 1)
    }

    @Test func `a lost answer is asked for at the account that it was lost at`() async throws {
        let office = try await PostOffice()
        try await account(office, "acme", "AC1", sender: "+33700000001")
        let own = ScriptedCarrier(account: "AC1", repeatableFor: .seconds(3600)) { number, _ in
            number == 1 ? .timedOut : .accepted
        }
        try await office.plan("a")
        try await office.deliver([:], accounts: ProviderAccounts { _ in .success(own) })
        try await office.deliver([:], at: 30, accounts: ProviderAccounts { _ in .success(own) })
        #expect(try await office.state("a") == "sent")
        #expect(own.requests.count == 2)
    }

    @Test func `nobody sends by the environment's account while the tenants' are being read for the first time`() async throws {
        let office = try await PostOffice()
        try await account(office, "acme", "AC1", sender: "+33700000001")
        let accounts = ProviderAccounts { _ in .success(ScriptedCarrier(account: "AC1")) }
        let holder = try PostgresSession(PostgresConfiguration(url: office.database.url, applicationName: "holder"))
        try holder.query(SQLStatement(unsafe: "begin", name: "begin"))
        try holder.query(SQLStatement(unsafe: "lock table relance.provider_accounts", name: "lock"))
        let first = Task { try await accounts.refresh(over: office.connection("first")) }
        func waiting() async throws -> Int {
            try await office.database.count(
                "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()")
        }
        while try await waiting() < 1 { try await Task.sleep(for: .milliseconds(5)) }
        let second = Task {
            _ = try await accounts.refresh(over: office.connection("second"))
            return accounts.carriers(.sms, of: "acme")?.map(\.account)
        }
        for _ in 1...100 where try await waiting() < 2 { try await Task.sleep(for: .milliseconds(5)) }
        try holder.query(SQLStatement(unsafe: "commit", name: "commit"))
        #expect(try await second.value == ["AC1"])
        _ = try await first.value
    }

    @Test func `what an account's gate has learnt outlives a change of another account`() async throws {
        let office = try await PostOffice()
        try await account(office, "acme", "AC1", sender: "+33700000001")
        let accounts = ProviderAccounts { account in
            account.tenantID == "zeta"
                ? .failure(UnusableAccount(reason: "no secret"))
                : .success(ScriptedCarrier(account: account.name, gate: ProviderGate()))
        }
        let connection = office.connection()
        func gate() -> ProviderGate? { accounts.carriers(.sms, of: "acme")?.first?.gate }
        _ = try await accounts.refresh(over: connection)
        let before = try #require(gate())
        try await account(office, "zeta", "AC2", sender: "+33700000002")
        for minute in 1...3 {
            #expect(try await accounts.refresh(over: connection, now: .now + .seconds(61 * minute)))
            #expect(gate() === before)
        }
        #expect(accounts.unusable.map(\.account.name) == ["AC2"])
    }

    @Test func `a closed account's messages hold up no other tenant's on the same channel`() async throws {
        let office = try await PostOffice()
        try await account(office, "zeta", "AC1", sender: "+33700000001")
        let closed = ProviderGate()
        for _ in 1...ProviderGate.failureLimit {
            #expect(closed.admit() == nil)
            _ = closed.finished(.timedOut)
        }
        let (busy, own) = (ScriptedCarrier(gate: closed), ScriptedCarrier(account: "AC1"))
        for id in 1...400 { try await office.plan("a\(id)", expiresAfter: 10) }
        for id in 1...5 { try await office.plan("z\(id)", tenant: "zeta") }
        try await office.deliver([.sms: [busy]], accounts: ProviderAccounts { _ in .success(own) })
        #expect(own.requests.count == 5 && busy.requests.isEmpty)
    }

    // MARK: Templates

    @Test(
        arguments: [
            // The conversation's age in hours (nil is none), whether a template is approved, and what goes out.
            (nil, true, "template"), (23, true, "text"), (25, true, "template"), (23, false, "text"),
            (25, false, "no_whatsapp_template"),
        ] as [(Int?, Bool, String)])
    func `outside the 24 hours an approved template goes out, within them free text`(
        hours: Int?, hasTemplate: Bool, outcome: String
    ) async throws {
        let office = try await PostOffice()
        if let hours {
            try await office.database.execute(
                """
                insert into relance.conversations (tenant_id, channel, address_hash, account, last_inbound_at)
                values ('acme', 'whatsapp', decode($1, 'hex'), 'default', $2::timestamptz - make_interval(hours => $3::integer))
                """, [.text(PostOffice.addresses.hash("+33639980011")), .timestamp(PostOffice.noon), .int(hours)])
        }
        if hasTemplate {
            try await office.database.execute(
                "insert into whatsapp_templates (tenant_id, name, content_sid) values ('acme', 'test.fr', 'HX' || repeat('a', 32))"
            )
        }
        let carrier = ScriptedCarrier(needsTemplates: true)
        try await office.plan("a", .whatsapp)
        try await office.deliver([.whatsapp: [carrier]])
        switch outcome {
        case "template": #expect(carrier.parcels.map(\.contentSID) == ["HX" + String(repeating: "a", count: 32)])
        case "text": #expect(carrier.parcels.map(\.contentSID) == [nil] && carrier.requests.count == 1)
        default: #expect(try await office.state("a") == "skipped \(outcome)" && carrier.requests.isEmpty)
        }
    }

    @Test func `without a template the SMS stands in where the organisation has it`() async throws {
        let office = try await PostOffice()
        try await office.database.execute("update organization_settings set sms_enabled = true")
        try await office.plan("a", .whatsapp)
        try await office.deliver([.whatsapp: [ScriptedCarrier(needsTemplates: true)], .sms: [ScriptedCarrier()]])
        #expect(
            try await office.database.rows("select channel, state from relance.deliveries order by channel")
                == [["sms", "sent"], ["whatsapp", "skipped"]])
    }

    // MARK: Inbound

    private static let lead = PostOffice.addresses.hash("+33639980011")

    private func route(_ office: PostOffice, to sender: String = "+33700000000", at minute: Int = 1) async throws -> String? {
        let bound = SharedSender(channel: .sms, provider: .twilio, sender: sender)
            .route(from: Self.lead, at: PostOffice.noon + .seconds(minute * 60))
        return try await office.connection().query(bound.0, bound.1) { row throws(PostgresError) in try row.text(0) }.first
    }

    @Test func `an answer belongs to the tenant that wrote last, and to nobody where none did`() async throws {
        let office = try await PostOffice()
        #expect(try await route(office) == nil)
        try await office.plan("a")
        try await office.deliver([.sms: [ScriptedCarrier()]])
        #expect(try await route(office) == "acme")
        try await office.plan("z", tenant: "zeta")
        try await office.deliver([.sms: [ScriptedCarrier()]], at: 5)
        #expect(try await route(office, at: 6) == "zeta")
        #expect(
            try await office.database.rows(
                "select tenant_id, last_inbound_at = '2026-06-10T12:06:00Z' from relance.conversations order by tenant_id")
                == [["acme", "f"], ["zeta", "t"]])
    }

    @Test func `an answer on a tenant's own number is that tenant's, whoever wrote last`() async throws {
        let office = try await PostOffice()
        try await account(office, "zeta", "AC9", sender: "+33700000009")
        try await office.plan("a")
        try await office.deliver([.sms: [ScriptedCarrier()]])
        #expect(try await route(office, to: "+33700000009") == "zeta")
    }

    @Test func `STOP counts for every tenant on the sender and START takes it back`() async throws {
        let office = try await PostOffice()
        try await office.database.execute("insert into organizations (id, name) values ('own', 'Own')")
        try await account(office, "own", "AC7", sender: "+33700000007")
        let sender = SharedSender(channel: .sms, provider: .twilio, sender: "+33700000000")
        let owner = PostgresConnection(PostgresConfiguration(url: office.database.url, applicationName: "ingest"))
        func run(_ bound: JobQueue.Bound) async throws -> [String] {
            try await owner.query(bound.0, bound.1) { row throws(PostgresError) in try row.text(0) }.sorted()
        }
        let said = Timestamp.now() + .seconds(-60)
        #expect(try await run(sender.optOut(Self.lead, masked: "+33•••0011", at: said)) == ["acme", "zeta"])
        #expect(try await run(sender.optOut(Self.lead, masked: "+33•••0011", at: said)).isEmpty)
        // Said before the STOP, and come after it.
        #expect(try await run(sender.optIn(Self.lead, at: said + .seconds(-1))).isEmpty)
        try await office.plan("a")
        try await office.deliver([.sms: [ScriptedCarrier()]])
        #expect(try await office.state("a") == "skipped suppressed")
        #expect(try await run(sender.optIn(Self.lead, at: said + .seconds(1))) == ["acme", "zeta"])
        try await office.plan("b")
        try await office.deliver([.sms: [ScriptedCarrier()]])
        #expect(try await office.state("b") == "sent")
    }

    @Test func `START lifts no bounce`() async throws {
        let office = try await PostOffice()
        try await office.database.execute(
            """
            insert into relance.suppressions (tenant_id, channel, address_hash, scope, reason)
            values ('acme', 'sms', decode($1, 'hex'), 'all', 'bounced')
            """, [.text(Self.lead)])
        let bound = SharedSender(channel: .sms, provider: .twilio, sender: "+33700000000").optIn(
            Self.lead, at: Timestamp.now())
        let owner = PostgresConnection(PostgresConfiguration(url: office.database.url, applicationName: "ingest"))
        #expect(try await owner.query(bound.0, bound.1) { row throws(PostgresError) in try row.text(0) }.isEmpty)
    }
}
