internal import API
internal import Postgres
private import Primitives

/// A tenant's jobs, a page at a time: what is done, never with what. Arguments stay inside.
struct JobList: Sendable {
    /// Where a job can stand.
    enum State: String, CaseIterable, Sendable {
        case scheduled, available, running, retryable, dead, completed, cancelled
    }

    static let query: Shape<(State?, String?, String?, Int, Int)> = .object(
        .optional("state", Shape<State>.choice, "only these"), .optional("queue", .text(1...100), "only of this queue"),
        .optional("kind", .text(1...100), "only of this kind, such as message.email"),
        .optional("limit", .integer(1...200), default: 50, "most jobs of a page"),
        .optional("cursor", .integer(1...Int.max), default: Int.max, "next_cursor of the page before"))

    let tenantID: String
    let state: State?
    let queue: String?
    let kind: String?
    let limit: Int
    /// Jobs with lesser numbers.
    let before: Int

    /// Reads a page.
    func read(_ session: PostgresSession) throws(PostgresError) -> Answer {
        let rows = try session.query(
            .listTenantJobs,
            [
                .text(tenantID), .int(before), .optional(state?.rawValue), .optional(queue), .optional(kind), .int(limit + 1),
            ])
        var jobs: [JSON] = []
        for index in 0..<min(rows.count, limit) { jobs.append(try Self.job(rows[index])) }
        let next = rows.count > limit ? try rows[limit - 1].int("id") : nil
        return .json(["success": true, "jobs": .array(jobs), "next_cursor": .optional(next.map { String($0) })])
    }

    private static func job(_ row: PostgresRow) throws(PostgresError) -> JSON {
        [
            "id": .string(String(try row.int("id"))), "state": .string(try row.text("state")),
            "kind": .string(try row.text("kind")), "queue": .string(try row.text("queue")),
            "attempts": .int(Int(try row.int("attempts"))),
            "max_attempts": try row.optionalInt("max_attempts").map { .int(Int($0)) } ?? .null,
            "run_at": .string(try row.timestamp("run_at").description),
            "created_at": .string(try row.timestamp("created_at").description),
            "ended_at": .optional(try row.optionalTimestamp("ended_at")?.description),
            "reason": .optional(try row.optionalText("reason")),
        ]
    }

    static let answerSchema: JSON = [
        "type": "object",
        "properties": [
            "success": ["type": "boolean"],
            "jobs": [
                "type": "array",
                "items": [
                    "type": "object",
                    "properties": [
                        // A number beyond 2^53 would lose digits in a browser.
                        "id": ["type": "string"],
                        "state": ["type": "string", "enum": .array(State.allCases.map { .string($0.rawValue) })],
                        "kind": ["type": "string"], "queue": ["type": "string"], "attempts": ["type": "integer"],
                        "max_attempts": ["type": ["integer", "null"]], "run_at": ["type": "string", "format": "date-time"],
                        "created_at": ["type": "string", "format": "date-time"],
                        "ended_at": ["type": ["string", "null"], "format": "date-time"], "reason": ["type": ["string", "null"]],
                    ],
                    "required": [
                        "id", "state", "kind", "queue", "attempts", "max_attempts", "run_at", "created_at", "ended_at", "reason",
                    ],
                ],
            ],
            "next_cursor": ["type": ["string", "null"]],
        ],
        "required": ["success", "jobs", "next_cursor"],
    ]
}

extension SQLStatement {
    fileprivate static let listTenantJobs = SQLStatement(embedded: PackageResources.list_tenant_jobs_sql)
}
