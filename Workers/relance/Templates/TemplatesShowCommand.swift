import Content
import Runtime

/// `relance templates show`: the source of a template, to look at or to start from.
enum TemplatesShowCommand: Command {
    static let name = "templates show"
    static let summary = "print a template's source: the organisation's own, else the built-in one"
    static let operands = [TemplateFlags.name]
    static let flags = [TemplateFlags.tenant, TemplateFlags.language, form, .json]
    static let notes = TemplateFlags.vocabulary
    static let examples = [
        (line: "templates show day_before --form mail.html > day_before.fr.mail.html", purpose: "a copy to start from"),
        (line: "templates show day_before --tenant atlas", purpose: "what this organisation uses"),
    ]

    private static let form = Flag(
        "--form", "FORM", MessageForm.allCases.map(\.rawValue).joined(separator: ", ") + "; the default is the message's text")

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let template = try TemplateFlags.template(arguments)
        let form = try TemplateFlags.form(arguments) ?? template.forms.first { $0 != .mailHTML } ?? .mailText
        try TemplateFlags.require(form, of: template)
        var language = try TemplateFlags.language(arguments)
        var own: String?
        if let tenant = try arguments.text(TemplateFlags.tenant) {
            let store = TemplateStore(try await connectToSchema(), tenantID: tenant)
            let standard = try await store.language()
            own = try await store.source(template, language ?? standard, form)
            language = language ?? standard
        }
        let file = "\(template.rawValue).\((language ?? .french).rawValue).\(form.rawValue)"
        let builtIn = MailTemplates.files.first { $0.name == file }.map { String(decoding: $0.bytes, as: UTF8.self) }
        let source = own ?? builtIn ?? ""
        if arguments.has(.json) {
            print(
                JSONValue.object([("template", .text(file)), ("own", .bool(own != nil)), ("source", .text(source))]).text)
        } else {
            print(source, terminator: source.hasSuffix("\n") ? "" : "\n")
        }
        return .ok
    }
}
