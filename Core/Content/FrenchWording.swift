/// French, by the rules of the Imprimerie nationale: no capitals for days and months, no-break spaces around "h" and before
/// units, no zeros for a full hour.
struct FrenchWording: Wording {
    private static let months = [
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ]
    private static let weekdays = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]

    var unnamedLead: String { "votre prospect" }

    func date(_ time: LocalTime) -> String {
        dateWithoutYear(time) + noBreakSpace + String(time.year)
    }

    func dateWithoutYear(_ time: LocalTime) -> String {
        let day = time.day == 1 ? "1er" : String(time.day)
        return "\(Self.weekdays[time.weekday - 1]) \(day)\(noBreakSpace)\(Self.months[time.month - 1])"
    }

    func clock(_ time: LocalTime) -> String {
        hours(time.hour, minutes: time.minute)
    }

    func moment(date: String, clock: String) -> String {
        "\(date) à \(clock)"
    }

    func shortMoment(_ time: LocalTime) -> String {
        let date = "\(Self.weekdays[time.weekday - 1].prefix(3)). \(time.day.padded)/\(time.month.padded)"
        return "\(date) à \(time.hour)h\(time.minute.padded)"
    }

    func duration(minutes: Int) -> String {
        minutes < 60 ? "\(minutes)\(noBreakSpace)min" : hours(minutes / 60, minutes: minutes % 60)
    }

    func relative(_ distance: TimeDistance) -> String {
        switch distance {
        case .minutesAgo(let minutes): "il y a " + span(minutes: minutes)
        case .now: "maintenant"
        case .inMinutes(let minutes): "dans " + span(minutes: minutes)
        case .tomorrow: "demain"
        case .inDays(let days): "dans \(days)\(noBreakSpace)jours"
        }
    }

    func starts(_ distance: TimeDistance) -> String {
        if case .minutesAgo = distance { return "a commencé " + relative(distance) }
        return "commence " + relative(distance)
    }

    func invitationSummary(organisation: String) -> String {
        "Rendez-vous avec \(organisation)"
    }

    private func hours(_ hours: Int, minutes: Int) -> String {
        let text = "\(hours)\(noBreakSpace)h"
        return minutes == 0 ? text : text + noBreakSpace + minutes.padded
    }

    private func span(minutes: Int) -> String {
        switch minutes {
        case 1: "1\(noBreakSpace)minute"
        case ..<60: "\(minutes)\(noBreakSpace)minutes"
        default: hours(minutes / 60, minutes: minutes % 60)
        }
    }
}

extension Int {
    /// At least two digits.
    var padded: String { self < 10 ? "0\(self)" : String(self) }
}
