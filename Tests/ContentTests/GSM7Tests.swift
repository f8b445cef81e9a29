import Testing

@testable import Content

struct GSM7Tests {
    @Test(arguments: [
        ("Déjà vu à 14\u{A0}h\u{A0}30", "Déjà vu à 14 h 30"), ("François, août, Noël, cœur", "Francois, aout, Noel, coeur"),
        ("l’« été » – …", "l'\" été \" - ..."), ("e\u{301}te\u{301}", "été"), ("Łukasz", "Lukasz"), ("[€]", "[€]"),
    ])
    func `accents outside the SMS alphabet are dropped`(text: String, expected: String) {
        #expect(GSM7.transliterated(text) == expected)
    }

    @Test(arguments: ["ليلى çà", "日本", "François 🎉"])
    func `a text that cannot be in the alphabet keeps its accents`(text: String) {
        #expect(GSM7.transliterated(text) == text)
    }

    @Test(arguments: [
        ("a", 0, 1), ("a", 160, 1), ("a", 161, 2), ("a", 306, 2), ("a", 307, 3), ("€", 80, 1), ("€", 81, 2), ("ç", 70, 1),
        ("ç", 71, 2),
        ("ç", 134, 2), ("ç", 135, 3), ("🎉", 35, 1), ("🎉", 36, 2),
    ])
    func `segments are counted as operators count them`(character: String, count: Int, expected: Int) {
        #expect(
            RenderedText(body: String(repeating: character, count: count), variables: [], name: "test.fr").segmentCount
                == expected)
    }
}
