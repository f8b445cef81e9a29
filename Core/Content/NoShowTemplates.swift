internal import Templates

/// The templates in `NoShows/`, parsed once, with the layout and the footers that all mails share.
package enum NoShowTemplates {
    /// Longer subjects are cut by every reader of mail.
    private static let maximumSubjectLength = 200

    /// The set, parsed at first use. A failure is one of the build, which the tests would have shown.
    private static let shared = Result { () throws(TemplateError) in
        let parts = MailTemplates.files.filter { $0.name == MailTemplates.layout || $0.name.hasPrefix("footer.") }
        return try TemplateSet((parts + files).map { MailTemplates.source($0.name, $0.bytes) })
    }

    /// A message as a mail.
    ///
    /// - Parameter unsubscribe: stands in both parts and the headers; a marketing mail must have one.
    /// - Throws: `template` when rendering fails, `empty` when a text has no subject.
    static func mail(
        _ name: String, in language: Language, _ values: TemplateValues, unsubscribe: Unsubscribe?
    ) throws(ContentError) -> RenderedMail {
        var values = values
        values.set("LANGUAGE", language.rawValue)
        if let unsubscribe {
            values.set("UNSUBSCRIBE", unsubscribe.link)
            values.show("UNSUBSCRIBE")
        }
        let letter = try letter("\(name).\(language.rawValue).\(MessageForm.mailText.rawValue)", language, values)
        values.set("SUBJECT", letter.head)
        values.include("FOOTER", template: "footer.\(language.rawValue).html")
        // Rows are the included template's own: those of the top do not reach it.
        values.include("CONTENT", template: "\(name).\(language.rawValue).\(MessageForm.mailHTML.rawValue)", values)
        let html: String
        do { html = try shared.get().render(MailTemplates.layout, values) } catch { throw .template(error) }
        return RenderedMail(subject: letter.head, html: html, text: letter.body, headers: unsubscribe?.headers ?? [])
    }

    /// A message as a notice in the application.
    ///
    /// - Throws: as `mail`.
    static func notice(
        _ name: String, in language: Language, _ values: TemplateValues
    ) throws(ContentError) -> RenderedNotice {
        let letter = try letter("\(name).\(language.rawValue).\(MessageForm.notice.rawValue)", language, values)
        return RenderedNotice(title: letter.head, body: letter.body)
    }

    /// The first line of a text is `Subject: …`; what follows the blank line after it is the body.
    private static func letter(
        _ name: String, _ language: Language, _ values: TemplateValues
    ) throws(ContentError) -> (head: String, body: String) {
        var values = values
        values.include("FOOTER", template: "footer.\(language.rawValue).txt")
        let text: String
        do { text = try shared.get().render(name, values) } catch { throw .template(error) }
        let end = text.utf8.firstIndex(of: UInt8(ascii: "\n")) ?? text.endIndex
        let head = CleanText.line(
            String(text[..<end].dropFirst(MailTemplates.subjectPrefix.count)), limit: maximumSubjectLength)
        guard text.hasPrefix(MailTemplates.subjectPrefix), !head.isEmpty else { throw .empty }
        let body = text[end...].unicodeScalars
        guard let first = body.firstIndex(where: { $0 != "\n" }), let last = body.lastIndex(where: { $0 != "\n" }) else {
            throw .empty
        }
        return (head, String(body[first...last]))
    }
}

extension TemplateValues {
    /// Sets a value and shows the section of its name, if there is one.
    mutating func setShown(_ name: String, _ value: String?) {
        guard let value else { return }
        set(name, value)
        show(name)
    }
}
