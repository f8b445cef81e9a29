internal import Templates

/// What a team is told of alerts that nobody has dealt with for days (M-16).
public struct AlertDigest: Sendable {
    /// One of the alerts that it names.
    public struct Line: Sendable, Equatable {
        /// The lead's name.
        public var lead: String
        /// What the alert says.
        public var message: String
        /// Days since it was raised.
        public var days: Int

        /// - Parameters: as the properties of the same names say.
        public init(lead: String, message: String, days: Int) {
            self.lead = lead
            self.message = message
            self.days = days
        }
    }

    /// Of the reader.
    public var language: Language
    /// Whose leads they are.
    public var organisation: String
    /// For how many days they have waited at least.
    public var days: Int
    /// Alerts of high, medium and low severity.
    public var counts: (high: Int, med: Int, low: Int)
    /// The gravest and oldest of them.
    public var lines: [Line]

    /// - Parameters: as the properties of the same names say.
    public init(language: Language, organisation: String, days: Int, counts: (high: Int, med: Int, low: Int), lines: [Line]) {
        self.language = language
        self.organisation = organisation
        self.days = days
        self.counts = counts
        self.lines = lines
    }

    /// As a mail.
    ///
    /// - Throws: `template`.
    public func mail() throws(ContentError) -> RenderedMail { try letter.mail() }

    /// As a notice in the application.
    ///
    /// - Throws: `template`.
    public func notice() throws(ContentError) -> RenderedNotice { try letter.notice() }

    private var letter: Letter {
        let name = CleanText.line(organisation, limit: 100)
        let total = counts.high + counts.med + counts.low
        var letter = Letter("alert_digest", in: language, organisation: name, preheader: name)
        letter.values.show(total == 1 ? "ONE" : "MANY")
        letter.values.set("COUNT", String(total))
        letter.values.set("DAYS", String(days))
        letter.values.set("HIGH", String(counts.high))
        letter.values.set("MED", String(counts.med))
        letter.values.set("LOW", String(counts.low))
        for line in lines {
            var values = TemplateValues()
            values.set("LEAD", CleanText.line(line.lead, limit: 100))
            values.set("MESSAGE", CleanText.line(line.message, limit: 300))
            values.set("AGE", String(line.days))
            letter.rows.append(("ALERT", values))
        }
        letter.setOptional("REST", total > lines.count ? String(total - lines.count) : nil)
        return letter
    }
}
