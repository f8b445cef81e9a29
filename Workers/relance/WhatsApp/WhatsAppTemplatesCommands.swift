import Postgres
import Primitives
import Runtime

/// `relance templates whatsapp list`: which approved templates stand for which messages.
enum WhatsAppTemplatesListCommand: Command {
    static let name = "templates whatsapp list"
    static let summary = "list the approved WhatsApp templates; with --tenant, also what is missing"
    static let flags = [Flag.tenant, .json]
    static var notes: String {
        """
        Outside the 24 hours after a recipient's last message WhatsApp takes approved templates only; a message without
        one is skipped, or falls back to SMS where its step allows it. Messages that go by WhatsApp:
          \(WhatsAppTemplateName.all.joined(separator: "\n  "))
        """
    }
    static let examples = [(line: "templates whatsapp list --tenant atlas", purpose: "what is missing?")]

    private struct Line: Sendable {
        let tenantID: String
        let name: String
        let contentSID: String?
        let updatedAt: Timestamp?
        /// Whether this build has a message of the name.
        let isKnown: Bool

        init(_ row: PostgresRow) throws(PostgresError) {
            tenantID = try row.text("tenant_id")
            name = try row.text("name")
            contentSID = try row.optionalText("content_sid")
            updatedAt = try row.optionalTimestamp("updated_at")
            isKnown = try row.bool("is_known")
        }

        var json: JSONValue {
            .object([
                ("tenant", .text(tenantID)), ("name", .text(name)), ("content_sid", .optional(contentSID)),
                ("updated_at", .optional(updatedAt)), ("known", .bool(isKnown)),
            ])
        }
    }

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let tenant = try arguments.text(.tenant)
        let connection = try await connectToSchema()
        if let tenant { _ = try await Tenant.region(tenant, over: connection) }
        let lines = try await connection.query(
            .listWhatsAppTemplates, [.optional(tenant), .texts(WhatsAppTemplateName.all)]
        ) { row throws(PostgresError) in try Line(row) }
        if arguments.has(.json) {
            print(
                JSONValue.object([
                    ("templates", .array(lines.map(\.json))), ("names", .array(WhatsAppTemplateName.all.map { .text($0) })),
                ]).text)
        } else if lines.isEmpty {
            print("None is set. `relance templates whatsapp set --help` sets one; messages that need one:")
            for name in WhatsAppTemplateName.all { print("  \(name)") }
        } else {
            table.lines(lines, on: .output).forEach { print($0) }
        }
        return .ok
    }

    private static var table: Table<Line> {
        Table([
            .init("TENANT") { Cell($0.tenantID) },
            .init("NAME") { Cell($0.name) },
            .init("TEMPLATE") { $0.contentSID.map { Cell($0) } ?? Cell("missing", .warning) },
            .init("SET (UTC)") { Cell(optional: $0.updatedAt?.tableText) },
            .init("") { $0.isKnown ? Cell("") : Cell("no message of this build", .faint) },
        ])
    }
}

/// `relance templates whatsapp set`: an approved template stands for a message.
enum WhatsAppTemplatesSetCommand: Command {
    static let name = "templates whatsapp set"
    static let summary = "name the approved WhatsApp template that stands for a message"
    static let operands = [
        WhatsAppTemplateName.operand, Operand(name: "HX…", what: "the template's content SID (HX and 32 hex digits)"),
    ]
    static let flags = [WhatsAppTemplateName.tenant, OperatorAction.reason, Operator.flag, .json]
    static let notes = """
        The template's variables {{1}}, {{2}} … are filled in the order of the message's own. Names:
        `relance templates whatsapp list --help`.
        """
    static let examples = [
        (line: "templates whatsapp set closer_booked.fr HX0123456789abcdef0123456789abcdef --tenant atlas", purpose: "")
    ]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let action = try OperatorAction(self, arguments)
        let tenant = try arguments.required(WhatsAppTemplateName.tenant)
        let name = try WhatsAppTemplateName.read(arguments.operands[0])
        let sid = try WhatsAppTemplateName.readContentSID(arguments.operands[1])
        let connection = try await connectToSchema()
        _ = try await Tenant.region(tenant, over: connection)
        let was = try await connection.run { session throws in
            try session.transaction { session throws in
                let was = try session.query(.setWhatsAppTemplate, [.text(tenant), .text(name), .text(sid)]).single()
                    .optionalText("was")
                let detail = JSONValue.object([("content_sid", .text(sid)), ("was", .optional(was))])
                try action.record([("whatsapp_template:\(tenant):\(name)", detail)], session)
                return was
            }
        }
        if arguments.has(.json) {
            print(
                JSONValue.object([
                    ("tenant", .text(tenant)), ("name", .text(name)), ("content_sid", .text(sid)), ("was", .optional(was)),
                ]).text)
        } else {
            print("\(sid) stands for \(name) of \(tenant)\(was.map { $0 == sid ? ", as before" : ", in place of \($0)" } ?? "").")
        }
        return .ok
    }
}

/// `relance templates whatsapp unset`: no template stands for a message.
enum WhatsAppTemplatesUnsetCommand: Command {
    static let name = "templates whatsapp unset"
    static let summary = "let no WhatsApp template stand for a message any more"
    // Also for names that this build has no message for.
    static let operands = [WhatsAppTemplateName.operand]
    static let flags = [WhatsAppTemplateName.tenant, OperatorAction.reason, Operator.flag, .json]
    static let examples = [
        (line: "templates whatsapp unset closer_booked.fr --tenant atlas --reason 'paused by Meta'", purpose: "")
    ]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let action = try OperatorAction(self, arguments)
        let tenant = try arguments.required(WhatsAppTemplateName.tenant)
        let name = arguments.operands[0]
        let was = try await connectToSchema().run { session throws in
            try session.transaction { session throws in
                guard let row = try session.query(.unsetWhatsAppTemplate, [.text(tenant), .text(name)]).first else {
                    throw CommandError(
                        "no template stands for \(name) of \(tenant). `relance templates whatsapp list --tenant \(tenant)` shows them."
                    )
                }
                let was = try row.text("was")
                try action.record([("whatsapp_template:\(tenant):\(name)", .object([("was", .text(was))]))], session)
                return was
            }
        }
        if arguments.has(.json) {
            print(JSONValue.object([("tenant", .text(tenant)), ("name", .text(name)), ("was", .text(was))]).text)
        } else {
            print("No template stands for \(name) of \(tenant) any more; it was \(was).")
        }
        return .ok
    }
}

extension SQLStatement {
    fileprivate static let listWhatsAppTemplates = SQLStatement(embedded: PackageResources.list_whatsapp_templates_sql)
    fileprivate static let setWhatsAppTemplate = SQLStatement(embedded: PackageResources.set_whatsapp_template_sql)
    fileprivate static let unsetWhatsAppTemplate = SQLStatement(embedded: PackageResources.unset_whatsapp_template_sql)
}
