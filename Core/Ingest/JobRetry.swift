internal import API
internal import Postgres

/// A job that an administrator wants done now or once more (K-34): the rules are `relance.retry_job`'s.
struct JobRetry: Write {
    let tenantID: String
    let id: Int
    /// Who, for the record.
    let caller: String
    let reason: String?

    static let kind = "job_retry"
    // Numbers of one length sort as numbers.
    var order: (String, String) {
        let digits = String(id)
        return (tenantID, String(repeating: "0", count: 19 - digits.utf8.count) + digits)
    }

    /// The body, which may be missing.
    static let shape: Shape<String?> = .object(.optional("reason", .text(1...500), "why, for the record"))

    static func statements(for batch: [JobRetry]) -> [(SQLStatement, [PostgresValue])] {
        [
            (
                .retryJobs,
                [
                    .texts(batch.map(\.tenantID)), .ints(batch.map { Int64($0.id) }), .texts(batch.map(\.caller)),
                    .texts(batch.map(\.reason)),
                ]
            )
        ]
    }

    static func answers(to batch: [JobRetry], from rows: [PostgresRows]) throws(PostgresError) -> [Result<Answer, Problem>] {
        guard rows[0].count == batch.count else { throw .data(statement: "retry_jobs", "not a row for each job") }
        var answers: [Result<Answer, Problem>] = []
        for (index, retry) in batch.enumerated() { answers.append(try retry.answer(rows[0][index])) }
        return answers
    }

    private func answer(_ row: PostgresRow) throws(PostgresError) -> Result<Answer, Problem> {
        let state = try row.optionalText("state") ?? ""
        switch try row.text("outcome") {
        case "unknown": return .failure(.notFound("job"))
        case "advanced", "redriven": return .success(available(isRetried: true))
        case "available": return .success(available(isRetried: false))
        case "running": return .failure(Self.refusal("job_running", "The job runs at this moment."))
        case "expired":
            return .failure(Self.refusal("job_expired", "The job has expired: what it was to do makes no sense any more."))
        case "replaced": return .failure(Self.refusal("job_replaced", "Another job with the same key waits already."))
        case "message" where state == "uncertain":
            return .failure(
                Self.refusal(
                    "message_uncertain", "Its message may have been sent: it is not sent again before somebody has looked."))
        case "message":
            return .failure(Self.refusal("message_settled", "Its message is \(state): only a failed one is sent again."))
        default: return .failure(Self.refusal("job_finished", "The job is \(state): it is not done twice."))
        }
    }

    private func available(isRetried: Bool) -> Answer {
        .json(["success": true, "job": ["id": .string(String(id)), "state": "available"], "retried": .bool(isRetried)])
    }

    private static func refusal(_ code: String, _ detail: String) -> Problem { Problem(409, code, detail) }

    static let answerSchema: JSON = [
        "type": "object",
        "properties": [
            "success": ["type": "boolean"],
            "job": [
                "type": "object", "properties": ["id": ["type": "string"], "state": ["type": "string", "enum": ["available"]]],
                "required": ["id", "state"],
            ],
            // False where it was available already.
            "retried": ["type": "boolean"],
        ],
        "required": ["success", "job", "retried"],
    ]
}

extension SQLStatement {
    fileprivate static let retryJobs = SQLStatement(embedded: PackageResources.retry_jobs_sql)
}
