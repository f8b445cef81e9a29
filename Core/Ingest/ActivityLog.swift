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
    /// Something that the fleet did by itself, which is no contact (D-30).
    let isAutomated: Bool

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
        let automated = content.meta?["automated"]
        isAutomated = automated == .bool(true) || automated == .string("true")
    }

    static func statements(for batch: [ActivityLog]) -> [(SQLStatement, [PostgresValue])] {
        let log: (SQLStatement, [PostgresValue]) = (
            .logActivities,
            [
                .texts(batch.map(\.id)), .texts(batch.map(\.tenantID)), .texts(batch.map(\.leadID)),
                .texts(batch.map(\.channel.rawValue)), .texts(batch.map(\.direction.rawValue)), .texts(batch.map(\.status)),
                .texts(batch.map(\.snippet)), .texts(batch.map(\.meta)),
            ]
        )
        let writers = writers(in: batch)
        if writers.isEmpty { return [log] }
        let leads: [PostgresValue] = [.texts(writers.map(\.tenantID)), .texts(writers.map(\.leadID))]
        return [(.lockLeads, leads), log, (.raiseHotLeads, leads)]
    }

    /// The last inbound contact of each lead. The batch is sorted, so a lead's activities stand together.
    private static func writers(in batch: [ActivityLog]) -> [ActivityLog] {
        var last: [ActivityLog] = []
        for activity in batch where activity.direction == .in && !activity.isAutomated {
            if let former = last.last, former.order == activity.order { last.removeLast() }
            last.append(activity)
        }
        return last
    }

    static func answers(
        to batch: [ActivityLog], from rows: [PostgresRows]
    ) throws(PostgresError) -> [Result<Answer, Problem>] {
        let logged = rows[rows.count == 1 ? 0 : 1]
        var hot: Set<String> = []
        if rows.count == 3 {
            for index in 0..<rows[2].count where try rows[2][index].bool("is_new") {
                hot.insert(try rows[2][index].text("tenant_id") + "\u{1F}" + rows[2][index].text("lead_id"))
            }
        }
        let raisers = Set(
            writers(in: batch).filter { hot.contains($0.tenantID + "\u{1F}" + $0.leadID) }.map(\.id))
        guard logged.count == batch.count else { throw .data(statement: "log_activities", "not a row for each activity") }
        var answers: [Result<Answer, Problem>] = []
        answers.reserveCapacity(batch.count)
        for (index, activity) in batch.enumerated() {
            let row = logged[index]
            let resolved = try row.optionalText("resolved").map { $0.split(separator: ",").map { JSON.string(String($0)) } }
            answers.append(
                .success(
                    activity.answer(
                        at: try row.timestamp("created_at"), created: raisers.contains(activity.id) ? ["HotLead24h"] : [],
                        resolved: resolved ?? [])))
        }
        return answers
    }

    private func answer(at instant: Timestamp, created: [JSON], resolved: [JSON]) -> Answer {
        .json([
            "success": true,
            "activity": [
                "id": .string(id), "lead_id": .string(leadID), "channel": .string(channel.rawValue),
                "direction": .string(direction.rawValue), "created_at": .string(instant.description),
            ],
            "alerts": ["created": .array(created), "resolved": .array(resolved)],
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
    fileprivate static let lockLeads = SQLStatement(embedded: PackageResources.lock_leads_sql)
    fileprivate static let logActivities = SQLStatement(embedded: PackageResources.log_activities_sql)
    fileprivate static let raiseHotLeads = SQLStatement(embedded: PackageResources.raise_hot_leads_sql)
}
