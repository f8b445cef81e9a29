private import Templates

/// The weekly no-show rate as those in charge read it (K-09, D-24): of the organisation and of each closer, the week before beside it.
public struct NoShowRateMessage: Sendable {
    /// How many of how many.
    public struct Share: Sendable, Equatable {
        /// Missed appointments.
        public var missed: Int
        /// Of so many that count: missed, completed, and confirmed ones whose time is over.
        public var counted: Int

        /// - Parameters: as the properties of the same names say.
        public init(missed: Int, counted: Int) {
            self.missed = missed
            self.counted = counted
        }

        /// In tenths of a percent, rounded half up; nil where nothing counts.
        public var perMille: Int? { counted > 0 ? (missed * 2000 + counted) / (2 * counted) : nil }
    }

    /// One closer's two weeks.
    public struct Closer: Sendable {
        /// Nil for appointments that nobody was assigned to.
        public var name: String?
        /// The week that the message tells of.
        public var week: Share
        /// The week before it.
        public var before: Share

        /// - Parameters: as the properties of the same names say.
        public init(name: String?, week: Share, before: Share) {
            self.name = name
            self.week = week
            self.before = before
        }
    }

    /// More rows are not read; the rest is summed up in the organisation's rate.
    private static let maximumClosers = 100

    /// In which language.
    public var language: Language
    /// Whose.
    public var organisation: String
    /// Who reads it.
    public var recipient: Mailbox
    /// Monday of the week, by the organisation's calendar.
    public var firstDay: LocalTime
    /// Its Sunday.
    public var lastDay: LocalTime
    /// The organisation's week.
    public var week: Share
    /// The week before.
    public var before: Share
    /// By closer, in the order shown.
    public var closers: [Closer]

    /// - Parameters: as the properties of the same names say.
    public init(
        language: Language, organisation: String, recipient: Mailbox, firstDay: LocalTime, lastDay: LocalTime, week: Share,
        before: Share, closers: [Closer]
    ) {
        self.language = language
        self.organisation = organisation
        self.recipient = recipient
        self.firstDay = firstDay
        self.lastDay = lastDay
        self.week = week
        self.before = before
        self.closers = closers
    }

    /// The message as a mail.
    ///
    /// - Throws: `template` when rendering fails.
    public func mail() throws(ContentError) -> RenderedMail {
        try NoShowTemplates.mail("no_show_rate", in: language, values, unsubscribe: nil)
    }

    /// The message as a notice in the application.
    ///
    /// - Throws: `template` when rendering fails.
    public func notice() throws(ContentError) -> RenderedNotice {
        try NoShowTemplates.notice("no_show_rate", in: language, values)
    }

    private var values: TemplateValues {
        let wording = language.wording
        var values = TemplateValues()
        values.set("ORGANISATION", CleanText.line(organisation, limit: 100))
        values.setShown("RECIPIENT", CleanText.line(recipient.name as String?, limit: 100))
        values.set("FIRST_DAY", wording.dateWithoutYear(firstDay))
        values.set("LAST_DAY", wording.dateWithoutYear(lastDay))
        // What a reader of mail shows beside the subject.
        values.set("MOMENT", "\(text(week)) (\(week.missed)/\(week.counted))")
        set(&values, "", week, before, counts: nil, countsBefore: "HAS_BEFORE")
        for closer in closers.prefix(Self.maximumClosers) {
            var row = TemplateValues()
            row.set("CLOSER", CleanText.line(closer.name, limit: 100) ?? "–")
            set(&row, "CLOSER_", closer.week, closer.before, counts: "CLOSER_COUNTS", countsBefore: "CLOSER_COUNTS_BEFORE")
            values.add("CLOSERS", row)
        }
        return values
    }

    private func set(
        _ values: inout TemplateValues, _ prefix: String, _ week: Share, _ before: Share, counts: String?, countsBefore: String
    ) {
        values.set(prefix + "RATE", text(week))
        values.set(prefix + "MISSED", String(week.missed))
        values.set(prefix + "COUNTED", String(week.counted))
        values.set(prefix + "RATE_BEFORE", text(before))
        values.set(prefix + "MISSED_BEFORE", String(before.missed))
        values.set(prefix + "COUNTED_BEFORE", String(before.counted))
        if let counts, week.counted > 0 { values.show(counts) }
        if before.counted > 0 { values.show(countsBefore) }
    }

    /// "12,5 %", "12.5%", or a dash where nothing counts.
    private func text(_ share: Share) -> String {
        guard let rate = share.perMille else { return "–" }
        switch language {
        case .french: return "\(rate / 10),\(rate % 10)\u{202F}%"
        case .english: return "\(rate / 10).\(rate % 10)%"
        }
    }
}
