internal import Templates

/// A message that is about no appointment, rendered from the templates of its name.
struct Letter {
    /// Begins the names of its templates.
    let name: String
    let language: Language
    var values: TemplateValues
    /// Sections that are shown once for each.
    var rows: [(section: String, values: TemplateValues)] = []

    /// - Parameters:
    ///   - preheader: what readers of mail show beside the subject.
    init(_ name: String, in language: Language, organisation: String, preheader: String) {
        self.name = name
        self.language = language
        values = TemplateValues()
        values.set("LANGUAGE", language.rawValue)
        values.set("ORGANISATION", organisation)
        values.set("MOMENT", preheader)
    }

    /// Sets a value and shows the section of its name, if there is one.
    mutating func setOptional(_ name: String, _ value: String?) {
        guard let value else { return }
        values.set(name, value)
        values.show(name)
    }

    func mail(_ unsubscribe: Unsubscribe? = nil) throws(ContentError) -> RenderedMail {
        let letter = try letter(.mailText)
        var titled = self
        titled.values.set("SUBJECT", letter.head)
        let html = try titled.text(.mailHTML)
        if let link = unsubscribe?.link, !letter.body.contains(link) || !html.contains(link.replacing("&", with: "&amp;")) {
            throw .missingUnsubscribe
        }
        return RenderedMail(subject: letter.head, html: html, text: letter.body, headers: unsubscribe?.headers ?? [])
    }

    func notice() throws(ContentError) -> RenderedNotice {
        let letter = try letter(.notice)
        return RenderedNotice(title: letter.head, body: letter.body)
    }

    func short() throws(ContentError) -> String {
        let body = try text(.short).trimmed
        if body.isEmpty { throw .empty }
        if body.utf16.count > RenderedText.maximumLength { throw .tooLong }
        return body
    }

    private func letter(_ form: MessageForm) throws(ContentError) -> TitledText { try TitledText(parsing: try text(form)) }

    private func text(_ form: MessageForm) throws(ContentError) -> String {
        do {
            return try LetterTemplates.shared.get().render(form, of: name, in: language, values, rows: rows)
        } catch {
            throw .template(error)
        }
    }
}
