import Content
import Messaging
import Postgres
import Primitives
import Providers
import Queue
import Runtime
import Schema
import TestSupport
import Testing

/// A ledger with messages of a kind of the tests' own, and a deliverer for them.
struct PostOffice {
    /// Noon of the day on which everything happens; messages are due then and expire an hour later.
    static let noon = Timestamp("2026-06-10T12:00:00Z") ?? Timestamp(microseconds: 0)
    /// The key of the address hashes.
    static let addresses = AddressBook(hashKey: Secret("0123456789abcdef"), allowed: [])

    let database: TestDatabase

    init() async throws {
        database = try await TestDatabase.create()
        // These databases die with the test run: nothing in it waits for the disk.
        try await database.execute("set synchronous_commit = off")
        try await database.execute(
            "do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$")
        try await database.execute("insert into organizations (id, name) values ('acme', 'Acme'), ('zeta', 'Zeta')")
        try await database.execute("insert into users (tenant_id, id, name, role) values ('acme', 'u1', 'U', 'CLOSER')")
        try await database.execute(
            """
            create table public.letters (tenant_id text, id text, address text, body text, is_wanted boolean not null default true,
                primary key (tenant_id, id))
            """)
        try await database.execute("grant select on public.letters to relance_worker")
    }

    /// Plans a message, with its job, as a planner would.
    ///
    /// - Parameters:
    ///   - expiresAfter: minutes from noon.
    ///   - attempts: how many the job may make.
    func plan(
        _ id: String, _ channel: MessageChannel = .sms, tenant: String = "acme", to address: String = "+33639980011",
        body: String = "Bonjour", expiresAfter: Int = 60, messageClass: String = "transactional", attempts: Int = 8,
        kind: String = "letter"
    ) async throws {
        try await database.execute(
            "insert into letters (tenant_id, id, address, body) values ($1, $2, $3, $4)",
            [.text(tenant), .text(id), .text(address), .text(body)])
        try await database.execute(
            """
            with d as (
                insert into relance.deliveries (
                    tenant_id, dedupe_key, kind, subject, step, channel, recipient_type, recipient_id, message_class, due_at,
                    expires_at, hard_stop_at, state)
                values ($1, 'letter:' || $2, $8, $2, 'once', $3, $4, $5, $6, $9, $9::timestamptz + make_interval(mins => $7::integer),
                    case $6 when 'marketing' then $9::timestamptz + interval '7 days' end, 'pending')
                returning *)
            insert into relance.jobs (tenant_id, kind, queue, state, run_at, expires_at, dedupe_key, args, max_attempts)
            select tenant_id, 'message.' || channel, 'messages', 'available', due_at, expires_at, dedupe_key,
                jsonb_build_object('delivery', id), $10::smallint
            from d
            """,
            [
                .text(tenant), .text(id), .text(channel.rawValue), .text(channel == .inApp ? "user" : "lead"),
                .text(channel == .inApp ? "u1" : "l1"), .text(messageClass), .int(expiresAfter), .text(kind),
                .timestamp(Self.noon),
                .int(attempts),
            ])
    }

    /// A connection with a worker's rights.
    func connection(_ name: String = "deliverer") -> PostgresConnection {
        PostgresConnection(PostgresConfiguration(url: database.workerURL, applicationName: name))
    }

    /// A deliverer.
    ///
    /// - Parameter change: SQL that somebody else commits after a message has been loaded and before its send is claimed.
    func deliverer(
        _ carriers: [MessageChannel: [any Carrier]], at minute: Int = 0, addresses: AddressBook = Self.addresses,
        failpoints: Failpoints = .none, name: String = "deliverer", accounts: ProviderAccounts? = nil,
        beforeClaim change: String? = nil
    ) -> Deliverer {
        let url = database.url
        let source = LetterSource {
            guard let change else { return }
            do {
                let session = try PostgresSession(PostgresConfiguration(url: url, applicationName: "change"))
                try session.query(SQLStatement(unsafe: change, name: "change"))
            } catch {
                Issue.record(error)
            }
        }
        return Deliverer(
            sources: [source], carriers: Carriers(carriers, accounts: accounts), connection: connection(name),
            addresses: addresses,
            time: .fixed(Self.noon + .seconds(minute * 60)),
            limits: Deliverer.Limits(inFlightPerChannel: 16, lease: .seconds(30)),
            failpoints: failpoints, log: Log(level: .error, sink: { _ in }))
    }

