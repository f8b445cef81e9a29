import Postgres
import Primitives

/// A job as a list shows it.
struct JobLine: Sendable {
    let id: Int64
    let state: String
    let kind: String
    let queue: String
    let tenantID: String
    let attempts: Int64
    /// Nil for a finished job.
    let maxAttempts: Int64?
    let runAt: Timestamp
    /// Since it was to run; negative while it waits.
    let ageSeconds: Int64
    /// The last error, or why it ended.
    let reason: String?

    init(_ row: PostgresRow) throws(PostgresError) {
        id = try row.int("id")
        state = try row.text("state")
        kind = try row.text("kind")
        queue = try row.text("queue")
        tenantID = try row.text("tenant_id")
        attempts = try row.int("attempts")
        maxAttempts = try row.optionalInt("max_attempts")
        runAt = try row.timestamp("run_at")
        ageSeconds = try row.int("age_s")
        reason = try row.optionalText("reason")
    }

    var json: JSONValue {
        .object([
            ("id", .int(id)), ("state", .text(state)), ("kind", .text(kind)), ("queue", .text(queue)),
            ("tenant", .text(tenantID)),
            ("attempts", .int(attempts)), ("max_attempts", .optional(maxAttempts)), ("run_at", .text(runAt.description)),
            ("reason", .optional(reason)),
        ])
    }

    static var table: Table<JobLine> {
        Table([
            .init("ID", .right) { Cell(String($0.id)) },
            .init("STATE") { Cell($0.state, StateStyle.style(of: $0.state)) },
            .init("KIND") { Cell($0.kind) },
            .init("TENANT") { Cell($0.tenantID) },
            .init("ATTEMPTS", .right) { line in Cell(line.maxAttempts.map { "\(line.attempts)/\($0)" } ?? String(line.attempts))
            },
            .init("DUE", .right) {
                Cell($0.ageSeconds < 0 ? "in \(Age.text(-$0.ageSeconds))" : "\(Age.text($0.ageSeconds)) ago")
            },
            .init("REASON") { Cell(optional: $0.reason) },
        ])
    }
}
