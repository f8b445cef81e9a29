import Foundation
import Testing

@testable import Content

/// Messages that are about no appointment.
@Suite struct LetterTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Core/Content/Letters").standardizedFileURL

    @Test func `every letter in the folder is embedded under its name`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
        #expect(LetterTemplates.files.map(\.name) == names)
    }

    @Test(arguments: FollowUp.Occasion.allCases, Language.allCases)
    func `a follow-up greets, says who writes, and how to have no more of it`(occasion: FollowUp.Occasion, language: Language)
        throws
    {
        let message = FollowUp(occasion, in: language, organisation: "Cabinet <Atlas>", recipient: "Léa & co")
        let unsubscribe = try #require(Unsubscribe(link: "https://api.example.test/u/abc?d=1&e=2"))
        let mail = try message.mail(unsubscribe)
        #expect(mail.subject.contains("Cabinet <Atlas>"))
        #expect(mail.text.contains("Léa & co") && mail.text.contains("https://api.example.test/u/abc?d=1&e=2"))
        #expect(mail.html.contains("Léa &amp; co") && !mail.html.contains("<Atlas>") && !mail.html.contains("{{"))
        #expect(mail.headers.map(\.name) == ["List-Unsubscribe", "List-Unsubscribe-Post"])
        let sms = try message.sms()
        #expect(sms.body.contains("STOP") && sms.segmentCount <= 2, "\(sms.body)")
        let text = try message.whatsApp()
        #expect(!text.body.contains("STOP") && text.name == "\(occasion.rawValue).\(language.rawValue)")
        #expect(text.variables == ["Léa & co", "Cabinet <Atlas>"])
    }

    @Test func `a digest counts, names the gravest, and says how many more there are`() throws {
        var digest = AlertDigest(
            language: .french, organisation: "Atlas", days: 3, counts: (2, 1, 0),
            lines: [AlertDigest.Line(lead: "<b>Luc</b>", message: "Aucun contact depuis 8 jours.", days: 4)])
        let mail = try digest.mail()
        #expect(mail.subject == "3 alertes attendent depuis plus de 3 jours")
        #expect(mail.text.contains("Luc") && mail.text.contains("Et 2 de plus."))
        #expect(mail.html.contains("&lt;b&gt;Luc") && !mail.html.contains("rendez-vous"))
        #expect(try digest.notice().body == "2 de gravité haute, 1 moyenne, 0 basse.")
        digest.counts = (1, 0, 0)
        digest.language = .english
        #expect(try digest.notice().title == "One alert has been waiting for more than 3 days")
        #expect(try !digest.mail().text.contains("more."))
    }
}
