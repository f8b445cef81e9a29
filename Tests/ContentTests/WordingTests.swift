import Testing

@testable import Content

struct WordingTests {
    private func time(_ month: Int, _ day: Int, _ weekday: Int, _ hour: Int, _ minute: Int) throws -> LocalTime {
        try LocalTime(year: 2026, month: month, day: day, weekday: weekday, hour: hour, minute: minute, zone: "Europe/Paris")
    }

    /// No-break spaces shown as "_".
    private func shown(_ text: String) -> String {
        text.replacing("\u{A0}", with: "_")
    }

    @Test(arguments: [
        (11, 20, 5, 14, 30, "vendredi 20_novembre_2026 à 14_h_30", "Friday, November_20, 2026 at 2:30_PM"),
        (1, 1, 4, 0, 0, "jeudi 1er_janvier_2026 à 0_h", "Thursday, January_1, 2026 at 12:00_AM"),
        (2, 28, 6, 9, 5, "samedi 28_février_2026 à 9_h_05", "Saturday, February_28, 2026 at 9:05_AM"),
        (8, 31, 1, 12, 0, "lundi 31_août_2026 à 12_h", "Monday, August_31, 2026 at 12:00_PM"),
        (12, 27, 7, 23, 59, "dimanche 27_décembre_2026 à 23_h_59", "Sunday, December_27, 2026 at 11:59_PM"),
    ])
    func `a moment is written as its language writes it`(
        month: Int, day: Int, weekday: Int, hour: Int, minute: Int, french: String, english: String
    ) throws {
        let time = try time(month, day, weekday, hour, minute)
        for (language, expected) in [(Language.french, french), (.english, english)] {
            let wording = language.wording
            #expect(shown(wording.moment(date: wording.date(time), clock: wording.clock(time))) == expected)
        }
    }

    @Test func `every month and weekday has its name, once`() throws {
        for language in Language.allCases {
            let months = try (1...12).map { language.wording.dateWithoutYear(try time($0, 2, 1, 0, 0)) }
            let weekdays = try (1...7).map { language.wording.dateWithoutYear(try time(1, 2, $0, 0, 0)) }
            #expect(Set(months).count == 12 && Set(weekdays).count == 7)
        }
    }

    @Test(arguments: [
        (5, "5_min", "5_min"), (60, "1_h", "1_h"), (65, "1_h_05", "1_h 5_min"), (90, "1_h_30", "1_h 30_min"),
        (600, "10_h", "10_h"),
    ])
    func `a duration is as short as it can be`(minutes: Int, french: String, english: String) {
        #expect(shown(Language.french.wording.duration(minutes: minutes)) == french)
        #expect(shown(Language.english.wording.duration(minutes: minutes)) == english)
    }

    @Test(arguments: [
        (-65, "il y a 1_h_05", "1_h 5_min ago", "a commencé il y a 1_h_05", "started 1_h 5_min ago"),
        (-1, "il y a 1_minute", "1_minute ago", "a commencé il y a 1_minute", "started 1_minute ago"),
        (0, "maintenant", "now", "commence maintenant", "starts now"),
        (1, "dans 1_minute", "in 1_minute", "commence dans 1_minute", "starts in 1_minute"),
        (38, "dans 38_minutes", "in 38_minutes", "commence dans 38_minutes", "starts in 38_minutes"),
        (65, "dans 1_h_05", "in 1_h 5_min", "commence dans 1_h_05", "starts in 1_h 5_min"),
        (1440, "demain", "tomorrow", "commence demain", "starts tomorrow"),
        (4320, "dans 3_jours", "in 3_days", "commence dans 3_jours", "starts in 3_days"),
    ])
    func `a distance is put into words`(
        minutes: Int, french: String, english: String, frenchStart: String, englishStart: String
    ) throws {
        let distance = TimeDistance(minutes: minutes, start: try time(11, 20, 5, 14, 30))
        #expect(shown(Language.french.wording.relative(distance)) == french)
        #expect(shown(Language.english.wording.relative(distance)) == english)
        #expect(shown(Language.french.wording.starts(distance)) == frenchStart)
        #expect(shown(Language.english.wording.starts(distance)) == englishStart)
    }

    @Test(arguments: [
        // A start at 14:30: midnight before it is 870 minutes away, the one before that 2310.
        (14, 30, 719, TimeDistance.inMinutes(719)), (14, 30, 870, .inMinutes(870)), (14, 30, 871, .tomorrow),
        (14, 30, 2310, .tomorrow),
        (14, 30, 2311, .inDays(2)),
        // A start soon after midnight is "in 40 minutes", not "tomorrow", for somebody who is still awake.
        (0, 10, 40, .inMinutes(40)), (0, 10, 720, .tomorrow), (0, 0, 1440, .tomorrow), (0, 0, 1441, .inDays(2)),
        (23, 59, 1439, .inMinutes(1439)),
    ])
    func `tomorrow is the next date, from twelve hours on`(hour: Int, minute: Int, minutes: Int, expected: TimeDistance) throws {
        #expect(TimeDistance(minutes: minutes, start: try time(11, 20, 5, hour, minute)) == expected)
    }

    @Test func `a short moment fits an SMS`() throws {
        let time = try time(8, 5, 3, 9, 5)
        #expect(Language.french.wording.shortMoment(time) == "mer. 05/08 à 9h05")
        #expect(shown(Language.english.wording.shortMoment(time)) == "Wed, Aug 5 at 9:05_AM")
    }

    @Test(
        arguments: [
            ("fr-FR", Language.french), ("fr", .french), ("en_CA", .english), ("EN", .english), ("en-US.UTF-8", .english),
            ("de-DE", .french),
            ("", .french), ("english", .french), (nil, .french),
        ] as [(String?, Language)])
    func `a language comes from a locale, else it is French`(locale: String?, expected: Language) {
        #expect(Language(locale: locale) == expected)
    }

    @Test(arguments: [
        (0, 1, 1, 0, 0), (13, 1, 1, 0, 0), (1, 0, 1, 0, 0), (1, 32, 1, 0, 0), (1, 1, 0, 0, 0), (1, 1, 8, 0, 0), (1, 1, 1, 24, 0),
        (1, 1, 1, -1, 0), (1, 1, 1, 0, 60),
    ])
    func `a time that no clock shows is refused`(month: Int, day: Int, weekday: Int, hour: Int, minute: Int) {
        #expect(throws: ContentError.invalidLocalTime) { try time(month, day, weekday, hour, minute) }
    }

    @Test func `French marks are not parted from their words`() {
        let text = "Quand : ici ? « oui » ! a: b;"
        let set = FrenchTypography.applied(to: text, isHTML: false)
        #expect(set.replacing("\u{202F}", with: "_") == "Quand_: ici_? «_oui_»_! a: b;")
        #expect(FrenchTypography.applied(to: "<b title=\"a : b\">\(text)</b>", isHTML: true) == "<b title=\"a : b\">\(set)</b>")
    }
}
