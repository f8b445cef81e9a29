import Content
import Postgres
import Runtime

/// `relance templates reset`: goes back to the built-in template.
enum TemplatesResetCommand: Command {
    static let name = "templates reset"
    static let summary = "go back to the built-in templates of a message"
    static let operands = [TemplateFlags.name]
    static let flags = [TemplateFlags.tenant, language, form, Operator.flag, .json]
    static let notes = "A mail's plain part goes together with its HTML, which cannot do without it."
    static let examples = [
        (line: "templates reset day_before --tenant atlas", purpose: "all forms in all languages"),
        (line: "templates reset day_before --tenant atlas --language en --form mail.html", purpose: ""),
    ]

    private static let language = Flag("--language", "LANGUAGE", "fr or en; the default is both")
    private static let form = Flag(
        "--form", "FORM", MessageForm.allCases.map(\.rawValue).joined(separator: ", ") + "; the default is all")

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let template = try TemplateFlags.template(arguments)
        let tenant = try TemplateFlags.requiredTenant(arguments)
        let form = try TemplateFlags.form(arguments)
        if let form { try TemplateFlags.require(form, of: template) }
        // HTML without its plain part would go out beside the built-in one, which may say something else.
        let forms = form.map { $0 == .mailText ? [$0, .mailHTML] : [$0] } ?? MessageForm.allCases
        let languages = try TemplateFlags.language(arguments).map { [$0] } ?? Language.allCases
        let action = OperatorAction(Self.self, by: try Operator.name(arguments))
        let store = TemplateStore(try await connectToSchema(), tenantID: tenant)
        _ = try await store.language()
        let values: [PostgresValue] = [
            .text(tenant), .text(template.rawValue), .texts(languages.map(\.rawValue)), .texts(forms.map(\.rawValue)),
        ]
        let removed = try await store.connection.run { session throws in
            try session.transaction { session throws -> [String] in
                let removed = try session.query(.deleteTemplates, values).map { row throws(PostgresError) in try row.text("file")
                }
                try action.record(removed.map { ("template:\(tenant)/\($0)", .object([])) }, session)
                return removed
            }
        }
        if arguments.has(.json) {
            print(JSONValue.object([("reset", .array(removed.sorted().map { .text($0) }))]).text)
        } else if removed.isEmpty {
            print(
                "\(template.rawValue): \(tenant) has no template of its own. `relance templates list --tenant \(tenant)` shows which it has."
            )
        } else {
            removed.sorted().forEach { print("Reset \($0).") }
        }
        return .ok
    }
}

extension SQLStatement {
    fileprivate static let deleteTemplates = SQLStatement(embedded: PackageResources.delete_templates_sql)
}
