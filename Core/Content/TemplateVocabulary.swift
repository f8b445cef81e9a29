/// The names that templates may use, besides those of ctemplate's language.
enum TemplateVocabulary {
    /// Filled in by every message: `{{NAME}}`.
    static let values: Set<String> = [
        "LANGUAGE", "SUBJECT", "ORGANISATION", "LEAD", "DATE", "DATE_WITHOUT_YEAR", "CLOCK", "MOMENT", "SHORT_MOMENT", "DURATION",
        "ZONE", "RELATIVE", "STARTS",
    ]
    /// Filled in where there is something to say, and a section of the same name around it: `{{#NAME}}…{{/NAME}}`.
    static let optionals: Set<String> = [
        "RECIPIENT", "OTHER", "PLACE", "LINK", "LINK_SHOWN", "CONFIRM", "RESCHEDULE", "CANCEL", "TOLD", "TOLD_DATE",
        "UNSUBSCRIBE",
    ]
    /// Shown or not.
    static let sections: Set<String> = ["ACTIONS", "CHANGES", "MOVED", "REINSTATED", "LINK_BY_MAIL", "TRANSACTIONAL"]
    /// Parts that mails share: `{{>NAME}}`.
    static let parts: Set<String> = ["DETAILS", "ACTIONS", "FOOTER"]
    /// What mails about abandoned forms fill in besides.
    static let recoveries: Set<String> = ["FORM", "RESUME"]
}