    /// Performs everything that is due at so many minutes after noon, once.
    @discardableResult
    func deliver(
        _ carriers: [MessageChannel: [any Carrier]], at minute: Int = 0, addresses: AddressBook = Self.addresses,
        failpoints: Failpoints = .none, name: String = "deliverer", accounts: ProviderAccounts? = nil,
        beforeClaim change: String? = nil
    ) async throws -> DrainReport {
        let deliverer = deliverer(
            carriers, at: minute, addresses: addresses, failpoints: failpoints, name: name,
            accounts: accounts, beforeClaim: change)
        let drainer = Drainer(
            deliverer, connection: connection("drainer"), holder: name, policy: Drainer<Deliverer>.Policy(),
            failpoints: failpoints, log: Log(level: .error, sink: { _ in }))
        return try await drainer.drain(
            .untilEmpty, at: .fixed(Self.noon + .seconds(minute * 60)), until: .now + .seconds(60), wake: WakeSignal(),
            termination: Termination())
    }

    /// Records what a provider reports about a message, by the id of its latest attempt.
    func report(
        _ statuses: [StatusReport.Status], of id: String, by provider: Provider = .twilio, code: String? = nil
    ) async throws {
        let attempt = try await database.value(
            """
            select a.id from relance.delivery_attempts a join relance.deliveries d on d.id = a.delivery_id
            where d.subject = $1 order by a.opened_at desc limit 1
            """, [.text(id)])
        try await record(
            statuses.enumerated().map { index, status in
                StatusReport(
                    provider: provider, providerID: "p1", attemptID: attempt, status: status, code: code,
                    occurredAt: 1_781_092_800 + Double(StatusReport.Status.allCases.firstIndex(of: status) ?? 0))
            })
    }

    /// Records reports.
    @discardableResult
    func record(_ reports: [StatusReport]) async throws -> [MessageStatuses.Recorded] {
        let bound = MessageStatuses.record(reports)
        return try await connection("ingest").run { session throws in
            try MessageStatuses.recorded(try session.batch(at: .fixed(Self.noon), [bound])[0])
        }
    }

    /// A delivery in a few words: state and reason.
    func state(_ id: String, tenant: String = "acme") async throws -> String {
        try await database.value(
            "select concat_ws(' ', state, reason) from relance.deliveries where (tenant_id, subject) = ($1, $2)",
            [.text(tenant), .text(id)])
    }

    /// Its attempts in the order of opening: outcome (or `open`) and code.
    func attempts(_ id: String) async throws -> [String] {
        try await database.rows(
            """
            select concat_ws(' ', coalesce(a.outcome, 'open'), a.code)
            from relance.delivery_attempts a join relance.deliveries d on d.id = a.delivery_id
            where d.subject = $1 order by a.opened_at, a.generation
            """, [.text(id)]
        ).map { $0[0] }
    }

    /// Where its job is: `live state`, `completed`, `cancelled reason`, `dead reason`.
    func job(_ id: String) async throws -> String {
        try await database.value(
            """
            select 'live ' || state from relance.jobs where dedupe_key = 'letter:' || $1
            union all
            select concat_ws(' ', state, reason) from relance.job_history where dedupe_key = 'letter:' || $1
            union all
            select 'dead ' || reason from relance.dead_jobs where dedupe_key = 'letter:' || $1
            """, [.text(id)])
    }

