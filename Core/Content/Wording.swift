/// How dates, times and spans are written in one language. Blanks that must not break a line are no-break spaces.
protocol Wording: Sendable {
    /// "vendredi 20 novembre 2026", "Friday, November 20, 2026".
    func date(_ time: LocalTime) -> String
    /// The same without the year, for a subject line about tomorrow.
    func dateWithoutYear(_ time: LocalTime) -> String
    /// "14 h 30", "2:30 PM".
    func clock(_ time: LocalTime) -> String
    /// Date and time together.
    func moment(date: String, clock: String) -> String
    /// As short as it can be, for an SMS.
    func shortMoment(_ time: LocalTime) -> String
    /// "30 min", "1 h 30".
    func duration(minutes: Int) -> String
    /// "dans 38 minutes", "demain", "il y a 3 minutes".
    func relative(_ distance: TimeDistance) -> String
    /// What an appointment does: "commence dans 38 minutes", "a commencé il y a 3 minutes".
    func starts(_ distance: TimeDistance) -> String
    /// What stands for a lead without a name.
    var unnamedLead: String { get }
    /// The title of the calendar entry.
    func invitationSummary(organisation: String) -> String
}

extension Language {
    var wording: any Wording {
        switch self {
        case .french: FrenchWording()
        case .english: EnglishWording()
        }
    }
}

/// A space at which no line breaks.
let noBreakSpace = "\u{A0}"
