internal import API
private import Crypto
private import FoundationEssentials
internal import Postgres
private import Primitives

/// An activity of a lead to be logged (M-21): what resolves alerts, and may make a lead a hot one.
struct ActivityLog: Write {
    /// How it reached or left us.
    enum Channel: String, CaseIterable, Sendable {
        case whatsapp, email, call, sms, other
    }

    /// Who spoke.
    enum Direction: String, CaseIterable, Sendable {
        case `in`, out
    }

    let tenantID: String
    let id: String
    let leadID: String
    let channel: Channel
    let direction: Direction
    let status: String
    let snippet: String?
    /// JSON text.
    let meta: String?

    static let kind = "activity"
    var order: (String, String) { (tenantID, leadID) }

    /// What a request says.
    struct Content: Sendable {
        let leadID: String
        let channel: Channel
        let direction: Direction
        let status: String?
        let snippet: String?
        let meta: JSON?
    }

    /// The body of the request: the document's [462-480]. A snippet that is too long is cut, not refused.
    static let shape: Shape<Content> = Shape.object(
        .required("leadId", .text(1...200), "the lead's id, known here or not"),
        .required("channel", Shape<Channel>.choice, "how it reached or left you"),
        .required("direction", Shape<Direction>.choice, "in: the lead spoke; out: you did"),
        .optional("status", .text(1...64), "what became of it; failed, undelivered, bounced, rejected and error are no contact"),
        .optional("messageSnippet", .cutText(to: 100, bound: 10_000), "how the message begins; cut at 100 characters"),
        .optional("meta", .freeObject(bytes: 16 << 10), "whatever belongs to it; automated: true for what no person did")
    ).map { Content(leadID: $0.0, channel: $0.1, direction: $0.2, status: $0.3, snippet: $0.4, meta: $0.5) }

    init(tenantID: String, _ content: Content) {
        self.tenantID = tenantID
        id = UUIDv7.make(at: Date())
        leadID = content.leadID
        channel = content.channel
        direction = content.direction
        status = content.status ?? "sent"
        snippet = content.snippet
        meta = content.meta.map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    static func statements(for batch: [ActivityLog]) -> [(SQLStatement, [PostgresValue])] {
        [
            (
                .logActivities,
                [
                    .texts(batch.map(\.id)), .texts(batch.map(\.tenantID)), .texts(batch.map(\.leadID)),
                    .texts(batch.map(\.channel.rawValue)), .texts(batch.map(\.direction.rawValue)), .texts(batch.map(\.status)),
                    .texts(batch.map(\.snippet)), .texts(batch.map(\.meta)),
                ]
            )
        ]
    }

    static func answers(
        to batch: [ActivityLog], from rows: [PostgresRows]
    ) throws(PostgresError) -> [Result<Answer, Problem>] {
        guard rows[0].count == batch.count else { throw .data(statement: "log_activities", "not a row for each activity") }
        var answers: [Result<Answer, Problem>] = []
        answers.reserveCapacity(batch.count)
        for (index, activity) in batch.enumerated() {
            let row = rows[0][index]
            let raised = try row.optionalText("raised").map { [JSON.string($0)] } ?? []
            let resolved = try row.optionalText("resolved").map { $0.split(separator: ",").map { JSON.string(String($0)) } } ?? []
            answers.append(.success(activity.answer(at: try row.timestamp("logged_at"), raised: raised, resolved: resolved)))
        }
        return answers
    }

    private func answer(at instant: Timestamp, raised: [JSON], resolved: [JSON]) -> Answer {
        .json([
            "success": true,
            "activity": [
                "id": .string(id), "lead_id": .string(leadID), "channel": .string(channel.rawValue),
                "direction": .string(direction.rawValue), "created_at": .string(instant.description),
            ],
            "alerts": ["created": .array(raised), "resolved": .array(resolved)],
        ])
    }

    /// What the answer looks like.
    static let answerSchema: JSON = [
        "type": "object",
        "properties": [
            "success": ["type": "boolean"],
            "activity": [
                "type": "object",
                "properties": [
                    "id": ["type": "string", "format": "uuid"], "lead_id": ["type": "string"], "channel": ["type": "string"],
                    "direction": ["type": "string"], "created_at": ["type": "string", "format": "date-time"],
                ],
                "required": ["id", "lead_id", "channel", "direction", "created_at"],
            ],
            "alerts": [
                "type": "object",
                "properties": [
                    "created": ["type": "array", "items": ["type": "string"]],
                    "resolved": ["type": "array", "items": ["type": "string"]],
                ],
                "required": ["created", "resolved"],
            ],
        ],
        "required": ["success", "activity", "alerts"],
    ]
}

extension SQLStatement {
    fileprivate static let logActivities = SQLStatement(embedded: PackageResources.log_activities_sql)
}
