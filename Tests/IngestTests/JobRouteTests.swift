import API
import Foundation
import HTTPClient
import Postgres
import TestSupport
import Testing

struct JobRouteTests {
    /// Jobs of a tenant in every place there is.
    private static func addJobs(_ tenant: String, to database: TestDatabase) async throws {
        for statement in [
            """
            insert into relance.jobs (tenant_id, kind, queue, state, run_at, args, errors, lease, leased_until, leased_by)
            select $1, 'message.email', 'q' || n % 2, s, now(), '{"secret":"hidden"}', '[{"error":"first"},{"error":"last"}]',
                case s when 'running' then 1 end, case s when 'running' then now() end, case s when 'running' then 'x' end
            from generate_series(1, 3) n, unnest(array['scheduled', 'available', 'running', 'retryable']) s
            """,
            """
            insert into relance.dead_jobs (id, tenant_id, kind, queue, priority, reason, attempts, max_attempts, crashes, args,
                expires_at, lease, leased_by, errors, run_at, created_at)
            select nextval(pg_get_serial_sequence('relance.jobs', 'id')), $1, 'message.sms', 'q0', 1, 'gone', 8, 8, 0, '{"secret":"hidden"}', 'infinity', 1, 'x', '[]', now(), now()
            from generate_series(1, 3)
            """,
            """
            insert into relance.job_history (id, tenant_id, kind, queue, state, attempts, args, lease, leased_by, errors, run_at, created_at)
            select nextval(pg_get_serial_sequence('relance.jobs', 'id')), $1, 'message.sms', 'q1', s, 1, '{"secret":"hidden"}', 1, 'x', '[]', now(), now()
            from generate_series(1, 3), unnest(array['completed', 'cancelled']) s
            """,
        ] { try await database.execute(statement, [.text(tenant)]) }
    }

    private static let everything = """
        (select id, tenant_id, state, queue, kind from relance.jobs union all
         select id, tenant_id, 'dead', queue, kind from relance.dead_jobs union all
         select id, tenant_id, state, queue, kind from relance.job_history) j
        """

    @Test(arguments: [
        ("", "true"), ("&state=dead", "state = 'dead'"), ("&state=completed", "state = 'completed'"),
        ("&state=retryable&queue=q0", "state = 'retryable' and queue = 'q0'"), ("&kind=message.sms", "kind = 'message.sms'"),
        ("&queue=none", "false"),
    ])
    func `an administrator sees the tenant's jobs wherever they stand, page by page, never their arguments`(
        query: String, filter: String
    ) async throws {
        let ingest = try await IngestFixture.make()
        for tenant in ["acme", "other", "acme"] { try await Self.addJobs(tenant, to: ingest.database) }
        let expected = try await ingest.database.rows(
            "select id, state from \(Self.everything) where tenant_id = 'acme' and \(filter) order by id desc")
        var seen: [[String]] = []
        var cursor: String?
        repeat {
            let page = try await ingest.send(.get, "/admin/jobs?limit=5\(query)" + (cursor.map { "&cursor=\($0)" } ?? ""))
            #expect(page.status == 200 && !page.text.contains("hidden"))
            seen += page.json["jobs"]?.elements?.map { [$0["id"]?.text ?? "", $0["state"]?.text ?? ""] } ?? []
            cursor = page.json["next_cursor"]?.text
        } while cursor != nil
        #expect(seen == expected)
    }

    @Test func `a closer may not see jobs, nor a key without the scope`() async throws {
        let ingest = try await IngestFixture.make()
        let closer = "Bearer \(try IngestFixture.token(role: "CLOSER"))"
        #expect(try await ingest.send(.get, "/admin/jobs", headers: ["Authorization": closer]).status == 403)
        #expect(try await ingest.send(.post, "/admin/jobs/1/retry", headers: ["Authorization": closer]).status == 403)
        for bad in ["state=lost", "limit=0", "cursor=0", "cursor=x", "tenant=other"] {
            #expect(try await ingest.send(.get, "/admin/jobs?\(bad)").status == 400, "\(bad)")
        }
    }

    /// A job, with its message if it has one, and what a retry comes to: over HTTP, and from the command line.
    private struct Case: Sendable, CustomTestStringConvertible {
        let job: String
        var message: String?
        var isExpired = false
        let code: String?
        /// Whether the command says the same: it refuses what is available already, which here is no fault.
        var isCommandSame = true
        var testDescription: String { "\(job) \(message ?? "") \(isExpired ? "expired" : "")" }
    }

    private static let cases = [
        Case(job: "scheduled", code: nil), Case(job: "retryable", code: nil),
        Case(job: "available", code: nil, isCommandSame: false),
        Case(job: "running", code: "job_running"), Case(job: "retryable", isExpired: true, code: "job_expired"),
        Case(job: "completed", code: "job_finished"), Case(job: "cancelled", code: "job_finished"), Case(job: "dead", code: nil),
        Case(job: "dead", isExpired: true, code: "job_expired"), Case(job: "dead", message: "failed", code: nil),
        Case(job: "dead", message: "pending", code: nil),
        Case(job: "dead", message: "failed", isExpired: true, code: "job_expired"),
        Case(job: "dead", message: "uncertain", code: "message_uncertain"),
        Case(job: "dead", message: "delivered", code: "message_settled"),
        Case(job: "dead", message: "cancelled", code: "message_settled"), Case(job: "retryable", message: "sending", code: nil),
        Case(job: "replaced", code: "job_replaced"),
    ]

