/// A start as the clock on the recipient's wall shows it, taken apart by the database, which knows the zones: there is no ICU
/// here.
public struct LocalTime: Sendable, Equatable {
    /// The Gregorian year.
    public let year: Int
    /// From 1, January.
    public let month: Int
    /// From 1.
    public let day: Int
    /// The ISO weekday, from 1, Monday.
    public let weekday: Int
    /// From 0 to 23.
    public let hour: Int
    /// From 0 to 59.
    public let minute: Int
    /// The IANA name, such as "Europe/Paris".
    public let zone: String

    /// - Parameters: as the properties of the same names say.
    /// - Throws: `invalidLocalTime` when a part is out of its range.
    public init(
        year: Int, month: Int, day: Int, weekday: Int, hour: Int, minute: Int, zone: String
    ) throws(ContentError) {
        guard 1...12 ~= month, 1...31 ~= day, 1...7 ~= weekday, 0...23 ~= hour, 0...59 ~= minute else { throw .invalidLocalTime }
        self.year = year
        self.month = month
        self.day = day
        self.weekday = weekday
        self.hour = hour
        self.minute = minute
        self.zone = zone
    }
}
