import Postgres
import Primitives
import Runtime

/// `relance alerts list`: what the team should know of its leads.
enum AlertsListCommand: Command {
    static let name = "alerts list"
    static let summary = "list alerts about leads, newest first"
    static let flags = [
        AlertFlags.severity, AlertFlags.type, AlertFlags.lead, AlertFlags.all, .tenant, .limit, .cursor, .json,
    ]
    static let notes =
        "Active ones only, unless --all is given. The count of days in a message is renewed at each local midnight."
    static let examples = [
        (line: "alerts list --tenant atlas --severity high", purpose: "act within a day"),
        (line: "alerts list --lead 694d0bed15df5b9e1 --all", purpose: "what was said of a lead, and how it ended"),
    ]

    struct Line: Sendable {
        let tenantID: String
        let id: String
        let leadID: String
        let leadName: String?
        let type: String
        let severity: String
        let message: String
        let action: String?
        let createdAt: Timestamp
        let resolvedAt: Timestamp?
        let resolvedBy: String?
        let key: String
    }

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let page = try Page(arguments, isNumbered: false, keyLength: 80)
        let after = page.cursor.map { $0.split(separator: "_", maxSplits: 1).map(String.init) } ?? []
        if page.cursor != nil {
            guard after.count == 2, Timestamp(after[0] + "Z") != nil else {
                throw UsageError("--cursor: not a key that a page ended with")
            }
            _ = try AlertFlags.id(after[1])
        }
        let values: [PostgresValue] = [
            .optional(try arguments.text(.tenant)),
            .optional(try arguments.choice(AlertFlags.severity, of: AlertFlags.severities)),
            .optional(try arguments.choice(AlertFlags.type, of: AlertFlags.types)),
            .optional(try arguments.text(AlertFlags.lead)), .bool(arguments.has(AlertFlags.all)),
            .optional(after.first.map { $0 + "Z" }), .optional(after.last), .int(page.limit + 1),
        ]
        let lines = try await connectToSchema().query(.listLeadAlerts, values) { row throws(PostgresError) in
            Line(
                tenantID: try row.text("tenant_id"), id: try row.text("id"), leadID: try row.text("lead_id"),
                leadName: try row.optionalText("lead_name"), type: try row.text("type"), severity: try row.text("severity"),
                message: try row.text("message"), action: try row.optionalText("action"),
                createdAt: try row.timestamp("created_at"), resolvedAt: try row.optionalTimestamp("resolved_at"),
                resolvedBy: try row.optionalText("resolved_by"), key: try row.text("key"))
        }
        Listing(noun: "alerts", table: table, json: json, key: { $0.key })
            .print(lines, page: page, command: self, arguments: arguments)
        return .ok
    }

    private static var table: Table<Line> {
        Table([
            .init("ALERT") { Cell($0.id) }, .init("TENANT") { Cell($0.tenantID) }, .init("SEVERITY") { Cell($0.severity) },
            .init("TYPE") { Cell($0.type) }, .init("LEAD") { Cell($0.leadID) }, .init("SINCE") { Cell($0.createdAt.tableText) },
            .init("RESOLVED") { Cell(optional: $0.resolvedBy) }, .init("MESSAGE") { Cell($0.message) },
        ])
    }

    private static func json(_ line: Line) -> JSONValue {
        .object([
            ("tenant_id", .text(line.tenantID)), ("id", .text(line.id)), ("lead_id", .text(line.leadID)),
            ("lead_name", .optional(line.leadName)), ("type", .text(line.type)), ("severity", .text(line.severity)),
            ("message", .text(line.message)), ("action", .optional(line.action)), ("created_at", .optional(line.createdAt)),
            ("resolved_at", .optional(line.resolvedAt)), ("resolved_by", .optional(line.resolvedBy)),
        ])
    }
}

extension SQLStatement {
    fileprivate static let listLeadAlerts = SQLStatement(embedded: PackageResources.list_lead_alerts_sql)
}
