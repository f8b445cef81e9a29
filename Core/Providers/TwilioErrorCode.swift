/// What Twilio's numbers mean for a message; the same for the answer to a send and for a status callback.
///
/// The table is that of the providers page, §1.3. Where it says "once" or "at most twice", the attempts of the job are the bound.
public enum TwilioErrorCode {
    /// What follows from a code.
    public enum Meaning: Sendable, Equatable {
        /// The message did not go.
        case refused(Refusal.Kind)
        /// It may have gone.
        case open
    }

    /// What a code means; nil for one that is not in the table.
    public static func meaning(of code: Int) -> Meaning? { meaning[code] }

    static let meaning: [Int: Meaning] = {
        var table: [Int: Meaning] = [:]
        for (meaning, codes) in rows { for code in codes { table[code] = meaning } }
        return table
    }()

    private static let rows: [(Meaning, [Int])] = [
        (.refused(.optedOut), [21610, 63014, 63033]),
        (.refused(.needsTemplate), [63016]),
        (.open, [20500, 20503, 30410]),
        (.refused(.retry(after: nil)), [20429, 21619, 63009, 63010, 63012, 63017, 63018, 63019]),
        // Queues of hours, carriers' caps per minute or day, switched-off handsets: soon again is in vain.
        (.refused(.retry(after: .seconds(60))), [30008, 30022]),
        (.refused(.retry(after: .seconds(300))), [21611, 30001]),
        (.refused(.retry(after: .seconds(7200))), [30003]),
        (.refused(.retry(after: .seconds(21_600))), [30023, 30027]),
        (.refused(.retry(after: .seconds(86_400))), [63038]),
        (
            .refused(.configuration),
            [
                11200, 20003, 21212, 21408, 21601, 21603, 21606, 21608, 21609, 21655, 21664, 21666, 21667, 21703, 21704, 21705,
                21910,
                30002, 30032, 30034, 30035, 63001, 63002, 63007, 63008, 63015, 63020, 63040, 63041, 63042, 63051,
            ]
        ),
        (
            .refused(.permanent),
            [
                14107, 20404, 21211, 21214, 21217, 21602, 21604, 21612, 21614, 21617, 21620, 21623, 21654, 21656, 30004, 30005,
                30006,
                30007, 30010, 30036, 63003, 63005, 63006, 63013, 63021, 63024, 63027, 63028, 63029, 63030, 63032, 63036, 63049,
            ]
        ),
    ]
}
