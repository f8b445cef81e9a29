internal import API
internal import Postgres
private import Primitives

/// A notification that its user has read or removed. A removed one is kept unseen: else what planned it would plan it again.
struct NotificationChange: Write {
    let tenantID: String
    let userID: String
    let id: String
    let isRemoval: Bool

    static let kind = "notification"
    var order: (String, String) { (tenantID, id) }

    static func statements(for batch: [NotificationChange]) -> [(SQLStatement, [PostgresValue])] {
        [
            (
                .changeNotifications,
                [
                    .texts(batch.map(\.tenantID)), .texts(batch.map(\.userID)), .texts(batch.map(\.id)),
                    .bools(batch.map(\.isRemoval)),
                ]
            )
        ]
    }

    static func answers(
        to batch: [NotificationChange], from rows: [PostgresRows]
    ) throws(PostgresError) -> [Result<Answer, Problem>] {
        guard rows[0].count == batch.count else { throw .data(statement: "change_notifications", "not a row for each") }
        var answers: [Result<Answer, Problem>] = []
        for (index, change) in batch.enumerated() {
            let row = rows[0][index]
            guard try row.bool("is_there") else {
                answers.append(.failure(.notFound("notification")))
                continue
            }
            let readAt = try row.optionalTimestamp("read_at")?.description
            answers.append(
                .success(.json(["success": true, "notification": ["id": .string(change.id), "read_at": .optional(readAt)]])))
        }
        return answers
    }

    static let answerSchema: JSON = [
        "type": "object",
        "properties": [
            "success": ["type": "boolean"],
            "notification": [
                "type": "object",
                "properties": [
                    "id": ["type": "string", "format": "uuid"], "read_at": ["type": ["string", "null"], "format": "date-time"],
                ],
                "required": ["id", "read_at"],
            ],
        ],
        "required": ["success", "notification"],
    ]
}

extension SQLStatement {
    fileprivate static let changeNotifications = SQLStatement(embedded: PackageResources.change_notifications_sql)
}
