import Crypto
import Foundation
import Testing

struct SignedLinkTests {
    private static let old = Array("an old key of enough bytes".utf8)
    private static let new = Array("the new key of enough bytes".utf8)
    private static let expiry = Date(timeIntervalSince1970: 1_795_000_000)
    private static let link = SignedLink(purpose: .confirm, subjects: ["atlas", "atlas-appt-0001"], expiresAt: expiry)

    private let keys: SignedLinkKeys

    init() throws {
        keys = try SignedLinkKeys(newestFirst: [Self.new, Self.old])
    }

    @Test(arguments: LinkPurpose.allCases)
    func `a link comes back as it was signed`(purpose: LinkPurpose) throws {
        let link = SignedLink(purpose: purpose, subjects: ["t", "", "été-☕"], expiresAt: Self.expiry)
        #expect(try keys.verify(keys.token(for: link), purpose: purpose, now: Self.expiry) == link)
    }

    @Test func `a token is short and needs no escaping`() {
        let token = keys.token(for: Self.link)
        #expect(token.utf8.count < 100)
        #expect(token.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) })
    }

    @Test func `a link lives until its expiry and not a second longer`() throws {
        let token = keys.token(for: Self.link)
        #expect(throws: Never.self) { try keys.verify(token, purpose: .confirm, now: Self.expiry) }
        #expect(throws: SignedLinkError.expired) { try keys.verify(token, purpose: .confirm, now: Self.expiry + 1) }
    }

    @Test func `a link is good for its own purpose only`() {
        let token = keys.token(for: Self.link)
        #expect(throws: SignedLinkError.wrongPurpose) { try keys.verify(token, purpose: .cancel, now: Self.expiry) }
        #expect(throws: Never.self) { try keys.verify(token, purposes: [.cancel, .confirm], now: Self.expiry) }
    }

    @Test func `a link signed by the former key is good after a rotation, and bad once that key is dropped`() throws {
        let token = try SignedLinkKeys(newestFirst: [Self.old]).token(for: Self.link)
        #expect(try keys.verify(token, purpose: .confirm, now: Self.expiry) == Self.link)
        let rotated = try SignedLinkKeys(newestFirst: [Self.new])
        #expect(throws: SignedLinkError.badSignature) { try rotated.verify(token, purpose: .confirm, now: Self.expiry) }
        #expect(keys.token(for: Self.link) == rotated.token(for: Self.link))
    }

    @Test func `no altered character goes unnoticed`() throws {
        let token = Array(keys.token(for: Self.link))
        for index in token.indices {
            var altered = token
            altered[index] = altered[index] == "A" ? "B" : "A"
            #expect(throws: SignedLinkError.self) { try keys.verify(String(altered), purpose: .confirm, now: Self.expiry) }
        }
    }

    @Test(arguments: ["", ".", "a.b", "a.b.c", "AAAA.", "<script>.AAAA", String(repeating: "A", count: 1_000_000)])
    func `junk is malformed or unsigned, never a crash`(token: String) {
        #expect(throws: SignedLinkError.self) { try keys.verify(token, purpose: .confirm, now: Self.expiry) }
    }

    @Test func `a code made for something else under the same key is no link`() {
        let payload = keys.token(for: Self.link).split(separator: ".")[0]
        let bytes = Base64.decodeURL(payload) ?? []
        let forged = payload + "." + Base64.encodeURL(HMAC.sha256(bytes, key: Self.new))
        #expect(throws: SignedLinkError.badSignature) { try keys.verify(String(forged), purpose: .confirm, now: Self.expiry) }
    }

    @Test func `a missing or short key is refused at start-up`() {
        #expect(throws: SignedLinkError.weakKey) { try SignedLinkKeys(newestFirst: []) }
        #expect(throws: SignedLinkError.weakKey) { try SignedLinkKeys(newestFirst: [Self.new, Array("short".utf8)]) }
    }

    @Test func `printing keys shows none`() {
        var dumped = ""
        dump(keys, to: &dumped)
        #expect("\(keys)" == "SignedLinkKeys(2 redacted)")
        #expect(!dumped.contains("116"))  // "t", the first byte of a key
    }
}
