private import Templates

/// The pages of signed links that speak of no appointment.
public enum NoticePage: Sendable, Equatable {
    /// Asks whether marketing is to stop (RFC 8058's page for people).
    case unsubscribe(organisation: String)
    /// It has stopped.
    case unsubscribed(organisation: String)
    /// The link was good once.
    case expired
    /// The link is none of ours, or not whole.
    case invalid
    /// Too many requests from there.
    case busy
    /// Something that we need is away; nothing was done.
    case away
    /// A defect, or a request that no link makes.
    case failed

    /// The page's HTML.
    ///
    /// - Throws: `template` when rendering fails.
    public func html(in language: Language) throws(ContentError) -> String {
        var values = TemplateValues()
        switch self {
        case .unsubscribe(let organisation), .unsubscribed(let organisation):
            values.set("ORGANISATION", CleanText.line(organisation, limit: 100))
            if case .unsubscribe = self { values.show("ASK") } else { values.show("DONE") }
            return try PageTemplates.render("unsubscribe", in: language, values)
        case .expired: values.show("EXPIRED")
        case .invalid: values.show("INVALID")
        case .busy: values.show("BUSY")
        case .away: values.show("AWAY")
        case .failed: values.show("FAILED")
        }
        return try PageTemplates.render("fault", in: language, values)
    }
}
