internal import Templates

/// The templates in `Mail/`, parsed once.
///
/// A file is called `<message>.<language>.<form>`; `layout.html` is around every mail, and `details`, `actions` and `footer` are
/// parts that mails share.
package struct MailTemplates: Sendable {
    /// How the first line of a text with a subject begins.
    static let subjectPrefix = "Subject: "
    /// What is around the HTML of a mail.
    static let layout = "layout.html"
    /// What an organisation's own template is called in its set.
    static let ownName = "own"
    /// In bytes: beyond it something repeats itself, and readers show no such mail.
    static let maximumRenderedLength = 262_144

    /// The set, parsed at first use. A failure is one of the build, which the tests would have shown.
    static let shared = Result { () throws(TemplateError) in try MailTemplates() }

    private let templates: TemplateSet

    private init() throws(TemplateError) {
        templates = try TemplateSet(Self.files.map { name, bytes in Self.source(name, bytes) })
    }

    /// An organisation's own template, with the parts that it may include around it.
    static func parse(_ source: String, as form: MessageForm, in language: Language) throws(TemplateError) -> TemplateSet {
        let parts = files.filter { name, _ in
            name == layout || ["details", "actions", "footer"].contains { name.hasPrefix("\($0).\(language.rawValue).") }
        }
        let isHTML = form == .mailHTML
        let source = source.replacing("\r\n", with: "\n")
        let text = language == .french ? FrenchTypography.applied(to: source, isHTML: isHTML) : source
        let own = TemplateSource(name: ownName, mode: isHTML ? .html : .text, bytes: Array(text.utf8))
        return try TemplateSet(parts.map { name, bytes in Self.source(name, bytes) } + [own])
    }

    /// A file of ours as it is parsed.
    static func source(_ name: String, _ bytes: [UInt8]) -> TemplateSource {
        let isHTML = name.hasSuffix(".html")
        var bytes = bytes
        if name.contains(".fr.") {
            bytes = Array(FrenchTypography.applied(to: String(decoding: bytes, as: UTF8.self), isHTML: isHTML).utf8)
        }
        return TemplateSource(name: name, mode: isHTML ? .html : .text, bytes: bytes)
    }

    /// - Parameter message: what a template's raw value calls it.
    func render(
        _ form: MessageForm, of message: String, in language: Language, _ values: TemplateValues
    ) throws(TemplateError) -> String {
        let name = "\(message).\(language.rawValue).\(form.rawValue)"
        return try Self.render(templates, name, form, in: language, values, layout: Self.layout)
    }

    /// - Parameter layout: what goes around the HTML of a mail; nil when `name` is a document of its own.
    static func render(
        _ templates: TemplateSet, _ name: String, _ form: MessageForm, in language: Language, _ values: TemplateValues,
        layout: String?
    ) throws(TemplateError) -> String {
        var values = values
        switch form {
        case .mailHTML:
            values.include("FOOTER", template: "footer.\(language.rawValue).html")
            guard let layout else {
                values.includeParts(language, "html")
                return try templates.render(name, values)
            }
            var content = TemplateValues()
            content.includeParts(language, "html")
            values.include("CONTENT", template: name, content)
            return try templates.render(layout, values)
        case .mailText:
            values.includeParts(language, "txt")
            values.include("FOOTER", template: "footer.\(language.rawValue).txt")
            return try templates.render(name, values)
        case .short, .notice:
            return try templates.render(name, values)
        }
    }
}

extension TemplateValues {
    fileprivate mutating func includeParts(_ language: Language, _ ending: String) {
        include("DETAILS", template: "details.\(language.rawValue).\(ending)")
        include("ACTIONS", template: "actions.\(language.rawValue).\(ending)")
    }
}
