/// Reads the dates of HTTP headers, in all three forms of RFC 9110 §5.6.7, without ICU.
enum HTTPDate {
    /// The Unix time of `Sun, 06 Nov 1994 08:49:37 GMT`, of its RFC 850 form or of its asctime form; nil for anything else.
    static func unixTime(_ text: String) -> Int? {
        let words = text.split { $0 == " " || $0 == "," || $0 == "-" }
        if words.count == 6, words[5] == "GMT" {
            return unixTime(day: words[1], month: words[2], year: words[3], clock: words[4])
        }
        // asctime: Sun Nov  6 08:49:37 1994
        if words.count == 5 { return unixTime(day: words[2], month: words[1], year: words[4], clock: words[3]) }
        return nil
    }

    private static let months: [Substring] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func unixTime(day: Substring, month: Substring, year: Substring, clock: Substring) -> Int? {
        let parts = clock.split(separator: ":").compactMap { Int($0) }
        guard let day = Int(day), let month = months.firstIndex(of: month), var year = Int(year), parts.count == 3,
            (1...31).contains(day), (0..<24).contains(parts[0]), (0..<60).contains(parts[1]), (0...60).contains(parts[2]),
            (0...9999).contains(year)
        else { return nil }
        // Two digits (RFC 850): this century, as no server's clock is from the last one.
        if year < 100 { year += 2000 }
        return days(year, month + 1, day) * 86400 + parts[0] * 3600 + parts[1] * 60 + parts[2]
    }

    /// Days from 1970-01-01 in the Gregorian calendar, with years that begin in March so that leap days come last.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
