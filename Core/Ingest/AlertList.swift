internal import API
private import Crypto
internal import Postgres
private import Primitives

/// The active alerts of a tenant (M-19), a page at a time.
struct AlertList: Sendable, Hashable {
    /// Where a page ended.
    struct Cursor: Sendable, Hashable {
        let rank: Int
        let createdAt: String
        let id: String

        init(rank: Int, createdAt: String, id: String) {
            self.rank = rank
            self.createdAt = createdAt
            self.id = id
        }

        /// Reads what ``text`` wrote; nil for anything else.
        init?(_ text: String) {
            guard let bytes = Base64.decodeURL(text), let plain = String(validating: bytes, as: UTF8.self) else { return nil }
            let parts = plain.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3, let rank = Int(parts[0]), (1...3).contains(rank), Timestamp(parts[1]) != nil,
                case .success(let id) = Shape.uuid.read(.string(parts[2]))
            else { return nil }
            self.init(rank: rank, createdAt: parts[1], id: id)
        }

        /// Opaque to callers.
        var text: String { Base64.encodeURL(Array("\(rank)|\(createdAt)|\(id)".utf8)) }
    }

    /// The parameters of the request.
    static let query: Shape<(Int, Cursor?)> = .object(
        .optional("limit", .integer(1...1000), default: 200, "most alerts of a page"),
        .optional(
            "cursor", Shape.text(1...200).converted("is not one that an answer gave") { Cursor($0) },
            "next_cursor of the page before")
    )

    let tenantID: String
    let limit: Int
    let cursor: Cursor?

    /// Reads pages for those who ask at the same time: dashboards of one tenant poll together, and one reading serves all who
    /// asked before it began.
    static func readers(_ reads: ReadPool) -> Coalescer<AlertList, Result<Answer, Problem>> {
        Coalescer { lists in
            let answers = await withTaskGroup(of: (AlertList, Result<Answer, Problem>).self) { group in
                for list in Set(lists) {
                    group.addTask {
                        do throws(Problem) {
                            return (list, .success(try await reads.read(list.read)))
                        } catch {
                            return (list, .failure(error))
                        }
                    }
                }
                return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            return lists.map { answers[$0] ?? .failure(.unavailable("The list could not be read at the moment.")) }
        }
    }

    /// Reads counts and page in one round trip.
    func read(_ session: PostgresSession) throws(PostgresError) -> Answer {
        let after: [PostgresValue] = cursor.map { [.int($0.rank), .text($0.createdAt), .text($0.id)] } ?? [nil, nil, nil]
        let rows = try session.batch([
            (.countAlerts, [.text(tenantID)]), (.listAlerts, [.text(tenantID)] + after + [.int(limit + 1)]),
        ])
        var bySeverity = ["high": 0, "med": 0, "low": 0]
        var byType: [String: Int] = [:]
        for index in 0..<rows[0].count {
            let count = Int(try rows[0][index].int("alerts"))
            bySeverity[try rows[0][index].text("severity"), default: 0] += count
            byType[try rows[0][index].text("type"), default: 0] += count
        }
        var alerts: [JSON] = []
        alerts.reserveCapacity(min(rows[1].count, limit))
        for index in 0..<min(rows[1].count, limit) { alerts.append(try Self.alert(rows[1][index])) }
        let next = rows[1].count > limit ? try Self.cursor(at: rows[1][limit - 1]) : nil
        return .json([
            "success": true,
            "stats": [
                "total": .int(bySeverity.values.reduce(0, +)),
                "by_severity": .object(["high", "med", "low"].map { JSON.Member($0, .int(bySeverity[$0] ?? 0)) }),
                "by_type": .object(byType.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .int($0.value)) }),
            ],
            "alerts": .array(alerts), "next_cursor": .optional(next?.text),
        ])
    }

    private static func cursor(at row: PostgresRow) throws(PostgresError) -> Cursor {
        let rank = ["high": 1, "med": 2][try row.text("severity")] ?? 3
        return Cursor(rank: rank, createdAt: try row.timestamp("created_at").description, id: try row.text("id"))
    }

    private static func alert(_ row: PostgresRow) throws(PostgresError) -> JSON {
        [
            "id": .string(try row.text("id")), "tenant_id": .string(try row.text("tenant_id")),
            "lead_id": .string(try row.text("lead_id")), "type": .string(try row.text("type")),
            "severity": .string(try row.text("severity")), "message": .string(try row.text("message")),
            "suggested_action": try row.optionalText("suggested_action").map { .written($0) } ?? .null,
            "created_at": .string(try row.timestamp("created_at").description), "resolved_at": .null,
            "lead_name": .optional(try row.optionalText("lead_name")),
            "lead_email": .optional(try row.optionalText("lead_email")),
        ]
    }

    /// What the answer looks like.
    static let answerSchema: JSON = [
        "type": "object",
        "properties": [
            "success": ["type": "boolean"],
            "stats": [
                "type": "object",
                "properties": [
                    "total": ["type": "integer"],
                    "by_severity": [
                        "type": "object",
                        "properties": ["high": ["type": "integer"], "med": ["type": "integer"], "low": ["type": "integer"]],
                        "required": ["high", "med", "low"],
                    ],
                    "by_type": ["type": "object", "additionalProperties": ["type": "integer"]],
                ],
                "required": ["total", "by_severity", "by_type"],
            ],
            "alerts": [
                "type": "array",
                "items": [
                    "type": "object",
                    "properties": [
                        "id": ["type": "string", "format": "uuid"], "tenant_id": ["type": "string"],
                        "lead_id": ["type": "string"],
                        "type": ["type": "string"], "severity": ["type": "string", "enum": ["high", "med", "low"]],
                        "message": ["type": "string"], "suggested_action": ["type": ["object", "null"]],
                        "created_at": ["type": "string", "format": "date-time"], "resolved_at": ["type": "null"],
                        "lead_name": ["type": ["string", "null"]], "lead_email": ["type": ["string", "null"]],
                    ],
                    "required": [
                        "id", "tenant_id", "lead_id", "type", "severity", "message", "suggested_action", "created_at",
                        "resolved_at", "lead_name", "lead_email",
                    ],
                ],
            ],
            "next_cursor": ["type": ["string", "null"]],
        ],
        "required": ["success", "stats", "alerts", "next_cursor"],
    ]
}

extension SQLStatement {
    fileprivate static let listAlerts = SQLStatement(embedded: PackageResources.list_alerts_sql)
    fileprivate static let countAlerts = SQLStatement(embedded: PackageResources.count_alerts_sql)
}
