import Content
import Foundation
import Testing

/// A marketing mail says how to have no more of them, in both parts and in its headers (D-17, RFC 8058).
struct UnsubscribeTests {
    private static let link = "https://api.example.com/u/AQQAaQ.c2lnbmVk_-"

    private func message(_ language: Language = .french, link: String = link) throws -> AppointmentMessage {
        var message = try AppointmentMessage.sample(.dayBefore, language)
        let unsubscribe = try #require(Unsubscribe(link: link))
        message.unsubscribe = unsubscribe
        return message
    }

    private func file(_ mail: RenderedMail) throws -> [UInt8] {
        try MailFile(
            from: Mailbox(name: "A", address: "a@atlas.example"), to: Mailbox(name: "", address: "b@atlas.example"), mail: mail,
            messageID: "1@x", date: "Fri, 20 Nov 2026 13:52:00 +0000"
        ).bytes()
    }

    @Test(arguments: Language.allCases)
    func `the link is in both parts and another reader finds the headers`(language: Language) throws {
        let mail = try message(language).mail()
        #expect(try ReadPage(mail.html).links.contains(Self.link))
        #expect(mail.text.hasSuffix(": " + Self.link))
        #expect(!mail.html.contains("Pour toute question") && !mail.html.contains("If you have a question"))
        let read = try ReadMail(try file(mail))
        #expect(read.defects.isEmpty)
        #expect(read.listUnsubscribe == ["<\(Self.link)>"] && read.oneClick == ["List-Unsubscribe=One-Click"])
    }

    @Test func `a message that the reader asked for has none of it`() throws {
        let mail = try AppointmentMessage.sample(.dayBefore).mail()
        let read = try ReadMail(try file(mail))
        #expect(read.listUnsubscribe.isEmpty && read.oneClick.isEmpty && mail.headers.isEmpty)
        #expect(!mail.text.contains("Ne plus recevoir") && !mail.html.contains("Ne plus recevoir"))
    }

    @Test func `a link of any length that is taken comes through whole`() throws {
        let long = Self.link + String(repeating: "a", count: 898 - Self.link.utf8.count)
        #expect(try ReadMail(try file(message(link: long).mail())).listUnsubscribe == ["<\(long)>"])
        #expect(Unsubscribe(link: long + "a") == nil)
    }

    @Test(arguments: [
        "", "mailto:x@y.example", "javascript:x", "https://a b", "https://a\r\nBcc: x@y.example", "https://a>, <https://b",
    ])
    func `what is no address is no link`(link: String) {
        #expect(Unsubscribe(link: link) == nil)
    }

    @Test func `one click is offered over https only`() throws {
        let headers = try #require(Unsubscribe(link: "http://localhost:8080/u/x")).headers
        #expect(headers.map(\.name) == ["List-Unsubscribe"])
    }

    @Test(arguments: [
        [MessageForm.mailText: "Subject: x\n\nBuy!"], [.mailHTML: "<!doctype html><html><p>Buy!</p></html>"],
    ])
    func `an own template that leaves the link out gives way to the built-in one`(sources: [MessageForm: String]) throws {
        var message = try message()
        message.own = OwnTemplates(sources, language: .french) { _, error in #expect(error == .missingUnsubscribe) }
        let mail = try message.mail()
        #expect(mail.text.contains(Self.link) && mail.html.contains(Self.link) && !mail.text.contains("Buy"))
        #expect(!mail.html.contains("Buy"))
    }

    @Test func `a link with an ampersand is found in escaped HTML`() throws {
        var message = try message(link: "https://api.example.com/u/x?a=1&b=2")
        message.own = OwnTemplates([.mailHTML: "<p>own</p>"], language: .french) { _, error in Issue.record("\(error)") }
        #expect(try message.mail().html.contains("<p>own</p>"))
    }

    @Test func `no header breaks out of its line`() throws {
        var mail = RenderedMail(subject: "s", html: "", text: "")
        mail.headers = [.init(name: "X-A\r\nBcc: x", value: "v\r\nBcc: y@z.example\u{0}é")]
        let read = try ReadMail(try file(mail))
        #expect(read.headers.contains("X-ABccx") && !read.headers.contains("Bcc"))
    }
}
