import Crypto
import Testing

struct PublicKeyTests {
    private let sendGridKey =
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
    private let sendGridSignature =
        "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM="
    private let sendGridMessage =
        "1600112502"
        + #"[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","#
        + #""sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","#
        + #""smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]"# + "\r\n"

    private func pem(_ base64: String) -> String {
        var rest = Substring(base64)
        var lines = ["-----BEGIN PUBLIC KEY-----"]
        while !rest.isEmpty {
            lines.append(String(rest.prefix(64)))
            rest = rest.dropFirst(64)
        }
        return (lines + ["-----END PUBLIC KEY-----", ""]).joined(separator: "\n")
    }

    @Test func `SendGrid's own vector holds, and not without its last line break`() throws {
        let key = try ECDSAPublicKey(sendGridKey)
        let signature = try #require(Base64.decode(sendGridSignature))
        #expect(
            SHA256.hex(sendGridMessage) == "d42fd42f9a2ff2ac684950bcd351d3cd6e0f60d4e944637cf97c2226bc224548")
        #expect(key.isValid(signature: signature, for: sendGridMessage.utf8))
        #expect(!key.isValid(signature: signature, for: sendGridMessage.utf8.dropLast(2)))
        #expect(!key.isValid(signature: signature, for: sendGridMessage.utf8.dropFirst()))
    }

    @Test func `SendGrid's counter-examples fail`() throws {
        let other = try ECDSAPublicKey(
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqTxd43gyp8IOEto2LdIfjRQrIbsd4SXZkLW6jDutdhXSJCWHw8REntlo7aNDthvj+y7GjUuFDb/R1NGe1OPzpA=="
        )
        let signature = try #require(Base64.decode(sendGridSignature))
        #expect(!other.isValid(signature: signature, for: sendGridMessage.utf8))
        let foreign = try #require(
            Base64.decode("MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH3j/0="))
        #expect(try !ECDSAPublicKey(sendGridKey).isValid(signature: foreign, for: sendGridMessage.utf8))
        #expect(!other.isValid(signature: foreign, for: "timestamppayload".utf8))
    }

    @Test func `a key may be PEM, with line breaks of any kind, or bare`() throws {
        let signature = try #require(Base64.decode(KeyMaterial.p256Signature))
        let text = pem(KeyMaterial.p256)
        for form in [KeyMaterial.p256, text, text.replacing("\n", with: "\r\n"), "\n  " + text + "\n", KeyMaterial.p256 + "\n"] {
            #expect(try ECDSAPublicKey(form).isValid(signature: signature, for: "message".utf8))
        }
    }

    @Test func `no other signature passes, whatever is cut, added or turned`() throws {
        let key = try ECDSAPublicKey(KeyMaterial.p256)
        let good = try #require(Base64.decode(KeyMaterial.p256Signature))
        for count in 0..<good.count { #expect(!key.isValid(signature: good.prefix(count), for: "message".utf8)) }
        for index in good.indices {
            for bit in 0..<8 {
                var bad = good
                bad[index] ^= 1 << bit
                #expect(!key.isValid(signature: bad, for: "message".utf8), "\(index).\(bit)")
            }
        }
        // Two zeros; a length that leads far beyond the end; a huge one.
        for bad in [[0x30, 6, 2, 1, 0, 2, 1, 0], [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 2, 1, 1]] as [[UInt8]] {
            #expect(!key.isValid(signature: bad, for: "message".utf8))
        }
        #expect(!key.isValid(signature: good + [0], for: "message".utf8))
        #expect(!key.isValid(signature: [UInt8](repeating: 0x30, count: 1 << 20), for: "message".utf8))
    }

    @Test(arguments: [
        ("", PublicKeyError.malformed), ("-----BEGIN PUBLIC KEY-----", .malformed),
        ("-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----", .malformed), ("not base 64", .malformed), ("AAAA", .malformed),
        ("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----", .malformed),
        (String(repeating: "A", count: 10_000), .malformed), (KeyMaterial.rsa, .unsupported), (KeyMaterial.p384, .unsupported),
        (KeyMaterial.p256WithExplicitCurve, .unsupported), (KeyMaterial.p256Compressed, .unsupported),
    ]) func `what is no P-256 key is refused`(text: String, expected: PublicKeyError) {
        #expect(throws: expected) { try ECDSAPublicKey(text) }
    }

    @Test func `a cut key, one with more behind it, and a point off the curve are refused`() throws {
        let der = try #require(Base64.decode(KeyMaterial.p256))
        for count in 0..<der.count {
            #expect(throws: PublicKeyError.self) { try ECDSAPublicKey(Base64.encode(der.prefix(count))) }
        }
        #expect(throws: PublicKeyError.malformed) { try ECDSAPublicKey(Base64.encode(der + [0])) }
        var off = der
        off[der.count - 1] ^= 1
        #expect(throws: PublicKeyError.malformed) { try ECDSAPublicKey(Base64.encode(off)) }
    }

    @Test(arguments: [
        ("", PublicKeyError.malformed), (KeyMaterial.p256, .unsupported), (KeyMaterial.rsa1024, .unsuitableSize),
    ]) func `what is no RSA key of a fit size is refused`(text: String, expected: PublicKeyError) {
        #expect(throws: expected) { try RSAPublicKey(text) }
    }

    @Test func `an RSA key may be PEM or bare, and a cut one is refused`() throws {
        #expect(throws: Never.self) { try RSAPublicKey(KeyMaterial.rsa) }
        #expect(throws: Never.self) { try RSAPublicKey(pem(KeyMaterial.rsa)) }
        let der = try #require(Base64.decode(KeyMaterial.rsa))
        for count in 0..<der.count { #expect(throws: PublicKeyError.self) { try RSAPublicKey(Base64.encode(der.prefix(count))) } }
    }

    @Test func `one key verifies on many threads`() async throws {
        let key = try ECDSAPublicKey(KeyMaterial.p256)
        let signature = try #require(Base64.decode(KeyMaterial.p256Signature))
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<200 { group.addTask { key.isValid(signature: signature, for: "message".utf8) } }
            for await isValid in group { #expect(isValid) }
        }
    }
}
