internal import API
private import Crypto
internal import Postgres
internal import Primitives

/// A user's notifications, a page at a time.
struct NotificationList: Sendable {
    /// Where a page ended.
    struct Cursor: Sendable {
        let createdAt: String
        let id: String

        /// Reads what ``text(_:_:)`` wrote; nil for anything else.
        init?(_ text: String) {
            guard let bytes = Base64.decodeURL(text), let plain = String(validating: bytes, as: UTF8.self) else { return nil }
            let parts = plain.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, Timestamp(parts[0]) != nil, case .success(let id) = Shape.uuid.read(.string(parts[1]))
            else { return nil }
            (createdAt, self.id) = (parts[0], id)
        }

        /// Opaque to callers.
        static func text(_ createdAt: Timestamp, _ id: String) -> String { Base64.encodeURL(Array("\(createdAt)|\(id)".utf8)) }
    }

    static let query: Shape<(Int, Bool, Cursor?)> = .object(
        .optional("limit", .integer(1...200), default: 50, "most notifications of a page"),
        .optional("unread", .bool, default: false, "only those that have not been read"),
        .optional(
            "cursor", Shape.text(1...200).converted("is not one that an answer gave") { Cursor($0) },
            "next_cursor of the page before")
    )

    let tenantID: String
    let userID: String
    let limit: Int
    let isUnreadOnly: Bool
    let cursor: Cursor?

    /// Reads count and page in one round trip.
    func read(_ session: PostgresSession) throws(PostgresError) -> Answer {
        let rows = try session.batch([
            (.countUnread, [.text(tenantID), .text(userID)]),
            (
                .listNotifications,
                [
                    .text(tenantID), .text(userID), .bool(isUnreadOnly), .optional(cursor?.createdAt), .optional(cursor?.id),
                    .int(limit + 1),
                ]
            ),
        ])
        var list: [JSON] = []
        for index in 0..<min(rows[1].count, limit) { list.append(try Self.notification(rows[1][index])) }
        let next = rows[1].count > limit ? rows[1][limit - 1] : nil
        return .json([
            "success": true, "unread": .int(Int(try rows[0].single().int("unread"))), "notifications": .array(list),
            "next_cursor": .optional(
                try next.map { row throws(PostgresError) in
                    Cursor.text(try row.timestamp("created_at"), try row.text("id"))
                }),
        ])
    }

    private static func notification(_ row: PostgresRow) throws(PostgresError) -> JSON {
        [
            "id": .string(try row.text("id")), "kind": .string(try row.text("kind")), "title": .string(try row.text("title")),
            "body": .string(try row.text("body")), "appointment_id": .optional(try row.optionalText("appointment_id")),
            "created_at": .string(try row.timestamp("created_at").description),
            "read_at": .optional(try row.optionalTimestamp("read_at")?.description),
        ]
    }

    static let answerSchema: JSON = [
        "type": "object",
        "properties": [
            "success": ["type": "boolean"], "unread": ["type": "integer", "minimum": 0],
            "notifications": [
                "type": "array",
                "items": [
                    "type": "object",
                    "properties": [
                        "id": ["type": "string", "format": "uuid"], "kind": ["type": "string"], "title": ["type": "string"],
                        "body": ["type": "string"], "appointment_id": ["type": ["string", "null"]],
                        "created_at": ["type": "string", "format": "date-time"],
                        "read_at": ["type": ["string", "null"], "format": "date-time"],
                    ],
                    "required": ["id", "kind", "title", "body", "appointment_id", "created_at", "read_at"],
                ],
            ],
            "next_cursor": ["type": ["string", "null"]],
        ],
        "required": ["success", "unread", "notifications", "next_cursor"],
    ]
}

extension SQLStatement {
    fileprivate static let countUnread = SQLStatement(embedded: PackageResources.count_unread_sql)
    fileprivate static let listNotifications = SQLStatement(embedded: PackageResources.list_notifications_sql)
}
