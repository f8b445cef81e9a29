import Crypto
import Foundation
import Testing

struct RS256Tests {
    private struct Claims: Codable, Equatable {
        var iss = "api-key"
        var sub = "closer-1"
        var nbf = 1_800_000_000.0
        var exp = 1_800_000_300.0
    }

    private let now = Date(timeIntervalSince1970: 1_800_000_100)

    private func verify(_ token: String) throws -> Claims {
        try JWT.verify(token, as: Claims.self, publicKeys: [RSAPublicKey(KeyMaterial.rsa)], issuer: "api-key", now: now)
    }

    @Test func `a token signed by another program is genuine`() throws {
        #expect(try verify(KeyMaterial.token) == Claims())
    }

    @Test func `time and issuer are asked for as with a shared secret`() throws {
        let keys = [try RSAPublicKey(KeyMaterial.rsa)]
        #expect(throws: JWTError.expired) {
            try JWT.verify(KeyMaterial.token, as: Claims.self, publicKeys: keys, now: now + 1000)
        }
        #expect(throws: JWTError.wrongIssuer) {
            try JWT.verify(KeyMaterial.token, as: Claims.self, publicKeys: keys, issuer: "x", now: now)
        }
        #expect(throws: JWTError.badSignature) { try JWT.verify(KeyMaterial.token, as: Claims.self, publicKeys: [], now: now) }
    }

    @Test func `another padding, a turned bit and another body are bad signatures`() throws {
        #expect(throws: JWTError.badSignature) { try verify(KeyMaterial.tokenWithPSS) }
        let parts = KeyMaterial.token.split(separator: ".")
        var code = try #require(Base64.decodeURL(parts[2]))
        code[17] ^= 4
        #expect(throws: JWTError.badSignature) { try verify("\(parts[0]).\(parts[1]).\(Base64.encodeURL(code))") }
        #expect(throws: JWTError.badSignature) { try verify("\(parts[0]).e30.\(parts[2])") }
        for count in [0, 1, 255, 257, 4096] {
            let code = Base64.encodeURL([UInt8](repeating: 0xFF, count: count))
            #expect(throws: JWTError.badSignature) { try verify("\(parts[0]).\(parts[1]).\(code)") }
        }
    }

    @Test func `the token never chooses its algorithm`() throws {
        #expect(throws: JWTError.unsupported) { try verify(KeyMaterial.tokenWithNone) }
        #expect(throws: JWTError.unsupported) { try verify(KeyMaterial.tokenWithHS256) }
    }

    @Test func `a public key is no shared secret, and a shared secret no public key`() throws {
        let der = try #require(Base64.decode(KeyMaterial.rsa))
        let forgeries = try [der, Array(KeyMaterial.rsa.utf8)].map { try JWT.sign(Claims(), key: $0) }
        for token in forgeries { #expect(throws: JWTError.unsupported) { try verify(token) } }
        #expect(throws: JWTError.unsupported) {
            try JWT.verify(KeyMaterial.token, as: Claims.self, keys: [der, Array(KeyMaterial.rsa.utf8)], now: now)
        }
    }

    @Test func `a deeply nested body is refused, not walked to the end of the stack`() throws {
        let key = Array("a secret of thirty-two bytes....".utf8)
        let body = Base64.encodeURL(Array((String(repeating: "[", count: 8000)).utf8))
        let signed = Base64.encodeURL(Array(#"{"alg":"HS256"}"#.utf8)) + "." + body
        let token = signed + "." + Base64.encodeURL(HMAC.sha256(signed.utf8, key: key))
        #expect(throws: JWTError.malformed) { try JWT.verify(token, as: Claims.self, keys: [key], now: now) }
    }
}
