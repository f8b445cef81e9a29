internal import API
private import Crypto
private import FoundationEssentials
internal import Postgres
internal import Primitives

/// Analytics events that come together (L-06).
struct EventBatch: Write {
    /// Something that happened in an application.
    struct Event: Sendable {
        let id: String
        let userID: String?
        let type: String
        let service: String?
        /// JSON text.
        let metadata: String?
        /// Nil for now.
        let createdAt: Timestamp?
    }

    let tenantID: String
    let events: [Event]

    static let kind = "analytics_event"
    var order: (String, String) { (tenantID, "") }

    private static let event: Shape<Event> = Shape.object(
        .required("eventType", .text(1...100), "what happened"),
        .optional("id", .uuid, "the sender's own id: what comes again under it is not stored again"),
        .optional("userId", .text(1...200), "who did it; one that is not known here is dropped"),
        .optional("service", .text(1...100), "where"),
        .optional("metadata", .freeObject(bytes: 8 << 10), "whatever belongs to it"),
        .optional("createdAt", MeasurementRoutes.instant, "when; now where it is missing")
    ).map {
        Event(
            id: $0.1 ?? UUIDv7.make(at: Date()), userID: $0.2, type: $0.0, service: $0.3,
            metadata: $0.4.map { String(decoding: $0.bytes, as: UTF8.self) }, createdAt: $0.5)
    }

    static let shape: Shape<[Event]> = .object(.required("events", .list(of: event, 1...1000), "in any order"))

    static func statements(for batch: [EventBatch]) -> [(SQLStatement, [PostgresValue])] {
        let events = batch.flatMap(\.events)
        return [
            (
                .storeEvents,
                [
                    .ints(
                        batch.enumerated().flatMap { index, write in Array(repeating: Int64(index), count: write.events.count) }),
                    .texts(batch.flatMap { Array(repeating: $0.tenantID, count: $0.events.count) }), .texts(events.map(\.id)),
                    .texts(events.map(\.userID)), .texts(events.map(\.type)), .texts(events.map(\.service)),
                    .texts(events.map(\.metadata)), .timestamps(events.map(\.createdAt)),
                ]
            )
        ]
    }

    static func answers(to batch: [EventBatch], from rows: [PostgresRows]) throws(PostgresError) -> [Result<Answer, Problem>] {
        guard rows[0].count == batch.count else { throw .data(statement: "store_analytics_events", "not a row for each batch") }
        var answers: [Result<Answer, Problem>] = []
        for index in batch.indices {
            let stored = Int(try rows[0][index].int("stored"))
            answers.append(
                .success(
                    .json([
                        "success": true, "stored": .int(stored), "duplicates": .int(batch[index].events.count - stored),
                    ])))
        }
        return answers
    }

    static let answerSchema: JSON = [
        "type": "object",
        "properties": [
            "success": ["type": "boolean"], "stored": ["type": "integer", "minimum": 0],
            "duplicates": ["type": "integer", "minimum": 0],
        ],
        "required": ["success", "stored", "duplicates"],
    ]
}

extension SQLStatement {
    fileprivate static let storeEvents = SQLStatement(embedded: PackageResources.store_analytics_events_sql)
}
