import Foundation
import Testing

@testable import Content

/// What is said of missed appointments, and of their rate.
struct NoShowMessageTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Core/Content/NoShows").standardizedFileURL
    private static let link = "https://api.example/u/token"

    private func message(_ template: NoShowMessage.Template, _ language: Language, name: String = "Léa Noël") throws
        -> NoShowMessage
    {
        try NoShowMessage(
            template: template, language: language, organisation: "Atlas Conseil",
            recipient: Mailbox(name: name, address: "lea@atlas.example"), leadName: name, closerName: "Claire Martin",
            closerPseudonym: "Clairette",
            localStart: LocalTime(year: 2026, month: 11, day: 20, weekday: 5, hour: 14, minute: 30, zone: "Europe/Paris"),
            bookingLink: template == .hostAbsent ? nil : "https://app.example/book/l1", unsubscribe: Unsubscribe(link: Self.link))
    }

    private func rate(_ language: Language, before: NoShowRateMessage.Share = .init(missed: 1, counted: 8)) throws
        -> NoShowRateMessage
    {
        let day = { (day: Int, weekday: Int) in
            try LocalTime(year: 2026, month: 6, day: day, weekday: weekday, hour: 0, minute: 0, zone: "Europe/Paris")
        }
        return try NoShowRateMessage(
            language: language, organisation: "Atlas Conseil", recipient: Mailbox(name: "Ada", address: "ada@atlas.example"),
            firstDay: day(8, 1), lastDay: day(14, 7), week: .init(missed: 2, counted: 16), before: before,
            closers: [
                .init(name: "Claire <b>Martin</b>", week: .init(missed: 2, counted: 3), before: .init(missed: 0, counted: 0)),
                .init(name: nil, week: .init(missed: 0, counted: 13), before: before),
            ])
    }

    @Test func `every file in the folder is embedded under its name`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
        #expect(NoShowTemplates.files.map(\.name) == names)
        for (name, bytes) in NoShowTemplates.files {
            #expect(try Data(contentsOf: Self.folder.appendingPathComponent(name)) == Data(bytes), "\(name)")
        }
    }

    @Test func `both languages of a message have the same parts`() {
        let files = Dictionary(
            uniqueKeysWithValues: NoShowTemplates.files.map { ($0.name, String(decoding: $0.bytes, as: UTF8.self)) })
        for (name, french) in files where name.contains(".fr.") {
            let english = files[name.replacing(".fr.", with: ".en.")] ?? ""
            let names = { (source: String) in Set(source.matches(of: /\{\{[#\/>]?[A-Z_]+\}\}/).map { String($0.0) }) }
            #expect(names(french) == names(english), "\(name)")
        }
    }

    @Test(arguments: [NoShowMessage.Template.today, .later], Language.allCases)
    func `a recovery mail says when it was, with whom, how to book anew and how to have no more`(
        template: NoShowMessage.Template, language: Language
    ) throws {
        let mail = try message(template, language).mail()
        for part in [mail.text, mail.html] {
            for phrase in [
                "20", "Claire Martin (Clairette)", "Atlas Conseil", "https://app.example/book/l1", Self.link, "Léa Noël",
            ] {
                #expect(part.contains(phrase), "\(phrase)")
            }
            #expect(!part.contains("{{") && !part.contains("}}"))
        }
        #expect(mail.headers.map(\.name) == ["List-Unsubscribe", "List-Unsubscribe-Post"])
        #expect(!mail.subject.isEmpty && !mail.subject.contains("Subject"))
    }

    @Test func `marketing that does not say how to have no more is not written`() throws {
        var message = try message(.today, .french)
        message.unsubscribe = nil
        #expect(throws: ContentError.missingUnsubscribe) { try message.mail() }
    }

    @Test(arguments: Language.allCases)
    func `without a page to book on, an answer is asked for`(language: Language) throws {
        var message = try message(.later, language)
        message.bookingLink = "javascript:alert(1)"
        let mail = try message.mail()
        #expect(!mail.html.contains("javascript") && !mail.text.contains("javascript"))
        #expect(mail.text.contains(language == .french ? "répondre" : "reply"))
    }

    @Test(arguments: Language.allCases)
    func `the team reads who waited in vain, as mail and notice`(language: Language) throws {
        var message = try message(.hostAbsent, language)
        message.unsubscribe = nil
        let (mail, notice) = (try message.mail(), try message.notice())
        #expect(mail.subject.contains("Léa Noël") && notice.title.contains("Léa Noël") && notice.body.contains("Claire Martin"))
        #expect(mail.headers.isEmpty)
        #expect(message.messageClass == .transactional)
    }

    @Test(arguments: [NoShowMessage.Template.today, .hostAbsent])
    func `a hostile name stays a name`(template: NoShowMessage.Template) throws {
        let mail = try message(template, .french, name: "<script>x</script>\r\nBcc: a@b.c").mail()
        #expect(!mail.html.contains("<script>") && !mail.subject.contains("\r") && !mail.subject.contains("\n"))
    }

    @Test(arguments: [(Language.french, "12,5\u{202F}%", "66,7\u{202F}%"), (.english, "12.5%", "66.7%")])
    func `a rate stands beside last week's, for each closer`(language: Language, whole: String, closer: String) throws {
        let message = try rate(language)
        let (mail, notice) = (try message.mail(), try message.notice())
        #expect(mail.subject.contains(whole) && notice.title.contains(whole) && notice.body.contains("16"))
        for part in [mail.text, mail.html] { #expect(part.contains(closer) && part.contains(whole) && part.contains("–")) }
        #expect(mail.html.contains("Claire &lt;b&gt;Martin"))
        #expect(!mail.html.contains("{{"))
    }

    @Test func `a week before without appointments has no rate`() throws {
        let mail = try rate(.english, before: .init(missed: 0, counted: 0)).mail()
        #expect(mail.text.contains("The week before: –."))
    }

    @Test(arguments: [(0, 1, 0), (1, 3, 333), (2, 3, 667), (1, 2000, 1), (1, 2001, 0), (5, 5, 1000)])
    func `a rate is rounded once, half up`(missed: Int, counted: Int, perMille: Int) {
        #expect(NoShowRateMessage.Share(missed: missed, counted: counted).perMille == perMille)
    }
}
