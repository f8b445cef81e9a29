internal import API
internal import Postgres
private import Primitives

/// An alert that somebody resolves by hand (M-20, M-17).
struct AlertResolution: Write {
    let tenantID: String
    let alertID: String
    /// Who, for the record.
    let actor: String
    let reason: String?

    static let kind = "alert_resolution"
    // By alert rather than lead: the statement puts the locks in order by itself.
    var order: (String, String) { (tenantID, alertID) }

    /// The body, which may be missing.
    static let shape: Shape<String?> = .object(.optional("reason", .text(1...500), "why, for the record"))

    static func statements(for batch: [AlertResolution]) -> [(SQLStatement, [PostgresValue])] {
        [
            (
                .resolveAlerts,
                [
                    .texts(batch.map(\.tenantID)), .texts(batch.map(\.alertID)), .texts(batch.map(\.actor)),
                    .texts(batch.map(\.reason)),
                ]
            )
        ]
    }

    static func answers(
        to batch: [AlertResolution], from rows: [PostgresRows]
    ) throws(PostgresError) -> [Result<Answer, Problem>] {
        var answers: [Result<Answer, Problem>] = []
        for (index, resolution) in batch.enumerated() {
            guard index < rows[0].count else { throw .data(statement: "resolve_alerts", "not a row for each alert") }
            guard let instant = try rows[0][index].optionalTimestamp("resolved_at") else {
                answers.append(.failure(.notFound("alert")))
                continue
            }
            answers.append(
                .success(
                    .json([
                        "success": true, "message": "Alerte résolue",
                        "alert": [
                            "id": .string(resolution.alertID), "resolved_at": .string(instant.description),
                            "resolved_by": .string(try rows[0][index].text("resolved_by")),
                        ],
                    ])))
        }
        return answers
    }

    /// What the answer looks like.
    static let answerSchema: JSON = [
        "type": "object",
        "properties": [
            "success": ["type": "boolean"], "message": ["type": "string"],
            "alert": [
                "type": "object",
                "properties": [
                    "id": ["type": "string", "format": "uuid"], "resolved_at": ["type": "string", "format": "date-time"],
                    "resolved_by": ["type": "string"],
                ],
                "required": ["id", "resolved_at", "resolved_by"],
            ],
        ],
        "required": ["success", "message", "alert"],
    ]
}

extension SQLStatement {
    fileprivate static let resolveAlerts = SQLStatement(embedded: PackageResources.resolve_alerts_sql)
}
