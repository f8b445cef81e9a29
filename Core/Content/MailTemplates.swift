internal import Templates

/// The templates in `Mail/`, parsed once.
///
/// A file is called `<message>.<language>.<form>`; `layout.html` is around every mail, and `details`, `actions` and `footer` are
/// parts that mails share.
package struct MailTemplates: Sendable {
    /// What a message is rendered for; the raw value ends the file's name.
    enum Form: String {
        case mailHTML = "mail.html"
        case mailText = "mail.txt"
        case short = "short.txt"
        case notice = "notice.txt"
    }

    /// How the first line of a text with a subject begins.
    static let subjectPrefix = "Subject: "

    /// The set, parsed at first use. A failure is one of the build, which the tests would have shown.
    static let shared = Result { () throws(TemplateError) in try MailTemplates() }

    private let templates: TemplateSet

    private init() throws(TemplateError) {
        templates = try TemplateSet(
            Self.files.map { name, bytes in
                let isFrench = name.contains(".fr.")
                let bytes = isFrench ? Array(FrenchTypography.applied(to: String(decoding: bytes, as: UTF8.self)).utf8) : bytes
                return TemplateSource(name: name, mode: name.hasSuffix(".html") ? .html : .text, bytes: bytes)
            })
    }

    func render(
        _ form: Form, of template: AppointmentTemplate, in language: Language, _ values: TemplateValues
    ) throws(TemplateError) -> String {
        let name = "\(template.rawValue).\(language.rawValue).\(form.rawValue)"
        var values = values
        switch form {
        case .mailHTML:
            var content = TemplateValues()
            content.include("DETAILS", template: "details.\(language.rawValue).html")
            content.include("ACTIONS", template: "actions.\(language.rawValue).html")
            values.include("CONTENT", template: name, content)
            values.include("FOOTER", template: "footer.\(language.rawValue).html")
            return try templates.render("layout.html", values)
        case .mailText:
            values.include("DETAILS", template: "details.\(language.rawValue).txt")
            values.include("ACTIONS", template: "actions.\(language.rawValue).txt")
            return try templates.render(name, values)
        case .short, .notice:
            return try templates.render(name, values)
        }
    }
}
