private import Templates

/// What is said about an appointment that did not take place: rendering it reads nothing else, neither database nor clock.
///
/// Names and links are taken for hostile: made one line, bounded, escaped where they stand.
public struct NoShowMessage: Sendable {
    /// The messages about one missed appointment.
    public enum Template: String, Sendable, CaseIterable {
        /// J+0, to the lead: a marketing mail (K-08).
        case today = "no_show_today"
        /// J+2, to the lead: a marketing mail (K-07).
        case later = "no_show_later"
        /// At once, to those in charge: it was the host who did not come (D-20).
        case hostAbsent = "host_absent"
    }

    /// Which message.
    public var template: Template
    /// In which language.
    public var language: Language
    /// Whose appointment: the name that the lead knows.
    public var organisation: String
    /// Who reads the message.
    public var recipient: Mailbox
    /// The lead's name.
    public var leadName: String
    /// The closer's name; nil where nobody was assigned.
    public var closerName: String?
    /// The name that the closer is known under; shown after the other one (K-21).
    public var closerPseudonym: String?
    /// The missed start on the recipient's clock (D-06).
    public var localStart: LocalTime
    /// The page on which the lead picks another time: http or https.
    public var bookingLink: String?
    /// How to have no more messages like this one; a marketing mail must say it.
    public var unsubscribe: Unsubscribe?

    /// - Parameters: as the properties of the same names say.
    public init(
        template: Template, language: Language, organisation: String, recipient: Mailbox, leadName: String, closerName: String?,
        closerPseudonym: String? = nil, localStart: LocalTime, bookingLink: String? = nil, unsubscribe: Unsubscribe? = nil
    ) {
        self.template = template
        self.language = language
        self.organisation = organisation
        self.recipient = recipient
        self.leadName = leadName
        self.closerName = closerName
        self.closerPseudonym = closerPseudonym
        self.localStart = localStart
        self.bookingLink = bookingLink
        self.unsubscribe = unsubscribe
    }

    /// What the message is for (D-17).
    public var messageClass: MessageClass { template == .hostAbsent ? .transactional : .marketing }

    /// The message as a mail.
    ///
    /// - Throws: `missingUnsubscribe` for a marketing mail without one, `template` when rendering fails.
    public func mail() throws(ContentError) -> RenderedMail {
        if messageClass == .marketing, unsubscribe == nil { throw .missingUnsubscribe }
        return try NoShowTemplates.mail(template.rawValue, in: language, values, unsubscribe: unsubscribe)
    }

    /// The message as a notice in the application; only the one to the team has that form.
    ///
    /// - Throws: `template` when rendering fails, or when there is no such form.
    public func notice() throws(ContentError) -> RenderedNotice {
        try NoShowTemplates.notice(template.rawValue, in: language, values)
    }

    private var values: TemplateValues {
        let wording = language.wording
        var values = TemplateValues()
        values.set("ORGANISATION", CleanText.line(organisation, limit: 100))
        values.set("LEAD", CleanText.line(leadName as String?, limit: 100) ?? wording.unnamedLead)
        values.set("MOMENT", wording.moment(date: wording.date(localStart), clock: wording.clock(localStart)))
        values.setShown("RECIPIENT", CleanText.line(recipient.name as String?, limit: 100))
        values.setShown("OTHER", closer)
        let link = CleanText.webAddress(bookingLink)
        values.setShown("BOOK", link)
        if link == nil { values.show("REPLY") }
        if unsubscribe == nil { values.show("TRANSACTIONAL") }
        return values
    }

    private var closer: String? {
        let name = CleanText.line(closerName, limit: 100)
        let pseudonym = CleanText.line(closerPseudonym, limit: 100)
        guard let name, let pseudonym, name != pseudonym else { return name ?? pseudonym }
        return "\(name) (\(pseudonym))"
    }
}
