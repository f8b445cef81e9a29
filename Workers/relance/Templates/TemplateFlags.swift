import Content
import Runtime

/// What the template commands share: names, languages and forms as an operator types them.
enum TemplateFlags {
    static let name = Operand(name: "NAME", what: "the message's name, such as day_before,")
    static let tenant = Flag("--tenant", "ID", "the organisation")
    static let language = Flag("--language", "LANGUAGE", "fr or en; the default is the organisation's")
    static let form = Flag(
        "--form", "FORM",
        MessageForm.allCases.map(\.rawValue).joined(separator: ", ") + "; the default comes from the file's name")

    /// The marks of the language, for help texts.
    static let vocabulary = """
        A template is text with {{NAME}} for a value, {{#NAME}}…{{/NAME}} around what is shown only where there is such a value, and
        {{>DETAILS}}, {{>ACTIONS}}, {{>FOOTER}} for the parts that mails share. `relance templates show NAME` prints one to start from.
        HTML that begins with <!doctype> or <html> stands alone; any other goes into the common layout.
        """

    /// The message that an operand names.
    static func template(_ arguments: Arguments) throws -> AppointmentTemplate {
        let word = arguments.operands[0]
        guard let template = AppointmentTemplate(rawValue: word) else {
            let known = AppointmentTemplate.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandError("there is no message \(word); there are \(known). `relance templates list` shows their forms.")
        }
        return template
    }

    /// The organisation, which the command cannot do without.
    static func requiredTenant(_ arguments: Arguments) throws(UsageError) -> String {
        guard let tenant = try arguments.text(tenant) else { throw UsageError("--tenant is missing: whose template?") }
        return tenant
    }

    static func language(_ arguments: Arguments) throws(UsageError) -> Language? {
        try arguments.choice(language, of: Language.allCases.map(\.rawValue)).flatMap { Language(rawValue: $0) }
    }

    /// The form that the flag names, else the one that the file's name ends with.
    static func form(_ arguments: Arguments, file: String? = nil) throws(UsageError) -> MessageForm? {
        if let word = try arguments.choice(form, of: MessageForm.allCases.map(\.rawValue)) { return MessageForm(rawValue: word) }
        return MessageForm.allCases.first {
            file?.hasSuffix("." + $0.rawValue) == true || file?.hasSuffix("/" + $0.rawValue) == true
        }
    }

    /// Refuses a form that the message does not have.
    static func require(_ form: MessageForm, of template: AppointmentTemplate) throws {
        guard template.forms.contains(form) else {
            let forms = template.forms.map(\.rawValue).joined(separator: ", ")
            throw CommandError("\(template.rawValue) has no \(form.rawValue); it has \(forms).")
        }
    }
}
