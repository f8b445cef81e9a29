import Crypto
import Foundation
import Testing

struct JWTTests {
    private struct Claims: Codable, Equatable {
        var iss = "api-key"
        var sub = "closer-1"
        var nbf = 1_800_000_000.0
        var exp = 1_800_000_300.0
    }

    private let key = Array("a secret of thirty-two bytes....".utf8)
    private let now = Date(timeIntervalSince1970: 1_800_000_100)

    @Test func `the token of RFC 7515's appendix A 1 is genuine`() throws {
        struct Joe: Decodable { let iss: String }
        let token =
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
            + ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
            + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        let key = try #require(
            Base64.decodeURL("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"))
        let before = Date(timeIntervalSince1970: 1_300_819_379)
        #expect(try JWT.verify(token, as: Joe.self, keys: [key], issuer: "joe", now: before).iss == "joe")
        #expect(throws: JWTError.expired) {
            try JWT.verify(token, as: Joe.self, keys: [key], now: before + 1, leeway: 0)
        }
    }

    @Test func `what is signed comes back, under either key of a rotation`() throws {
        let token = try JWT.sign(Claims(), key: key)
        #expect(try JWT.verify(token, as: Claims.self, keys: [[1, 2, 3], key], issuer: "api-key", now: now) == Claims())
        #expect(try JWT.sign(Claims(), key: key) == token)
    }

    @Test(arguments: [
        (1_799_999_939.0, JWTError.notYetValid), (1_800_000_361.0, JWTError.expired),
    ])
    func `outside its time and the leeway a token is refused`(seconds: Double, expected: JWTError) throws {
        let token = try JWT.sign(Claims(), key: key)
        #expect(throws: expected) {
            try JWT.verify(token, as: Claims.self, keys: [key], now: Date(timeIntervalSince1970: seconds))
        }
    }

    @Test func `a token that never expires is refused`() throws {
        let token = try JWT.sign(["sub": "closer-1"], key: key)
        #expect(throws: JWTError.expired) { try JWT.verify(token, as: [String: String].self, keys: [key], now: now) }
    }

    @Test func `another issuer, another key and missing claims are told apart`() throws {
        let token = try JWT.sign(Claims(), key: key)
        struct Tenant: Decodable { let tenant: String }
        #expect(throws: JWTError.wrongIssuer) { try JWT.verify(token, as: Claims.self, keys: [key], issuer: "x", now: now) }
        #expect(throws: JWTError.badSignature) { try JWT.verify(token, as: Claims.self, keys: [[9]], now: now) }
        #expect(throws: JWTError.badSignature) { try JWT.verify(token, as: Claims.self, keys: [], now: now) }
        #expect(throws: JWTError.unexpectedClaims) { try JWT.verify(token, as: Tenant.self, keys: [key], now: now) }
    }

    @Test func `a missing secret accepts nothing, not even what was signed with it`() throws {
        let signed = try JWT.sign(Claims(), key: key).split(separator: ".").prefix(2).joined(separator: ".")
        let token = signed + "." + Base64.encodeURL(HMAC.sha256(signed, key: ""))
        #expect(throws: JWTError.badSignature) { try JWT.verify(token, as: Claims.self, keys: [[]], now: now) }
    }

    @Test(arguments: [#"{"alg":"none"}"#, #"{"alg":"HS512"}"#, #"{"alg":"hs256"}"#, #"{"alg":"HS256","crit":["exp"]}"#])
    func `the token never chooses its algorithm`(header: String) throws {
        let body = try JWT.sign(Claims(), key: key).split(separator: ".")[1]
        let signed = Base64.encodeURL(header.utf8) + "." + body
        let token = signed + "." + Base64.encodeURL(HMAC.sha256(signed.utf8, key: key))
        #expect(throws: JWTError.unsupported) { try JWT.verify(token, as: Claims.self, keys: [key], now: now) }
    }

    @Test(arguments: ["", "..", "a.b.c", "AAAA.AAAA", String(repeating: ".", count: 20_000), "e30.e30.", "W10.e30.AAAA"])
    func `junk is malformed`(token: String) {
        #expect(throws: JWTError.malformed) { try JWT.verify(token, as: Claims.self, keys: [key], now: now) }
    }

    @Test func `claims that are no object cannot be signed`() {
        #expect(throws: JWTError.unencodable) { try JWT.sign("text", key: key) }
    }
}