    /// Where what is counted beside the ledger disagrees with it: a month's costs, a message's own, marketing by address.
    func strayCounts() async throws -> [[String]] {
        try await database.rows(
            """
            with spent as (
                select a.tenant_id, d.channel, sum(a.cost_microeuros) as microeuros
                from relance.delivery_attempts a join relance.deliveries d on d.id = a.delivery_id
                where coalesce(a.outcome, 'unknown') in ('accepted', 'unknown') and a.cost_microeuros > 0
                group by 1, 2
            ), reserved as (
                select tenant_id, channel, sum(microeuros) as microeuros from relance.message_costs group by 1, 2
            )
            select 'month', tenant_id, s.microeuros::text, r.microeuros::text
            from spent s full join reserved r using (tenant_id, channel)
            where coalesce(s.microeuros, 0) <> coalesce(r.microeuros, 0)
            union all
            select 'message', d.subject, d.cost_microeuros::text, sum(a.cost_microeuros)::text
            from relance.deliveries d join relance.delivery_attempts a on a.delivery_id = d.id and a.outcome = 'accepted'
            group by d.id
            having d.cost_microeuros <> sum(a.cost_microeuros)
            union all
            select 'marketing', d.subject, (s.delivery_id is not null)::text, d.state
            from relance.deliveries d
            left join relance.marketing_sends s on s.delivery_id = d.id
            where d.message_class = 'marketing' and (s.delivery_id is not null) <> exists (
                select from relance.delivery_attempts a
                where a.delivery_id = d.id and coalesce(a.outcome, 'unknown') in ('accepted', 'unknown'))
            """)
    }

    /// Kinds of the open alerts, in order.
    func alerts() async throws -> [String] {
        try await database.rows("select kind from relance.system_alerts where resolved_at is null order by kind").map { $0[0] }
    }

    /// Lets the leases of running jobs run out, as if their process had died.
    func expireLeases() async throws {
        try await database.execute(
            "update relance.jobs set leased_until = clock_timestamp() - interval '1 s' where state = 'running'")
    }
}

/// The tests' own kind of message: a table of letters.
struct LetterSource: MessageSource {
    /// Called when a letter is composed: between loading and claiming.
    let onCompose: @Sendable () -> Void
    let kind = "letter"
    let load = SQLStatement(
        unsafe: """
            select d.id, d.channel, l.address, l.body
            from relance.deliveries d join letters l on l.tenant_id = d.tenant_id and l.id = d.subject
            where d.id = any ($1::bigint[])
            """, name: "load_letters")
    let eligibility = SQLStatement(
        unsafe: """
            update relance.deliveries d set state = 'cancelled', reason = 'unwanted', settled_at = clock_timestamp()
            from letters l
            where d.id = any ($1::bigint[]) and l.tenant_id = d.tenant_id and l.id = d.subject and not l.is_wanted
                and d.state = 'pending'
            """, name: "settle_unwanted_letters")

    func draft(_ row: PostgresRow) throws(PostgresError) -> any MessageDraft {
        // A letter that cannot even be read.
        if try row.text("body") == "unreadable" { _ = try row.timestamp("body") }
        return LetterDraft(
            deliveryID: try row.int("id"), channel: try row.text("channel"), address: try row.text("address"),
            body: try row.text("body"),
            onCompose: onCompose)
    }

    private struct LetterDraft: MessageDraft {
        let deliveryID: Int64
        let channel: String
        let address: String
        let body: String
        let onCompose: @Sendable () -> Void

        func compose() -> Composition {
            onCompose()
            if body.isEmpty { return .skip(reason: "nothing_to_say") }
            return switch channel {
            case "email":
                .mail(
                    RenderedMail(subject: body, html: body, text: body), from: nil, replyTo: nil,
                    to: Mailbox(name: "", address: address))
            case "in_app": .notice(RenderedNotice(title: body, body: body))
            default: .text(RenderedText(body: body, variables: [], name: "test.fr"), to: address)
            }
        }
    }
}
