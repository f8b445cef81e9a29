/// English as North America writes it: the seed data's English-speaking organisations are Canadian.
struct EnglishWording: Wording {
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ]
    private static let weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

    var unnamedLead: String { "your lead" }

    func date(_ time: LocalTime) -> String {
        "\(dateWithoutYear(time)), \(time.year)"
    }

    func dateWithoutYear(_ time: LocalTime) -> String {
        "\(Self.weekdays[time.weekday - 1]), \(Self.months[time.month - 1])\(noBreakSpace)\(time.day)"
    }

    func clock(_ time: LocalTime) -> String {
        let hour = time.hour % 12 == 0 ? 12 : time.hour % 12
        return "\(hour):\(time.minute.padded)\(noBreakSpace)\(time.hour < 12 ? "AM" : "PM")"
    }

    func moment(date: String, clock: String) -> String {
        "\(date) at \(clock)"
    }

    func shortMoment(_ time: LocalTime) -> String {
        "\(Self.weekdays[time.weekday - 1].prefix(3)), \(Self.months[time.month - 1].prefix(3)) \(time.day) at \(clock(time))"
    }

    func duration(minutes: Int) -> String {
        minutes < 60 ? "\(minutes)\(noBreakSpace)min" : hours(minutes / 60, minutes: minutes % 60)
    }

    func relative(_ distance: TimeDistance) -> String {
        switch distance {
        case .minutesAgo(let minutes): span(minutes: minutes) + " ago"
        case .now: "now"
        case .inMinutes(let minutes): "in " + span(minutes: minutes)
        case .tomorrow: "tomorrow"
        case .inDays(let days): "in \(days)\(noBreakSpace)days"
        }
    }

    func starts(_ distance: TimeDistance) -> String {
        if case .minutesAgo = distance { return "started " + relative(distance) }
        return "starts " + relative(distance)
    }

    func invitationSummary(organisation: String) -> String {
        "Appointment with \(organisation)"
    }

    private func hours(_ hours: Int, minutes: Int) -> String {
        let text = "\(hours)\(noBreakSpace)h"
        return minutes == 0 ? text : "\(text) \(minutes)\(noBreakSpace)min"
    }

    private func span(minutes: Int) -> String {
        switch minutes {
        case 1: "1\(noBreakSpace)minute"
        case ..<60: "\(minutes)\(noBreakSpace)minutes"
        default: hours(minutes / 60, minutes: minutes % 60)
        }
    }
}