    /// Makes it in a database.
    private static func add(_ one: Case, to database: TestDatabase) async throws -> String {
        let expiry = one.isExpired ? "now() - interval '1 second'" : "now() + interval '1 hour'"
        var args = "'{}'::jsonb"
        if let message = one.message {
            let settled = ["pending", "sending"].contains(message) ? "null" : "now()"
            let id = try await database.value(
                """
                insert into relance.deliveries (
                    tenant_id, dedupe_key, kind, subject, step, channel, recipient_type, recipient_id, message_class, due_at,
                    expires_at, state, reason, provider, settled_at, sent_at)
                values (
                    'acme', 'k', 'reminder', 'a1', 'J-1', 'email', 'lead', 'l1', 'transactional', now() - interval '1 day', \(expiry),
                    $1, 'because', 'resend', \(settled), case when $1 = 'delivered' then now() end)
                returning id
                """, [.text(message)])
            args = "'{\"delivery\": \(id)}'::jsonb"
        }
        switch one.job {
        case "dead", "replaced":
            if one.job == "replaced" {
                try await database.execute(
                    "insert into relance.jobs (tenant_id, kind, queue, state, run_at, dedupe_key) values ('acme', 'k', 'q', 'available', now(), 'd')"
                )
            }
            return try await database.value(
                """
                insert into relance.dead_jobs (id, tenant_id, kind, queue, priority, reason, attempts, max_attempts, crashes, args,
                    dedupe_key, expires_at, lease, leased_by, errors, run_at, created_at)
                values (4711, 'acme', 'k', 'q', 1, 'poison', 8, 8, 0, \(args), 'd', \(expiry), 1, 'x', '[{"error":"e"}]', now(), now())
                returning id
                """)
        case "completed", "cancelled":
            return try await database.value(
                """
                insert into relance.job_history (id, tenant_id, kind, queue, state, attempts, args, lease, leased_by, errors, run_at, created_at)
                values (4711, 'acme', 'k', 'q', $1, 1, \(args), 1, 'x', '[]', now(), now()) returning id
                """, [.text(one.job)])
        default:
            return try await database.value(
                """
                insert into relance.jobs (tenant_id, kind, queue, state, run_at, expires_at, args, lease, leased_until, leased_by)
                select 'acme', 'k', 'q', $1, now() + interval '1 minute', \(expiry), \(args), case $1 when 'running' then 1 end,
                    case $1 when 'running' then now() end, case $1 when 'running' then 'x' end
                returning id
                """, [.text(one.job)])
        }
    }

    /// What became of the job and its message, without instants.
    private static func outcome(_ database: TestDatabase) async throws -> [[String]] {
        try await database.rows(
            """
            select 'job', state, is_suspect::text, attempts::text, run_at <= now() + interval '1 second', jsonb_array_length(errors)::text from relance.jobs
            union all select 'dead', '', '', '', null, '' from relance.dead_jobs
            union all select 'message', state, generation::text, coalesce(reason, ''), null, '' from relance.deliveries
            order by 1, 2
            """)
    }

    @Test(arguments: cases)
    private func `a retry goes by the rules of the command, once, and is written down`(one: Case) async throws {
        let ingest = try await IngestFixture.make()
        let id = try await Self.add(one, to: ingest.database)
        #expect(
            try await ingest.send(
                .post, "/admin/jobs/\(id)/retry", headers: ["Authorization": "Bearer \(ingest.otherKey)", "X-Tenant": "other"]
            ).status == 404)
        let admin = ["Authorization": "Bearer \(try IngestFixture.token())"]
        let reply = try await ingest.send(.post, "/admin/jobs/\(id)/retry", #"{"reason":"mended"}"#, headers: admin)
        #expect(reply.status == (one.code == nil ? 200 : 409) && reply.code == one.code, "\(reply.text)")
        let isDone = one.code == nil && one.isCommandSame
        if one.code == nil { #expect(reply.json["retried"] == .bool(isDone)) }
        let audit = try await ingest.database.rows(
            "select operator, action, target, reason, detail ->> 'tenant' from relance.operator_actions")
        #expect(audit == (isDone ? [["user:ada", "jobs retry", "job:\(id)", "mended", "acme"]] : []))
        let outcome = try await Self.outcome(ingest.database)
        // Again is no fault, and does nothing.
        if one.code == nil {
            let again = try await ingest.send(.post, "/admin/jobs/\(id)/retry", headers: admin)
            #expect(again.status == 200 && again.json["retried"] == false)
            #expect(try await Self.outcome(ingest.database) == outcome)
            #expect(try await ingest.database.count("select count(*) from relance.operator_actions") == (isDone ? 1 : 0))
        }
        // The command, on the same job in another database.
        let twin = try await TestDatabase.create()
        try await twin.execute("insert into organizations (id, name) values ('acme', 'Acme')")
        let twinID = try await Self.add(one, to: twin)
        let command = try await ChildProcess(
            "relance", ["jobs", "retry", twinID],
            environment: [
                "DATABASE_URL": twin.workerURL.replacingOccurrences(of: "relance_worker", with: "relance_ops"), "USER": "ada",
            ])
        #expect(try await command.exit() == .status(isDone ? 0 : 65), "\(command.standardError)")
        #expect(try await Self.outcome(twin) == outcome)
    }

    @Test func `fifty retries of one job at once are one`() async throws {
        let ingest = try await IngestFixture.make()
        let id = try await Self.add(Case(job: "dead", message: "failed", code: nil), to: ingest.database)
        let retried = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    let reply = try await ingest.send(.post, "/admin/jobs/\(id)/retry")
                    #expect(reply.status == 200)
                    return reply.json["retried"] == true
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(retried == 1)
        #expect(try await ingest.database.count("select count(*) from relance.operator_actions") == 1)
        #expect(try await ingest.send(.post, "/admin/jobs/999999/retry").status == 404)
    }
}
