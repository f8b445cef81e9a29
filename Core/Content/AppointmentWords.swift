internal import Templates

/// A message's contents as they are shown: cleaned, bounded, and put into words.
struct AppointmentWords {
    let organisation: String
    let recipient: String?
    let lead: String
    /// "Claire Martin (Clairette)" (K-21).
    let closer: String?
    let place: String?
    let link: String?

    private let isForCloser: Bool
    private let isReinstated: Bool
    private let unsubscribe: Unsubscribe?
    private let isLinkByMail: Bool
    private let told: (date: String, moment: String)?
    private let language: Language
    private let zone: String
    private let date: String
    private let dateWithoutYear: String
    private let clock: String
    private let shortMoment: String
    private let duration: String
    private let relative: String
    private let starts: String
    private let actions: [(section: String, address: String)]

    /// - Parameters:
    ///   - nameLimit: in scalars; less for an SMS, where every one is paid for.
    ///   - linkLimit: a longer link, as one with an access token, is left to the mail that goes with an SMS, if there is one.
    init(_ message: AppointmentMessage, nameLimit: Int, linkLimit: Int = .max) {
        let wording = message.language.wording
        let distance = TimeDistance(minutes: message.minutesUntilStart, start: message.localStart)
        organisation = CleanText.line(message.organisation, limit: nameLimit)
        recipient = CleanText.line(message.recipient.name as String?, limit: nameLimit)
        lead = CleanText.line(message.leadName as String?, limit: nameLimit) ?? wording.unnamedLead
        closer = Self.closer(message, nameLimit: nameLimit)
        place = CleanText.line(message.place, limit: 3 * nameLimit)
        // What does not take place has nothing to join.
        let address = message.template == .cancelled ? nil : CleanText.webAddress(message.videoLink)
        isLinkByMail = (address?.utf8.count ?? 0) > linkLimit && !message.recipient.address.isEmpty
        link = isLinkByMail ? nil : address
        isReinstated = message.isReinstated
        unsubscribe = message.unsubscribe
        told = message.toldStart.flatMap { told in
            told == message.localStart || message.isReinstated
                ? nil
                : (
                    date: wording.dateWithoutYear(told),
                    moment: wording.moment(date: wording.date(told), clock: wording.clock(told))
                )
        }
        isForCloser = message.template.isForCloser
        language = message.language
        zone = CleanText.line(message.localStart.zone, limit: 60)
        date = wording.date(message.localStart)
        dateWithoutYear = wording.dateWithoutYear(message.localStart)
        clock = wording.clock(message.localStart)
        shortMoment = wording.shortMoment(message.localStart)
        duration = wording.duration(minutes: message.durationMinutes)
        relative = wording.relative(distance)
        starts = wording.starts(distance)
        let links = [
            ("CONFIRM", message.actions.confirm), ("RESCHEDULE", message.actions.reschedule), ("CANCEL", message.actions.cancel),
        ]
        actions = links.compactMap { section, address in CleanText.webAddress(address).map { (section, $0) } }
    }

    /// Whom the reader meets.
    private var other: String? { isForCloser ? lead : closer }

    private var moment: String { language.wording.moment(date: date, clock: clock) }

    /// For `RenderedText.variables`.
    var variables: [String] {
        [recipient ?? organisation, other ?? organisation, moment, link ?? place ?? "–"]
    }

    /// The names that the templates in `Mail/` use. A value that may be missing is a section of the same name as well.
    func values(subject: String) -> TemplateValues {
        var values = TemplateValues()
        values.set("LANGUAGE", language.rawValue)
        values.set("SUBJECT", subject)
        values.set("ORGANISATION", organisation)
        values.set("LEAD", lead)
        values.set("DATE", date)
        values.set("DATE_WITHOUT_YEAR", dateWithoutYear)
        values.set("CLOCK", clock)
        values.set("MOMENT", moment)
        values.set("SHORT_MOMENT", shortMoment)
        values.set("DURATION", duration)
        values.set("ZONE", zone)
        values.set("RELATIVE", relative)
        values.set("STARTS", starts)
        values.show(isReinstated ? "REINSTATED" : "MOVED")
        values.setOptional("TOLD", told?.moment)
        values.setOptional("TOLD_DATE", told?.date)
        if unsubscribe == nil { values.show("TRANSACTIONAL") }
        values.setOptional("UNSUBSCRIBE", unsubscribe?.link)
        values.setOptional("RECIPIENT", recipient)
        values.setOptional("OTHER", other)
        values.setOptional("PLACE", place)
        values.setOptional("LINK", link)
        values.setOptional("LINK_SHOWN", link.map(Self.shown))
        if isLinkByMail { values.show("LINK_BY_MAIL") }
        if !actions.isEmpty { values.show("ACTIONS") }
        if actions.contains(where: { $0.section != "CONFIRM" }) { values.show("CHANGES") }
        for (section, address) in actions { values.setOptional(section, address) }
        return values
    }

    /// A link as a reader wants to see it: where it leads, without the token behind the question mark.
    private static func shown(_ link: String) -> String {
        link.utf8.count <= 60 ? link : CleanText.line(String(link.prefix { $0 != "?" }), limit: 60)
    }

    private static func closer(_ message: AppointmentMessage, nameLimit: Int) -> String? {
        let name = CleanText.line(message.closerName as String?, limit: nameLimit)
        let pseudonym = CleanText.line(message.closerPseudonym, limit: nameLimit)
        guard let name, let pseudonym, name != pseudonym else { return name ?? pseudonym }
        return "\(name) (\(pseudonym))"
    }
}

extension TemplateValues {
    /// Sets a value and shows the section of its name, if there is one.
    mutating func setOptional(_ name: String, _ value: String?) {
        guard let value else { return }
        set(name, value)
        show(name)
    }
}
