import Content
import Testing

/// Mails about abandoned forms: escaped, bounded, and never without a way out (D-17).
struct RecoveryMailTests {
    private func message(
        _ template: RecoveryTemplate = .first, _ language: Language = .french, organisation: String = "Atlas",
        form: String = "Devis",
        name: String? = "Ève", link: String = "https://app.example.com/pages/public/f1?resume=AQQAaQ.c2ln"
    ) throws -> RecoveryMessage {
        RecoveryMessage(
            template: template, language: language, organisation: organisation, form: form, recipientName: name, resumeLink: link,
            unsubscribe: try #require(Unsubscribe(link: "https://api.example.com/u/AQQAaQ.c2lnbmVk_-")))
    }

    @Test(arguments: RecoveryTemplate.allCases, Language.allCases)
    func `both parts say whose form it is, where to go on and how to leave`(template: RecoveryTemplate, language: Language) throws
    {
        let mail = try message(template, language).mail()
        for part in [mail.html, mail.text] {
            #expect(part.contains("Atlas") && part.contains("Devis") && part.contains("Ève"))
            #expect(part.contains("?resume=AQQAaQ.c2ln") && part.contains("https://api.example.com/u/AQQAaQ.c2lnbmVk_-"))
            #expect(!part.contains("{{") && !part.contains("rendez-vous") && !part.contains("appointment"))
        }
        #expect(try ReadPage(mail.html).links.count == 2)
        #expect(mail.headers.map(\.name) == ["List-Unsubscribe", "List-Unsubscribe-Post"])
        #expect(!mail.subject.isEmpty && !mail.subject.contains("\n"))
    }

    @Test func `hostile names are escaped, made one line and bounded`() throws {
        let hostile = "<script>alert(1)</script>\r\nBcc: x@y.example " + String(repeating: "x", count: 5000)
        let mail = try message(organisation: hostile, form: hostile, name: hostile).mail()
        #expect(!mail.html.contains("<script>") && !mail.subject.contains("\n") && mail.subject.count <= 201)
        #expect(mail.html.utf8.count < 20_000)
    }

    @Test func `whoever gave no name is greeted without one`() throws {
        #expect(try message(name: "  ").mail().text.hasPrefix("Bonjour,"))
        #expect(try message(name: nil).mail().text.hasPrefix("Bonjour,"))
    }

    @Test(arguments: ["", "javascript:alert(1)", "https://a b"]) func `without a link to go on with there is no mail`(
        link: String
    )
        throws
    {
        #expect(throws: ContentError.invalidAddress) { try message(link: link).mail() }
    }

    @Test func `each step has its mail`() {
        #expect(["+1h", "+24h", "+72h", "+1w"].map { RecoveryTemplate(step: $0) } == [.first, .second, .last, nil])
    }
}
