import Content
import Foundation
import Testing

struct MailFileTests {
    private func file(_ mail: RenderedMail, name: String = "Atlas") -> MailFile {
        MailFile(
            from: Mailbox(name: name, address: "rdv@atlas.example"),
            to: Mailbox(name: name, address: "lea.o'brien+x@atlas.example"),
            replyTo: Mailbox(name: "", address: "contact@atlas.example"), mail: mail, messageID: "<attempt-1@relance.example>",
            date: "Fri, 20 Nov 2026 13:52:00 +0000")
    }

    private func lint(_ bytes: [UInt8]) {
        #expect(bytes.allSatisfy { $0 < 127 && ($0 >= 32 || $0 == 9 || $0 == 10 || $0 == 13) })
        #expect(bytes.count { $0 == 13 } == bytes.count { $0 == 10 })
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false) {
            #expect(line.utf8.count <= 76 || line.hasPrefix("Content-"))
            #expect(!line.utf8.contains(13) && !line.utf8.contains(10))
        }
    }

    @Test(arguments: Language.allCases)
    func `another reader finds every part as it was rendered`(language: Language) throws {
        let mail = try AppointmentMessage.sample(.bookingConfirmation, language).mail()
        let bytes = try file(mail).bytes()
        lint(bytes)
        let read = try ReadMail(bytes)
        #expect(read.defects.isEmpty)
        #expect(read.kinds == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar"])
        #expect(read.subject == mail.subject && read.messageID == "<attempt-1@relance.example>")
        #expect(read.from == [["Atlas", "rdv@atlas.example"]] && read.to == [["Atlas", "lea.o'brien+x@atlas.example"]])
        #expect(read.replyTo == [["", "contact@atlas.example"]])
        #expect(read.date == "2026-11-20T13:52:00+00:00")
        #expect(read.parts[0].text.replacing("\r\n", with: "\n") == mail.text)
        #expect(read.parts[1].text.replacing("\r\n", with: "\n") == mail.html)
        #expect(read.parts.prefix(2).allSatisfy { $0.charset == "utf-8" && $0.disposition == nil })
        let calendar = read.parts[2]
        #expect(
            calendar.disposition == "attachment" && calendar.filename == "invite.ics"
                && calendar.parameters["method"] == "REQUEST")
        #expect(Array(calendar.text.utf8) == mail.attachments[0].bytes)
    }

    private func hostileFile(_ text: String) throws -> [UInt8] {
        let attachment = Attachment(filename: "../" + text, contentType: "text/plain", bytes: Array(text.utf8))
        var file = file(RenderedMail(subject: text, html: text, text: text, attachments: [attachment]), name: text)
        file.messageID = "1@x" + text.prefix(30)
        return try file.bytes()
    }

    @Test func `no text adds a header or breaks a line`() throws {
        let texts = CalendarInviteTests.hostileTexts
        let files = try texts.map(hostileFile)
        for ((text, file), read) in zip(zip(texts, files), try ReadMail.all(files)) {
            lint(file)
            #expect(read.headers == ["Date", "From", "To", "Reply-To", "Subject", "Message-ID", "MIME-Version", "Content-Type"])
            #expect(read.from.count == 1 && read.from[0][1] == "rdv@atlas.example")
            #expect(read.to.count == 1 && read.to[0][1] == "lea.o'brien+x@atlas.example")
            #expect(read.parts.count == 3)
            #expect(read.parts[0].text.replacing("\r\n", with: "\n") == text.replacing("\r\n", with: "\n"))
            #expect(read.parts[2].text == text)
            #expect(read.parts[2].filename?.contains("/") == false)
        }
    }

    @Test(arguments: [
        "Rendez-vous à 14\u{A0}h\u{A0}30", String(repeating: "é", count: 190), String(repeating: "plain words ", count: 16) + ".",
        "=?utf-8?B?aGVsbG8=?=", "a\"b\\c", "🎉 " + String(repeating: "👩‍🚀", count: 30), "x",
    ])
    func `a subject and a name come back as they were`(text: String) throws {
        let read = try ReadMail(try file(RenderedMail(subject: text, html: "", text: ""), name: text).bytes())
        #expect(read.subject == text)
        #expect(read.from[0][0] == text && read.to[0][0] == text)
        #expect(read.defects.isEmpty)
    }

    @Test(arguments: [
        "trailing blank \nand tab\t\n", "=3D=\n.\n..\nFrom here", String(repeating: "a", count: 500),
        String(repeating: "é", count: 100) + " ", "\n\n", "",
    ])
    func `a body comes back as it was`(text: String) throws {
        let bytes = try file(RenderedMail(subject: "s", html: text, text: text)).bytes()
        lint(bytes)
        let read = try ReadMail(bytes).parts[0].text.replacing("\r\n", with: "\n")
        #expect(read == text)
    }

    @Test(arguments: [
        "", "nobody", "a@", "@b", "a@b@c", "a b@c.example", "a@b.example\r\nBcc: x@y.example", "a,b@c.example", "<a@b.example>",
        "é@b.example",
        String(repeating: "a", count: 250) + "@b.example",
    ])
    func `an address that a header cannot carry is refused`(address: String) {
        var file = file(RenderedMail(subject: "s", html: "", text: ""))
        file.to.address = address
        #expect(throws: ContentError.invalidAddress) { try file.bytes() }
    }
}
