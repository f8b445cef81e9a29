import Content
import Foundation
import Primitives
import Providers
import Queue
import TestSupport
import Testing

@testable import Messaging

/// Mails as files: whole or not at all, once whatever is repeated.
@Suite(.serialized)
struct OutboxCarrierTests {
    private static let sender = Mailbox(name: "Relance", address: "relance@example.com")

    private func folder() throws -> String {
        let path = "\(TestServers.directory)/outbox-\(UInt64.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private func files(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    private func outbox(_ folder: String) -> OutboxCarrier {
        OutboxCarrier(directory: folder, sender: Self.sender) { PostOffice.noon }
    }

    @Test func `a mail becomes one file, named by tenant and key`() async throws {
        let folder = try folder() + "/new"
        let office = try await PostOffice()
        try await office.plan("a", .email, to: "luc@example.com", body: "Bonjour à tous")
        try await office.deliver([.email: [outbox(folder)]])
        #expect(try await office.state("a") == "sent")
        let name = try #require(try files(folder).first)
        #expect(try files(folder).count == 1 && name.hasPrefix("acme-") && name.hasSuffix(".eml"))
        #expect(try await office.database.value("select provider_id from relance.deliveries") == name)
        let mail = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
        #expect(mail.contains("Date: Wed, 10 Jun 2026 12:00:00 +0000\r\n"))
        #expect(mail.contains("To: luc@example.com\r\n"))
    }

    @Test func `a request that is repeated, even at once, writes one file and leaves nothing beside it`() async throws {
        let folder = try folder()
        let carrier = outbox(folder)
        let request = PreparedRequest(
            provider: .outbox, endpoint: "acme-key.eml", contentType: "message/rfc822",
            body: String(repeating: "x", count: 100_000))
        let answers = await withTaskGroup { group in
            for _ in 1...20 { group.addTask { await carrier.carry(request) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0 == .accepted(providerID: "acme-key.eml") })
        #expect(try files(folder) == ["acme-key.eml"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/acme-key.eml")).count == 100_000)
    }

    @Test func `a repetition does not overwrite what is there`() async throws {
        let folder = try folder()
        let carrier = outbox(folder)
        func carry(_ body: String) async -> ProviderAnswer {
            await carrier.carry(PreparedRequest(provider: .outbox, endpoint: "a.eml", contentType: "", body: body))
        }
        _ = await carry("first")
        #expect(await carry("second") == .accepted(providerID: "a.eml"))
        #expect(try String(contentsOfFile: "\(folder)/a.eml", encoding: .utf8) == "first")
    }

    @Test func `a folder that cannot be written is a refusal, and the mail goes out once it can`() async throws {
        let parent = try folder()
        let folder = "\(parent)/outbox"
        // A file where the folder should be: it cannot be made.
        try Data().write(to: URL(fileURLWithPath: folder))
        let office = try await PostOffice()
        try await office.plan("a", .email, to: "luc@example.com")
        try await office.deliver([.email: [outbox(folder)]])
        #expect(try await office.state("a") == "pending")
        #expect(try await office.attempts("a") == ["refused outbox_\(ENOTDIR)"])
        #expect(try await office.job("a") == "live retryable")
        try FileManager.default.removeItem(atPath: folder)
        try await office.deliver([.email: [outbox(folder)]], at: 30)
        #expect(try await office.state("a") == "sent")
        #expect(try files(folder).count == 1)
    }

    @Test(arguments: ["../../etc/passwd", "a/b", "..", "", String(repeating: "é", count: 300), "a\nb"])
    func `no tenant's name leads out of the folder`(tenant: String) throws {
        let request = try outbox("/nowhere").prepare(
            Parcel(
                composition: .mail(
                    RenderedMail(subject: "s", html: "h", text: "t"), from: nil, replyTo: nil,
                    to: Mailbox(name: "", address: "a@example.com")),
                tenantID: tenant, deliveryID: 1, attemptID: "x", idempotencyKey: String(repeating: "a", count: 64),
                contentSID: nil))
        #expect(!request.endpoint.contains("/") && !request.endpoint.hasPrefix(".") && request.endpoint.utf8.count < 100)
    }

    @Test(arguments: ["", "nobody", "a@b", "a@exa mple.com", "a@example.com\r\nBcc: x@example.com", "é@example.com", "a@.com"])
    func `what is no address never becomes a header`(address: String) {
        #expect(!AddressBook.isMailAddress(address))
    }
}
