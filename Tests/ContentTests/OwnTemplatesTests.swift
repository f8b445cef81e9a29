import Content
import Foundation
import Synchronization
import Testing

/// An organisation's own templates in the place of the built-in ones.
struct OwnTemplatesTests {
    /// What was heard of failures.
    private final class Failures: Sendable {
        let list = Mutex<[String]>([])
        func hear(_ form: MessageForm, _ error: ContentError) { list.withLock { $0.append("\(form.rawValue) \(error.label)") } }
    }

    private func message(
        _ template: AppointmentTemplate, _ sources: [MessageForm: String], _ failures: Failures = Failures(),
        _ language: Language = .french
    ) throws -> AppointmentMessage {
        var message = try AppointmentMessage.sample(template, language)
        message.own = OwnTemplates(sources, language: language, onFailure: failures.hear)
        return message
    }

    @Test func `own HTML goes into the layout, an own document stands alone, and the rest stays built-in`() throws {
        let own = "<p>Chère {{RECIPIENT}} !</p>{{>DETAILS}}"
        let mail = try message(.dayBefore, [.mailHTML: own]).mail()
        let page = try ReadPage(mail.html)
        #expect(page.mistakes.isEmpty && page.title == mail.subject)
        #expect(page.text.contains("Chère Léa Noël\u{202F}!") && page.text.contains("Fuseau horaire"))
        #expect(mail.text.contains("Un rappel"))

        let document = "<!doctype html>\n<html lang=\"{{LANGUAGE}}\"><title>{{SUBJECT}}</title><p>{{CLOCK}}</p>{{>FOOTER}}</html>"
        let alone = try message(.dayBefore, [.mailHTML: document]).mail()
        #expect(alone.html.hasPrefix("<!doctype html>\n<html lang=\"fr\"><title>Rappel"))
        #expect(!alone.html.contains("class=\"card\"") && alone.html.contains("Pour toute question"))
    }

    @Test func `an own text brings its own subject, which the HTML's title shares`() throws {
        let own = "Subject: {{LEAD}} : {{CLOCK}}\r\n\r\nÀ {{RELATIVE}} !\r\n"
        let mail = try message(.dayBefore, [.mailText: own]).mail()
        #expect(mail.subject == "Léa Noël\u{202F}: 14\u{A0}h\u{A0}30")
        #expect(mail.text == "À dans 38\u{A0}minutes\u{202F}!")
        #expect(try ReadPage(mail.html).title == mail.subject)
    }

    @Test func `SMS, WhatsApp and notice can be an organisation's own`() throws {
        #expect(
            try message(.hourBefore, [.short: "À {{CLOCK}}, {{LEAD}}"]).sms().body
                == "à 14 h 30, Léa Noel".replacing("à", with: "A"))
        #expect(try message(.startingNow, [.short: "{{LEAD}} !"]).whatsApp().body == "Léa Noël\u{202F}!")
        let notice = try message(.startingNow, [.notice: "Subject: {{LEAD}}\n\n{{CLOCK}}"]).notice()
        #expect(notice.title == "Léa Noël" && notice.body == "14\u{A0}h\u{A0}30")
    }

    @Test(
        arguments: [
            (.mailHTML, "{{#LINK}}", "template_malformed"), (.mailText, "{{#LINK}}", "template_malformed"),
            (.mailText, "no subject", "content_empty"), (.mailText, "Subject: {{#TOLD}}x{{/TOLD}}\n\nx", "content_empty"),
            (.mailHTML, String(repeating: "{{LINK}}", count: 8000), "content_too_long"),
            (.mailHTML, "<a href={{LINK}}>x</a>", "template_malformed"),
        ] as [(MessageForm, String, String)])
    func `an own template that fails gives way to the built-in one, and is reported once`(
        form: MessageForm, source: String, reason: String
    ) throws {
        let failures = Failures()
        var message = try message(.dayBefore, [form: source], failures)
        message.videoLink = "https://visio.example/" + String(repeating: "a", count: 900)
        let own = (try message.mail(), try message.mail())
        message.own = nil
        #expect(try own == (message.mail(), message.mail()))
        #expect(failures.list.withLock { $0 } == ["\(form.rawValue) \(reason)"])
    }

    @Test(arguments: ["{{#TOLD}}x{{/TOLD}}", String(repeating: "{{LINK}}", count: 20)])
    func `an own short text that comes to nothing, or to too much, gives way too`(source: String) throws {
        let failures = Failures()
        var message = try message(.startingNow, [.short: source], failures)
        message.videoLink = "https://visio.example/" + String(repeating: "a", count: 90)
        let own = try message.sms()
        message.own = nil
        #expect(try own == message.sms())
        #expect(failures.list.withLock { $0.count } == 1)
    }

    @Test func `names stay harmless in own templates`() throws {
        for text in CalendarInviteTests.hostileTexts + ["\"><img src=x onerror=alert(1)>", "{{SUBJECT}}"] {
            var message = try AppointmentMessage.hostile(.dayBefore, .french, text)
            message.own = OwnTemplates(
                [.mailHTML: "<p title=\"{{LEAD}}\"><a href=\"{{LINK}}\">{{OTHER}}</a>{{PLACE}}</p>"], language: .french
            ) { form, error in Issue.record("\(form): \(error)") }
            let page = try ReadPage(message.mail().html)
            #expect(
                page.mistakes.isEmpty
                    && page.attributes.isSubset(of: [
                        "lang", "charset", "name", "content", "class", "style", "href", "title", "role", "width", "align",
                        "cellpadding", "cellspacing", "border",
                    ]))
            #expect(page.links.allSatisfy { $0?.isEmpty != false || $0?.hasPrefix("https://") == true })
        }
    }

    @Test func `templates are parsed while others are rendered`() async throws {
        let expected = try AppointmentMessage.sample(.dayBefore).mail()
        try await withThrowingTaskGroup { group in
            for parser in 0..<3 {
                group.addTask {
                    for number in 0..<60 {
                        var message = try AppointmentMessage.sample(.dayBefore)
                        let text = "\(parser).\(number)"
                        message.own = OwnTemplates(
                            [.mailHTML: "<p>\(text) {{LEAD}}</p>{{>DETAILS}}", .mailText: "Subject: \(text)\n\n{{>DETAILS}}"],
                            language: .french
                        ) { _, error in Issue.record("\(error)") }
                        let mail = try message.mail()
                        #expect(mail.subject == text && mail.html.contains("<p>\(text) Léa Noël</p>"))
                    }
                }
                group.addTask {
                    for _ in 0..<200 {
                        let mail = try AppointmentMessage.sample(.dayBefore).mail()
                        #expect(mail == expected)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `English templates keep their spaces, and French styles theirs`() throws {
        let english = try message(.dayBefore, [.mailHTML: "<p>Hi !</p>"], Failures(), .english).mail()
        #expect(english.html.contains("<p>Hi !</p>"))
        let french = try message(
            .dayBefore,
            [.mailHTML: "<!doctype html><html><style>p { color : red !important }</style><p title=\"a : b\">Salut !</p></html>"]
        ).mail()
        #expect(french.html.contains("<style>p { color : red !important }</style><p title=\"a : b\">Salut\u{202F}!</p>"))
    }
}
