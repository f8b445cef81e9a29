import Foundation
import Postgres
import TestSupport
import Testing

/// A database and the CLI upon it, with the rights of an operator.
struct CLIFixture: Sendable {
    let database: TestDatabase

    static func make() async throws -> CLIFixture { CLIFixture(database: try await TestDatabase.create()) }

    /// What a command came to.
    struct Outcome: Sendable {
        let exit: ChildProcess.Exit
        let output: String
        let errors: String

        /// The members of the JSON object on standard output, or on one line of it.
        func json(line: Int = 0) throws -> [String: Any] {
            let lines = output.split(separator: "\n")
            try #require(lines.count > line, "no line \(line) in: \(output) \(errors)")
            return try #require(try JSONSerialization.jsonObject(with: Data(lines[line].utf8)) as? [String: Any])
        }
    }

    /// Runs `relance` as an operator to its end.
    func relance(
        _ arguments: [String], input: [String] = [], environment: [String: String] = ["USER": "ada"]
    ) async throws -> Outcome {
        let url = database.workerURL.replacingOccurrences(of: "relance_worker", with: "relance_ops")
        let process = try await ChildProcess(
            "relance", arguments, environment: environment.merging(["DATABASE_URL": url]) { own, _ in own })
        for line in input { try process.write(line: line) }
        process.closeInput()
        let exit = try await process.exit()
        return Outcome(exit: exit, output: process.standardOutput, errors: process.standardError)
    }

    /// Writes a file for an import.
    func file(_ content: String) throws -> String { try file(bytes: Data(content.utf8)) }

    /// Writes a file of any bytes.
    func file(bytes: Data) throws -> String {
        let path = "\(TestServers.directory)/\(UUID().uuidString).csv"
        try bytes.write(to: URL(fileURLWithPath: path))
        return path
    }

    /// An organisation in Paris with a closer and some leads, as it was on the first of October.
    func addOrganization(_ id: String = "acme", leads: [String] = []) async throws {
        try await database.execute("insert into organizations (id, name) values ($1, 'Acme')", [.text(id)])
        try await database.execute("update reminder_steps set activated_at = '2026-10-01Z' where tenant_id = $1", [.text(id)])
        try await database.execute(
            "insert into users (tenant_id, id, name, role, email) values ($1, 'closer', 'Zoé', 'CLOSER', 'zoe@acme.example')",
            [.text(id)])
        for lead in leads {
            try await database.execute(
                "insert into leads (tenant_id, id, name, email) values ($1, $2, $2, $2 || '@lead.example')",
                [.text(id), .text(lead)])
        }
    }

    /// A delivery of an e-mail and the dead job that was to send it.
    ///
    /// - Returns: the job's number.
    func addDeadJob(delivery state: String, expiresIn: String = "1 hour", reason: String = "550") async throws -> String {
        let settled = ["pending", "sending"].contains(state) ? "null" : "now()"
        let sent = ["sent", "delivered"].contains(state) ? "now()" : "null"
        return try await database.value(
            """
            with delivery as (
                insert into relance.deliveries (
                    tenant_id, dedupe_key, kind, subject, step, channel, recipient_type, recipient_id, message_class, due_at,
                    expires_at, state, reason, provider, settled_at, sent_at)
                values (
                    'acme', gen_random_uuid()::text, 'reminder', 'a1', 'J-1', 'email', 'lead', 'l1', 'transactional',
                    now() - interval '1 day', now() + $2::interval, $1, 'because', 'resend', \(settled), \(sent))
                returning id, expires_at
            )
            insert into relance.dead_jobs (
                id, tenant_id, kind, queue, priority, reason, attempts, max_attempts, crashes, args, dedupe_key, expires_at, lease,
                leased_by, errors, run_at, created_at)
            select
                900000 + id, 'acme', 'message.email', 'messages', 1, $3, 8, 8, 0, jsonb_build_object('delivery', id),
                'key-' || id, expires_at, 1, 'somebody', '[{"error": "550 no such user"}]', now(), now()
            from delivery
            returning id
            """, [.text(state), .text(expiresIn), .text(reason)])
    }

    /// A message with the attempt that its state comes from, and no job.
    ///
    /// - Parameters:
    ///   - reason: why it stands as it does; states that need one get `because`.
    ///   - outcome: of its attempt; nil makes none, an empty text leaves it open.
    /// - Returns: the message's number.
    func addDelivery(
        _ state: String, channel: String = "sms", provider: String = "twilio", outcome: String? = nil, code: String? = nil,
        expiresIn: String = "1 hour", cost: Int = 0, recipient: String = "l1", subject: String = "a1",
        messageClass: String = "transactional", address: String? = nil
    ) async throws -> String {
        let isOpen = ["pending", "sending"].contains(state)
        let hasReason = !isOpen && !["sent", "delivered"].contains(state)
        let id = try await database.value(
            """
            insert into relance.deliveries (
                tenant_id, dedupe_key, kind, subject, step, channel, recipient_type, recipient_id, message_class, due_at,
                expires_at, hard_stop_at, state, reason, provider, account, attempts, recipient_hash, settled_at, sent_at)
            values (
                'acme', gen_random_uuid()::text, 'reminder', $1, 'H-1', $2, 'lead', $3, $4, now() - interval '10 minutes',
                now() + $5::interval, now() + interval '7 days', $6, $7, $8, 'default', 1, decode($9, 'hex'),
                \(isOpen ? "null" : "now()"), \(["sent", "delivered"].contains(state) ? "now()" : "null"))
            returning id
            """,
            [
                .text(subject), .text(channel), .text(recipient), .text(messageClass), .text(expiresIn), .text(state),
                .optional(hasReason ? code ?? "because" : nil), .text(provider), .optional(address),
            ])
        if let outcome {
            try await database.execute(
                """
                insert into relance.delivery_attempts (
                    id, tenant_id, delivery_id, job_id, lease, generation, provider, cost_microeuros, idempotency_key, request,
                    opened_at, closed_at, outcome, code)
                values (
                    gen_random_uuid(), 'acme', $1::bigint, 1, 1, 0, $2, $3, 'key-of-' || $1, 'Dear Anne',
                    now() - interval '5 minutes', case when $4 <> '' then now() end, nullif($4, ''), $5)
                """, [.text(id), .text(provider), .int(cost), .text(outcome), .optional(code)])
        }
        return id
    }

    /// State and reason of a message.
    func state(_ id: String) async throws -> String {
        try await database.value(
            "select state || coalesce(' ' || reason, '') from relance.deliveries where id = $1::bigint", [.text(id)])
    }

    /// The audit: who did what to which.
    func actions() async throws -> [[String]] {
        try await database.rows("select operator, action, target from relance.operator_actions order by id")
    }
}
