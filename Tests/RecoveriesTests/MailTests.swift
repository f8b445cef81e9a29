import Content
import Crypto
import Foundation
import Messaging
import Postgres
import Primitives
import Recoveries
import TestSupport
import Testing

/// What the visitor reads, and where the links lead.
@Suite struct MailTests {
    private static let monday = Reception.monday

    private func mails(_ change: String? = nil) async throws -> [Postman.Mail] {
        let reception = try await Reception()
        let postman = Postman()
        try await reception.breakOff(at: Self.monday)
        if let change { try await reception.write(at: Self.monday, change) }
        for hour in [1, 24, 72] { try await postman.tick(reception, at: Self.monday.hours(hour)) }
        return postman.mails
    }

    @Test func `each of the three says something else, and the last that it is the last`() async throws {
        let mails = try await mails()
        let subjects = mails.map { $0.subject.replacing(/[\u{A0}\u{202F}]/, with: " ") }
        #expect(
            subjects == [
                "Votre formulaire Atlas n’est pas encore envoyé", "Une question sur le formulaire « Devis » ?",
                "Dernier rappel : le formulaire « Devis »",
            ])
        #expect(mails.allSatisfy { $0.text.hasPrefix("Bonjour Ève,") && $0.html.contains("Devis") })
    }

    @Test func `the visit's language is the mail's`() async throws {
        let mails = try await mails("update form_abandons set locale = 'en-CA'")
        #expect(mails.first?.subject == "Your form for Atlas has not been sent yet")
    }

    @Test func `the link resumes the visit by a signed token, and holds nothing of what was typed`() async throws {
        let mails = try await mails("update forms set slug = 'devis gratuit/été'")
        let keys = try #require(Postman.keys)
        for mail in mails {
            let link = try #require(mail.text.firstMatch(of: /https:\/\/app\.example\.com\/\S+/).map { String($0.0) })
            #expect(link.hasPrefix("https://app.example.com/pages/public/devis%20gratuit%2F%C3%A9t%C3%A9?resume="))
            #expect(mail.html.contains(link))
            let token = String(link.split(separator: "=")[1])
            let resume = try keys.verify(token, purpose: .resume, now: Date(timeIntervalSince1970: mail.at.secondsSinceEpoch))
            #expect(resume.subjects == ["acme", "f1", "v1"])
            let bytes = try #require(Base64.decodeURL(token.split(separator: ".")[0]))
            let payload = String(decoding: bytes, as: UTF8.self)
            #expect(!payload.contains("eve@") && !payload.contains("typed"))
            #expect(!mail.text.contains("typed") && !mail.html.contains("typed"))
        }
    }

    @Test func `one click unsubscribes the address, and the sequence ends`() async throws {
        let reception = try await Reception()
        let postman = Postman()
        try await reception.breakOff(at: Self.monday)
        try await postman.tick(reception, at: Self.monday.hours(1))
        let mail = try #require(postman.mails.first)
        #expect(mail.headers.map(\.name) == ["List-Unsubscribe", "List-Unsubscribe-Post"])
        let link = try #require(mail.headers.first?.value.dropFirst().dropLast())
        #expect(link.hasPrefix("https://api.example.com/u/") && mail.text.contains(link) && mail.html.contains(link))
        let token = String(link.dropFirst("https://api.example.com/u/".count))
        let keys = try #require(Postman.keys)
        let verified = try keys.verify(token, purpose: .unsubscribe, now: Date(timeIntervalSince1970: mail.at.secondsSinceEpoch))
        let leave = try #require(Unsubscription(verified))
        try await reception.database.connection.execute(leave.statement.0, leave.statement.1)
        try await postman.tick(reception, at: Self.monday.hours(24))
        #expect(postman.mails.count == 1)
        #expect(try await reception.end() == "unsubscribed")
    }

    @Test(arguments: ["nobody", "a b@example.com", "é@example.com"])
    func `an address that takes no mail is skipped with its reason`(email: String) async throws {
        let reception = try await Reception()
        let postman = Postman()
        try await reception.breakOff(at: Self.monday, email: email)
        try await postman.tick(reception, at: Self.monday.hours(1))
        #expect(try await reception.ledger() == ["+1h skipped invalid_email"])
    }
}
