import Content
import Foundation
import HTTPClient
import Primitives
import Providers
import Queue
import TestSupport
import Testing

@testable import Messaging

/// Mails to a relay: one each, and never again when the answer is lost.
@Suite(.serialized)
struct SMTPCarrierTests {
    private struct Effect: Decodable {
        let to: String
        let from: String
        let key: String?
        let body: String?
    }

    private func carrier(_ simulator: SimulatorProcess) async throws -> SMTPCarrier {
        let answer = try await PlainHTTP.request("GET", "/_simulator/smtp", port: simulator.port)
        let url = try #require(try JSONDecoder().decode([String: String].self, from: answer.body)["url"])
        return SMTPCarrier(
            SMTP(try SMTPServer(parsing: Secret(url)), timeout: .seconds(2)), client: MailClient(),
            sender: Mailbox(name: "Relance", address: "relance@example.com")
        ) { PostOffice.noon }
    }

    private func effects(_ simulator: SimulatorProcess) async throws -> [Effect] {
        try JSONDecoder().decode([Effect].self, from: await simulator.effects())
    }

    @Test func `a mail arrives whole, and its Message-ID is what the ledger keeps`() async throws {
        let simulator = try await SimulatorProcess()
        let office = try await PostOffice()
        try await office.plan("a", .email, to: "luc@example.com", body: "Bonjour à tous\n.\nsuite")
        try await office.deliver([.email: [try await carrier(simulator)]])
        #expect(try await office.state("a") == "sent")
        let effect = try #require(try await effects(simulator).first)
        #expect(effect.to == "luc@example.com" && effect.from == "relance@example.com")
        let id = try #require(effect.key)
        #expect(id.hasSuffix("@example.com") && !id.hasPrefix("@"))
        #expect(try await office.database.value("select provider_id from relance.deliveries") == id)
        let mail = try #require(effect.body)
        #expect(mail.contains("Date: Wed, 10 Jun 2026 12:00:00 +0000\r\n"))
        #expect(mail.contains("To: luc@example.com\r\n"))
        #expect(mail.contains("\r\nBonjour =C3=A0 tous\r\n.\r\nsuite\r\n"))
    }

    @Test func `a lost answer leaves the mail uncertain, sent once`() async throws {
        let simulator = try await SimulatorProcess()
        try await simulator.setFaults(Data(#"[{"provider":"smtp","kind":"reset_after_accept","count":1}]"#.utf8))
        let office = try await PostOffice()
        try await office.plan("a", .email, to: "luc@example.com", body: "x")
        try await office.deliver([.email: [try await carrier(simulator)]])
        #expect(try await office.state("a").hasPrefix("uncertain"))
        #expect(try await effects(simulator).count == 1)
    }

    @Test func `a dead address fails with the code that says so`() async throws {
        let simulator = try await SimulatorProcess()
        let office = try await PostOffice()
        try await office.plan("a", .email, to: "luc+sim-550-5.1.1@example.com", body: "x")
        try await office.deliver([.email: [try await carrier(simulator)]])
        #expect(try await office.state("a") == "failed 5.1.1")
    }
}
