import Content
import Postgres
import Primitives
import Runtime

/// `relance templates list`: which messages there are, and which of their templates are an organisation's own.
enum TemplatesListCommand: Command {
    static let name = "templates list"
    static let summary = "list the messages with their forms, and which templates are an organisation's own"
    static let flags = [TemplateFlags.tenant, .json]
    static let examples = [
        (line: "templates list", purpose: "which messages are there?"),
        (line: "templates list --tenant atlas", purpose: "which of them has this organisation written itself?"),
    ]

    /// One form of a message in one language.
    struct Line: Sendable {
        let file: String
        let change: Change?
    }

    /// When an organisation's own template was saved, and by whom.
    struct Change: Sendable {
        let at: Timestamp
        let by: String
    }

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        var own: [String: Change] = [:]
        if let tenant = try arguments.text(TemplateFlags.tenant) {
            let connection = try await connectToSchema()
            _ = try await TemplateStore(connection, tenantID: tenant).language()
            let rows = try await connection.query(.listTemplates, [.text(tenant)]) { row throws(PostgresError) in
                (try row.text("file"), Change(at: try row.timestamp("updated_at"), by: try row.text("updated_by")))
            }
            own = Dictionary(uniqueKeysWithValues: rows)
        }
        let lines = AppointmentTemplate.allCases.flatMap { template in
            Language.allCases.flatMap { language in
                template.forms.map { form in
                    let file = "\(template.rawValue).\(language.rawValue).\(form.rawValue)"
                    return Line(file: file, change: own[file])
                }
            }
        }
        if arguments.has(.json) {
            print(JSONValue.object([("templates", .array(lines.map(json)))]).text)
        } else {
            table.lines(lines, on: .output).forEach { print($0) }
        }
        return .ok
    }

    private static func json(_ line: Line) -> JSONValue {
        .object([
            ("template", .text(line.file)), ("own", .bool(line.change != nil)), ("updated_at", .optional(line.change?.at)),
            ("updated_by", .optional(line.change?.by)),
        ])
    }

    private static var table: Table<Line> {
        Table([
            .init("TEMPLATE") { Cell($0.file) },
            .init("SOURCE") { $0.change == nil ? Cell("built-in", .faint) : Cell("own", .strong) },
            .init("CHANGED (UTC)") { Cell(optional: $0.change?.at.tableText) },
            .init("BY") { Cell(optional: $0.change?.by) },
        ])
    }
}

extension SQLStatement {
    fileprivate static let listTemplates = SQLStatement(embedded: PackageResources.list_templates_sql)
}
