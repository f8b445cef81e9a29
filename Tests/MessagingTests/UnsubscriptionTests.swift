import Crypto
import Foundation
import Messaging
import Postgres
import Providers
import Testing

/// One click, and no more marketing to that address (RFC 8058, D-16).
struct UnsubscriptionTests {
    private static let keys = Result { try SignedLinkKeys(newestFirst: [Array("0123456789abcdef".utf8)]) }
    private let address = "lea@example.com"

    @Test func `a click keeps marketing away, other messages and other tenants go on`() async throws {
        let office = try await PostOffice()
        let wish = Unsubscription(tenantID: "acme", channel: .email, addressHash: PostOffice.addresses.hash(address))
        let token = try Self.keys.get().token(for: wish.link(expiresAt: Date(timeIntervalSinceNow: 60)))
        #expect(!token.contains("lea"))
        let link = try Self.keys.get().verify(token, purpose: .unsubscribe, now: Date())
        let clicked = try #require(Unsubscription(link))
        #expect(clicked == wish)
        for _ in 1...2 {
            let (statement, values) = clicked.statement
            try await office.connection().execute(statement, values)
        }
        try await office.plan("offer", .email, to: "LEA@example.com", messageClass: "marketing")
        try await office.plan("reminder", .email, to: address)
        try await office.plan("elsewhere", .email, tenant: "zeta", to: address, messageClass: "marketing")
        try await office.deliver([.email: [ScriptedCarrier(.resend)]])
        #expect(try await office.state("offer") == "skipped suppressed")
        #expect(try await office.state("reminder") == "sent")
        #expect(try await office.state("elsewhere", tenant: "zeta") == "sent")
    }

    @Test(arguments: [
        ["acme"], ["acme", "fax", "ab"], ["acme", "email", "xyz"], ["acme", "email", ""], ["acme", "email", "ab", "c"],
    ])
    func `a link of ours with other subjects unsubscribes nobody`(subjects: [String]) {
        #expect(Unsubscription(SignedLink(purpose: .unsubscribe, subjects: subjects, expiresAt: Date())) == nil)
    }

    @Test func `a link for something else unsubscribes nobody`() {
        let link = SignedLink(purpose: .confirm, subjects: ["acme", "email", "ab"], expiresAt: Date())
        #expect(Unsubscription(link) == nil)
    }
}
