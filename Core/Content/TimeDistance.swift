/// How far a start lies ahead, in the words people use: minutes while they count, days when the date has changed.
enum TimeDistance: Equatable {
    case minutesAgo(Int)
    case now
    case inMinutes(Int)
    case tomorrow
    case inDays(Int)

    /// Nearer than this, "in 11 hours" says more than "tomorrow" does.
    private static let minutesInWords = 12 * 60
    private static let minutesOfDay = 24 * 60

    /// - Parameters:
    ///   - minutes: from the moment of sending to the start; negative when it has begun.
    ///   - start: gives the local date's limits. A change of clocks in between shifts them by an hour, which matters only to
    ///     a message sent within that hour of midnight.
    init(minutes: Int, start: LocalTime) {
        let minuteOfSending = start.hour * 60 + start.minute - minutes
        let daysBefore = minuteOfSending >= 0 ? 0 : (Self.minutesOfDay - 1 - minuteOfSending) / Self.minutesOfDay
        self =
            switch minutes {
            case ..<0: .minutesAgo(-minutes)
            case 0: .now
            case ..<Self.minutesInWords: .inMinutes(minutes)
            default:
                switch daysBefore {
                case 0: .inMinutes(minutes)
                case 1: .tomorrow
                default: .inDays(daysBefore)
                }
            }
    }
}
