import Postgres
import Primitives
import Runtime

/// `relance keys list`: who may call the API.
enum KeysListCommand: Command {
    static let name = "keys list"
    static let summary = "list the keys of callers of the API"
    static let flags = [Flag.tenant, .json]
    static let notes = "A key itself is stored nowhere; its last characters tell which one it is."
    static let examples = [(line: "keys list --tenant atlas", purpose: "who may call for this organisation?")]

    /// One key.
    struct Line: Sendable {
        let id: String
        let tenantID: String
        let kind: String
        let name: String
        let hint: String
        let scopes: String
        let origins: String
        let perMinute: Int64?
        let createdAt: Timestamp
        let createdBy: String
        let expiresAt: Timestamp?
        let state: String
    }

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let connection = try await connectToSchema()
        let lines = try await connection.query(.listKeys, [.optional(try arguments.text(.tenant))]) { row throws(PostgresError) in
            Line(
                id: try row.text("id"), tenantID: try row.text("tenant_id"), kind: try row.text("kind"),
                name: try row.text("name"),
                hint: try row.text("hint"), scopes: try row.text("scopes"), origins: try row.text("origins"),
                perMinute: try row.optionalInt("per_minute"), createdAt: try row.timestamp("created_at"),
                createdBy: try row.text("created_by"), expiresAt: try row.optionalTimestamp("expires_at"),
                state: try row.text("state"))
        }
        if arguments.has(.json) {
            print(JSONValue.object([("keys", .array(lines.map(json)))]).text)
        } else if lines.isEmpty {
            print("No keys. `relance keys create --help` tells how to make one.")
        } else {
            table.lines(lines, on: .output).forEach { print($0) }
        }
        return .ok
    }

    private static func json(_ line: Line) -> JSONValue {
        .object([
            ("id", .text(line.id)), ("tenant_id", .text(line.tenantID)), ("kind", .text(line.kind)), ("name", .text(line.name)),
            ("hint", .text(line.hint)), ("scopes", .array(line.scopes.split(separator: ",").map { .text(String($0)) })),
            ("origins", .array(line.origins.split(separator: ",").map { .text(String($0)) })),
            ("per_minute", .optional(line.perMinute)), ("created_at", .optional(line.createdAt)),
            ("created_by", .text(line.createdBy)), ("expires_at", .optional(line.expiresAt)), ("state", .text(line.state)),
        ])
    }

    private static var table: Table<Line> {
        Table([
            .init("KEY") { Cell($0.id) }, .init("TENANT") { Cell($0.tenantID) }, .init("NAME") { Cell($0.name) },
            .init("STATE") { Cell($0.state) }, .init("KIND") { Cell($0.kind) }, .init("SCOPES") { Cell($0.scopes) },
            .init("ENDS WITH") { Cell("…" + $0.hint) }, .init("EXPIRES") { Cell(optional: $0.expiresAt?.tableText) },
            .init("CREATED") { Cell($0.createdAt.tableText) }, .init("BY") { Cell($0.createdBy) },
            .init("ORIGINS") { Cell($0.origins) },
        ])
    }
}

extension SQLStatement {
    fileprivate static let listKeys = SQLStatement(embedded: PackageResources.list_keys_sql)
}
