import Testing

@testable import Content

struct CleanTextTests {
    @Test(arguments: [
        ("Léa  O’Brien ", "Léa O’Brien"), ("a\r\nBcc: x@y.example", "a Bcc: x@y.example"),
        ("\u{0}a\u{1B}[31mb\u{7F}\u{9F}", "a[31mb"),
        ("\u{202E}gpj.exe\u{2066}x\u{200F}", "gpj.exex"), ("a\u{2028}b\u{85}c\td", "a b c d"),
        ("\u{FEFF}zero\u{200B}width", "zerowidth"),
        ("👩‍🚀", "👩‍🚀"), (" \n\t", ""), ("", ""), ("<b>", "<b>"), ("\u{A0}x", "\u{A0}x"),
    ])
    func `a text becomes one line of what can be seen`(text: String, expected: String) {
        #expect(CleanText.line(text, limit: 100) == expected)
    }

    @Test(arguments: [
        String(repeating: "x", count: 10_000), "a" + String(repeating: "\u{301}", count: 10_000),
        String(repeating: "é ", count: 10_000),
    ])
    func `a text is bounded, however its characters are made`(text: String) {
        let line = CleanText.line(text, limit: 40)
        #expect((39...41).contains(line.unicodeScalars.count))
        #expect(line.unicodeScalars.last == "…")
    }

    @Test func `a text at its limit is whole`() {
        #expect(CleanText.line(String(repeating: "é", count: 40) + " \n", limit: 40) == String(repeating: "é", count: 40))
        #expect(CleanText.line("ab cd", limit: 5) == "ab cd")
        #expect(CleanText.line("ab cde", limit: 5) == "ab cd…")
        #expect(CleanText.line("abcde f", limit: 5) == "abcde…")
    }

    @Test(arguments: [
        "javascript:alert(1)", "https://a.example/\r\nx", "https://a.example/\" onclick=\"x", "https://a.example/<b>",
        "https://a.example/é",
        "https://a b", "mailto:a@b.example", "", "https:/", "https://" + String(repeating: "a", count: 1000),
    ])
    func `what is no plain web address is left out`(text: String) {
        #expect(CleanText.webAddress(text) == nil)
    }

    @Test func `a plain web address stays as it is`() {
        #expect(CleanText.webAddress("HTTPS://a.example/x?b=1&c=%C3%A9#d") == "HTTPS://a.example/x?b=1&c=%C3%A9#d")
        #expect(CleanText.webAddress(nil) == nil)
    }
}
