import Content
import Postgres
import Runtime

/// `relance templates set`: saves an organisation's own template, if nothing is wrong with it.
enum TemplatesSetCommand: Command {
    static let name = "templates set"
    static let summary = "save an organisation's own template; it is used from the next message on"
    static let operands = [TemplateFlags.name]
    static let flags = [file, TemplateFlags.tenant, TemplateFlags.language, TemplateFlags.form, Operator.flag, .json]
    static let notes = """
        Nothing is saved while there is a fault; all faults are listed with their lines. A mail's HTML is saved after its plain part,
        so that both say the same. A template that fails when a message is written gives way to the built-in one.

        """ + TemplateFlags.vocabulary
    static let examples = [
        (line: "templates set day_before --tenant atlas --file day_before.fr.mail.txt", purpose: ""),
        (line: "templates set day_before --tenant atlas --language en --form mail.html --file x.html", purpose: ""),
        (line: "templates render day_before --tenant atlas --lead l1", purpose: "how it looks with a real lead's data"),
    ]

    private static let file = Flag("--file", "FILE", "the template; - for standard input")

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let template = try TemplateFlags.template(arguments)
        let tenant = try TemplateFlags.requiredTenant(arguments)
        guard let path = try arguments.text(file) else { throw UsageError("--file is missing: what is to be saved?") }
        guard let form = try TemplateFlags.form(arguments, file: path) else {
            throw UsageError("--form is missing: the file's name does not end with one of the forms")
        }
        try TemplateFlags.require(form, of: template)
        let who = try Operator.name(arguments)
        let content = try TemplateFile(path, as: form)
        if !content.faults.isEmpty {
            if arguments.has(.json) {
                print(JSONValue.object([("saved", .bool(false)), ("faults", content.json)]).text)
            } else {
                Log.standardError(content.complaint)
                Log.standardError("relance: nothing was saved. `relance templates check \(path)` checks again.")
            }
            return .data
        }
        let store = TemplateStore(try await connectToSchema(), tenantID: tenant)
        let standard = try await store.language()
        let language = try TemplateFlags.language(arguments) ?? standard
        let name = "\(template.rawValue).\(language.rawValue).\(form.rawValue)"
        let key: [PostgresValue] = [.text(tenant), .text(template.rawValue), .text(language.rawValue)]
        let source = String(decoding: content.bytes, as: UTF8.self)
        let isSaved = try await store.connection.run { session throws in
            try session.transaction { session throws -> Bool in
                let saved = try session.query(.saveTemplate, key + [.text(form.rawValue), .text(source), .text(who)])
                if saved.affected == 0 { return false }
                try OperatorAction(Self.self, by: who).record([("template:\(tenant)/\(name)", .object([]))], session)
                return true
            }
        }
        guard isSaved else {
            throw CommandError(
                "\(name) needs its plain part first: `relance templates set \(template.rawValue) --tenant \(tenant) --language \(language.rawValue) --form mail.txt --file FILE`."
            )
        }
        if arguments.has(.json) {
            print(JSONValue.object([("saved", .bool(true)), ("template", .text(name))]).text)
        } else {
            print(
                "Saved \(name). See it with `relance templates render \(template.rawValue) --tenant \(tenant) --lead ID --form \(form.rawValue)`."
            )
        }
        return .ok
    }
}

extension SQLStatement {
    fileprivate static let saveTemplate = SQLStatement(embedded: PackageResources.save_template_sql)
}
