import Crypto
import Foundation
import Primitives
import Testing
import Webhooks

/// Svix (Resend), Stripe, SendGrid, Green API and LiveKit: their vectors, and what must not pass.
struct SignatureTests {
    private func at(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: seconds * 1_000_000) }

    // MARK: Standard Webhooks

    private struct Signed: Sendable {
        let secret: String
        let id: String
        let timestamp: Int64
        let body: String
        let code: String

        func request(_ prefix: String = "svix", signature: String? = nil) -> WebhookRequest {
            WebhookRequest.json(
                body,
                [
                    ("\(prefix)-id", id), ("\(prefix)-timestamp", String(timestamp)),
                    ("\(prefix)-signature", signature ?? "v1,\(code)"),
                ])
        }
    }

    private static let svix = [
        Signed(
            secret: "whsec_plJ3nmyCDGBKInavdOK15jsl", id: "msg_loFOjxBNrRLzqYUf", timestamp: 1_731_705_121,
            body: #"{"event_type":"ping","data":{"success":true}}"#, code: "rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="),
        Signed(
            secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330,
            body: #"{"test": 2432232314}"#, code: "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        Signed(
            secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", id: "msg_2b7Yx9QpWvL0aRk3TzNd8sHcEfG", timestamp: 1_768_478_400,
            body:
                #"{"type":"email.delivered","created_at":"2026-01-15T12:00:00.000Z","data":{"email_id":"ae2014de-c168-4c61-8267-70d2662a1ce1","created_at":"2026-01-15T11:59:58.000Z","from":"Acme <onboarding@resend.dev>","to":["delivered@resend.dev"],"subject":"Hello World","tags":{"tenant":"t1"}}}"#,
            code: "My2jHEdFZLSy/Zyzs0+zHkORsw6OMhHaNZif+IQbuzg="),
    ]

    private func verifier(_ secrets: [String]) throws -> StandardWebhookSignature {
        try #require(StandardWebhookSignature(secrets.map { Secret($0) }))
    }

    @Test func `Svix's vectors hold, under either name of the headers, five minutes both ways`() throws {
        for signed in Self.svix {
            let verifier = try verifier([signed.secret])
            for prefix in ["svix", "webhook", "Svix"] { try verifier.verify(signed.request(prefix), now: at(signed.timestamp)) }
            for age in [-300, 0, 300] as [Int64] { try verifier.verify(signed.request(), now: at(signed.timestamp + age)) }
            #expect(throws: WebhookError.tooOld) { try verifier.verify(signed.request(), now: at(signed.timestamp + 301)) }
            #expect(throws: WebhookError.fromTheFuture) { try verifier.verify(signed.request(), now: at(signed.timestamp - 301)) }
        }
    }

    @Test func `one good signature among several passes, one of another version does not`() throws {
        let signed = Self.svix[1]
        let verifier = try verifier(["whsec_plJ3nmyCDGBKInavdOK15jsl", signed.secret])
        let now = at(signed.timestamp)
        try verifier.verify(signed.request(signature: "v1,AAAA v1,\(signed.code)"), now: now)
        try verifier.verify(signed.request(signature: "v2,zzz v1a,AAAA v1,\(signed.code)"), now: now)
        #expect(throws: WebhookError.malformedHeader) {
            try verifier.verify(signed.request(signature: "v2,\(signed.code)"), now: now)
        }
        #expect(throws: WebhookError.badSignature) { try verifier.verify(signed.request(signature: "v1,AAAA"), now: now) }
        #expect(throws: WebhookError.malformedHeader) { try verifier.verify(signed.request(signature: ""), now: now) }
        let late = String(repeating: "v1,AAAA ", count: 100) + "v1,\(signed.code)"
        #expect(throws: WebhookError.badSignature) { try verifier.verify(signed.request(signature: late), now: now) }
    }

    @Test func `one space more, another id, another time and another key fail`() throws {
        let signed = Self.svix[1]
        let now = at(signed.timestamp)
        let verifier = try verifier([signed.secret])
        let request = signed.request()
        #expect(throws: WebhookError.badSignature) { try verifier.verify(request.with(body: signed.body + " "), now: now) }
        let others = [
            Signed(secret: "", id: "msg_other", timestamp: signed.timestamp, body: signed.body, code: signed.code),
            Signed(secret: "", id: signed.id, timestamp: signed.timestamp + 1, body: signed.body, code: signed.code),
        ]
        for other in others { #expect(throws: WebhookError.badSignature) { try verifier.verify(other.request(), now: now) } }
        #expect(throws: WebhookError.badSignature) {
            try self.verifier(["whsec_plJ3nmyCDGBKInavdOK15jsl"]).verify(request, now: now)
        }
        #expect(throws: WebhookError.noKey) { try self.verifier([]).verify(request, now: now) }
        #expect(throws: WebhookError.missingHeader) { try verifier.verify(.json(signed.body), now: now) }
        #expect(throws: WebhookError.missingHeader) { try verifier.verify(request.with([("svix-id", "x")]), now: now) }
    }

    @Test(arguments: ["", "soon", "-5", "1e9", "99999999999999999999999", " 1614265330", "1614265330.0"])
    func `a time that is none is refused`(time: String) throws {
        let signed = Self.svix[1]
        let request = WebhookRequest.json(
            signed.body, [("svix-id", signed.id), ("svix-timestamp", time), ("svix-signature", "v1,\(signed.code)")])
        #expect(throws: WebhookError.malformedHeader) { try verifier([signed.secret]).verify(request, now: at(signed.timestamp)) }
    }

    @Test(arguments: ["", "whsec_", "whsec_AAAA", "whsec_not base 64!", "secret"])
    func `a malformed secret is refused at configuration`(secret: String) {
        #expect(StandardWebhookSignature([Secret(secret)]) == nil)
    }

    // MARK: Stripe

    private let stripeBody = #"{"id":"evt_1","object":"event","type":"invoice.paid"}"#
    private let stripeCode = "dfb4777aaaec4ea29ff455dd4df7fe6b2ef71096ad3a93a158db7e100109ea91"

    private func stripe(_ header: String, secrets: [String] = ["whsec_test_secret"], now: Int64 = 1_700_000_000) throws {
        try StripeSignature(secrets.map { Secret($0) }).verify(
            .json(stripeBody, [("Stripe-Signature", header)]), now: at(now))
    }

    @Test func `Stripe's signature holds among others and for five minutes`() throws {
        try stripe("t=1700000000,v1=\(stripeCode)")
        try stripe("t=1700000000, v1=00ff, v1=\(stripeCode),v0=1234")
        try stripe("t=1700000000,v1=\(stripeCode)", secrets: ["whsec_new", "whsec_test_secret"], now: 1_700_000_300)
        #expect(throws: WebhookError.tooOld) { try stripe("t=1700000000,v1=\(stripeCode)", now: 1_700_000_301) }
        #expect(throws: WebhookError.fromTheFuture) { try stripe("t=1700000000,v1=\(stripeCode)", now: 1_699_999_699) }
    }

    @Test func `any other signature of Stripe's is refused`() {
        for header in [
            "", "t=1700000000", "v1=\(stripeCode)", "t=,v1=\(stripeCode)", "t=1700000000,v0=\(stripeCode)",
            "t=1700000000,t=1700000001,v1=\(stripeCode)", "t=17000000000000000000000,v1=\(stripeCode)",
        ] {
            #expect(throws: WebhookError.malformedHeader, "\(header)") { try stripe(header) }
        }
        for header in ["t=1700000001,v1=\(stripeCode)", "t=1700000000,v1=\(stripeCode.uppercased())", "t=1700000000,v1=00"] {
            #expect(throws: WebhookError.badSignature, "\(header)") { try stripe(header) }
        }
        #expect(throws: WebhookError.badSignature) { try stripe("t=1700000000,v1=\(stripeCode)", secrets: ["test_secret"]) }
        #expect(throws: WebhookError.noKey) { try stripe("t=1700000000,v1=\(stripeCode)", secrets: [""]) }
        #expect(throws: WebhookError.missingHeader) {
            try StripeSignature([Secret("x")]).verify(.json(stripeBody), now: at(0))
        }
        #expect(throws: WebhookError.badSignature) {
            try StripeSignature([Secret("whsec_test_secret")]).verify(
                .json(stripeBody + "\n", [("Stripe-Signature", "t=1700000000,v1=\(stripeCode)")]), now: at(1_700_000_000))
        }
    }

    // MARK: SendGrid

    private let sendGridKeys = [
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqTxd43gyp8IOEto2LdIfjRQrIbsd4SXZkLW6jDutdhXSJCWHw8REntlo7aNDthvj+y7GjUuFDb/R1NGe1OPzpA==",
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==",
    ]
    private let sendGridBody =
        #"[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]"#
        + "\r\n"
    private let sendGridCode =
        "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM="

    private func sendGrid(
        _ keys: [Int] = [1], body: String? = nil, code: String? = nil, time: String = "1600112502", now: Int64 = 1_600_112_502
    ) throws {
        try SendGridSignature(keys.map { try ECDSAPublicKey(sendGridKeys[$0]) }).verify(
            .json(
                body ?? sendGridBody,
                [
                    ("X-Twilio-Email-Event-Webhook-Signature", code ?? sendGridCode),
                    ("X-Twilio-Email-Event-Webhook-Timestamp", time),
                ]), now: at(now))
    }

    @Test func `SendGrid's vector holds under one key of several, and through a day of repetitions`() throws {
        try sendGrid()
        try sendGrid([0, 1], now: 1_600_112_502 + 86_400)
        #expect(throws: WebhookError.tooOld) { try sendGrid(now: 1_600_112_502 + 90_001) }
        #expect(throws: WebhookError.fromTheFuture) { try sendGrid(now: 1_600_112_502 - 301) }
    }

    @Test func `any other signature of SendGrid's is refused`() {
        #expect(throws: WebhookError.badSignature) { try sendGrid(body: String(sendGridBody.dropLast())) }
        #expect(throws: WebhookError.badSignature) { try sendGrid([0]) }
        #expect(throws: WebhookError.badSignature) { try sendGrid(time: "1600112503") }
        #expect(throws: WebhookError.badSignature) {
            try sendGrid(code: "MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH3j/0=")
        }
        #expect(throws: WebhookError.badSignature) { try sendGrid(code: "") }
        #expect(throws: WebhookError.malformedHeader) { try sendGrid(code: "*") }
        #expect(throws: WebhookError.malformedHeader) { try sendGrid(body: "payload", time: "timestamp") }
        #expect(throws: WebhookError.noKey) { try sendGrid([]) }
        #expect(throws: WebhookError.missingHeader) {
            try SendGridSignature([ECDSAPublicKey(sendGridKeys[0])]).verify(.json("[]"), now: at(0))
        }
    }

    @Test func `no bit of a body can be turned`() throws {
        let svix = Self.svix[2]
        let standard = try verifier([svix.secret])
        let stripe = StripeSignature([Secret("whsec_test_secret")])
        let sendGrid = try SendGridSignature([ECDSAPublicKey(sendGridKeys[1])])
        let cases: [(WebhookRequest, (WebhookRequest) throws -> Void)] = [
            (svix.request(), { try standard.verify($0, now: at(svix.timestamp)) }),
            (
                .json(stripeBody, [("Stripe-Signature", "t=1700000000,v1=\(stripeCode)")]),
                { try stripe.verify($0, now: at(1_700_000_000)) }
            ),
            (
                .json(
                    sendGridBody,
                    [
                        ("X-Twilio-Email-Event-Webhook-Signature", sendGridCode),
                        ("X-Twilio-Email-Event-Webhook-Timestamp", "1600112502"),
                    ]), { try sendGrid.verify($0, now: at(1_600_112_502)) }
            ),
        ]
        for (request, verify) in cases {
            try verify(request)
            for index in request.body.indices {
                var bad = request
                bad.body[index] ^= UInt8(1 << (index % 8))
                #expect(throws: WebhookError.badSignature) { try verify(bad) }
            }
        }
    }

    // MARK: Green API

    private let greenBody = #"{"typeWebhook":"stateInstanceChanged","instanceData":{"idInstance":7103000000}}"#

    private func green(_ header: String?, tokens: [String] = ["abc"], body: String? = nil) throws {
        try GreenAPIToken(tokens.map { Secret($0) }, instances: ["7103000000"]).verify(
            .json(body ?? greenBody, header.map { [("Authorization", $0)] } ?? []))
    }

    @Test(arguments: [
        ("Bearer abc", "abc"), ("Basic abc", "Basic abc"), ("Basic abc", "abc"), ("abc", "Bearer abc"), ("bearer  abc", "abc"),
    ])
    func `Green API's token passes with its scheme or without`(header: String, token: String) throws {
        try green(header, tokens: ["old", token])
        try green(header, tokens: [token], body: greenBody.replacing("7103000000", with: "\"7103000000\""))
    }

    @Test func `another token, another instance, or no JSON is refused`() {
        for header in ["Bearer abd", "Bearer ", "", "Bearer abc abc", "abc "] {
            #expect(throws: WebhookError.badSignature, "\(header)") { try green(header) }
        }
        #expect(throws: WebhookError.missingHeader) { try green(nil) }
        for tokens in [[], [""], ["Bearer "]] { #expect(throws: WebhookError.noKey) { try green("Bearer ", tokens: tokens) } }
        #expect(throws: WebhookError.wrongAccount) { try green("Bearer abc", body: greenBody.replacing("7103", with: "7104")) }
        #expect(throws: WebhookError.wrongAccount) { try green("Bearer abc", body: "{}") }
        #expect(throws: WebhookError.unreadable) { try green("Bearer abc", body: "7103000000,") }
    }

    // MARK: LiveKit

    private struct Claims: Encodable {
        var iss = "APIkey"
        var exp = 1_700_000_300.0
        var nbf = 1_699_999_990.0
        var sha256: String
    }

    private let roomBody = #"{"event":"room_started","id":"EV_1"}"#
    private let roomSecret = "a secret of livekit's"

    private func liveKit(
        _ claims: Claims? = nil, secret: String? = nil, body: String? = nil, prefix: String = "", now: Int64 = 1_700_000_000
    ) throws {
        let hash = Base64.encode(SHA256.digest(roomBody))
        let token = try JWT.sign(claims ?? Claims(sha256: hash), key: (secret ?? roomSecret).utf8)
        let keys = [
            LiveKitSignature.Key(name: "old", secret: Secret("old secret")),
            LiveKitSignature.Key(name: "APIkey", secret: Secret(roomSecret)),
        ]
        try LiveKitSignature(keys).verify(
            WebhookRequest("application/webhook+json", body ?? roomBody, [("Authorization", prefix + token)]), now: at(now))
    }

    @Test func `LiveKit's token holds the body's hash`() throws {
        try liveKit()
        try liveKit(prefix: "Bearer ")
        #expect(throws: WebhookError.badSignature) { try liveKit(body: roomBody + " ") }
        #expect(throws: WebhookError.badSignature) { try liveKit(secret: "another") }
        // Signed under the secret of a key, but in the name of another.
        #expect(throws: WebhookError.badSignature) { try liveKit(secret: "old secret") }
        #expect(throws: WebhookError.tooOld) { try liveKit(now: 1_700_000_361) }
        #expect(throws: WebhookError.fromTheFuture) { try liveKit(now: 1_699_999_900) }
        #expect(throws: WebhookError.badSignature) { try liveKit(Claims(sha256: "")) }
        #expect(throws: WebhookError.badSignature) { try liveKit(Claims(sha256: "not base 64")) }
        #expect(throws: WebhookError.malformedHeader) {
            try LiveKitSignature([.init(name: "a", secret: Secret("b"))]).verify(
                .json(roomBody, [("Authorization", "junk")]), now: at(0))
        }
        #expect(throws: WebhookError.noKey) {
            try LiveKitSignature([.init(name: "a", secret: Secret(""))]).verify(.json(roomBody), now: at(0))
        }
        #expect(throws: WebhookError.missingHeader) {
            try LiveKitSignature([.init(name: "a", secret: Secret("b"))]).verify(.json(roomBody), now: at(0))
        }
    }

    @Test func `a token without a hash covers nothing`() throws {
        struct Bare: Encodable {
            let iss = "a"
            let exp = 1_700_000_300.0
        }
        let bare = try JWT.sign(Bare(), key: "b".utf8)
        #expect(throws: WebhookError.badSignature) {
            try LiveKitSignature([.init(name: "a", secret: Secret("b"))]).verify(
                .json(roomBody, [("Authorization", bare)]), now: at(1_700_000_000))
        }
    }
}
