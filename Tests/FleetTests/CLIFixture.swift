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
}
