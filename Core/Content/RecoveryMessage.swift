internal import Templates

/// A mail that asks a visitor to go on with an abandoned form; rendering it reads nothing else: no database, no clock.
///
/// It is marketing (D-17), so it cannot be made without a way out. Names come from forms and are taken for hostile: made one line,
/// bounded, escaped where they stand. What was typed into the form is not in it: the link says whose visit it was, and the page
/// asks for the rest.
public struct RecoveryMessage: Sendable {
    /// Which one.
    public var template: RecoveryTemplate
    /// In which language.
    public var language: Language
    /// Whose form.
    public var organisation: String
    /// What the form is called.
    public var form: String
    /// Whom it goes to, by the name that was typed; none is no fault.
    public var recipientName: String?
    /// Where the form is gone on with: http or https.
    public var resumeLink: String
    /// How to have no more of these.
    public var unsubscribe: Unsubscribe

    /// - Parameters: as the properties of the same names say.
    public init(
        template: RecoveryTemplate, language: Language, organisation: String, form: String, recipientName: String?,
        resumeLink: String, unsubscribe: Unsubscribe
    ) {
        self.template = template
        self.language = language
        self.organisation = organisation
        self.form = form
        self.recipientName = recipientName
        self.resumeLink = resumeLink
        self.unsubscribe = unsubscribe
    }

    /// The message as a mail.
    ///
    /// - Throws: `invalidAddress` for a link that no mail can carry; `template` when that fails.
    public func mail() throws(ContentError) -> RenderedMail {
        guard let link = CleanText.webAddress(resumeLink) else { throw .invalidAddress }
        let letter = try TitledText(parsing: try write(.mailText, link: link, subject: ""))
        return RenderedMail(
            subject: letter.head, html: try write(.mailHTML, link: link, subject: letter.head), text: letter.body,
            headers: unsubscribe.headers)
    }

    private func write(_ form: MessageForm, link: String, subject: String) throws(ContentError) -> String {
        do {
            return try MailTemplates.shared.get().render(
                form, of: template.rawValue, in: language, values(link: link, subject: subject))
        } catch {
            throw .template(error)
        }
    }

    private func values(link: String, subject: String) -> TemplateValues {
        var values = TemplateValues()
        values.set("LANGUAGE", language.rawValue)
        values.set("SUBJECT", subject)
        values.set("ORGANISATION", CleanText.line(organisation, limit: 100))
        values.set("FORM", CleanText.line(form, limit: 100))
        // Beside the subject in a list of mails.
        values.set("MOMENT", CleanText.line(form, limit: 100))
        values.set("RESUME", link)
        values.setOptional("RECIPIENT", CleanText.line(recipientName, limit: 100))
        values.setOptional("UNSUBSCRIBE", unsubscribe.link)
        return values
    }
}
