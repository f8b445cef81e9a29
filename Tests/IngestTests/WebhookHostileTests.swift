import API
import Crypto
import Foundation
import HTTPClient
import Postgres
import TestSupport
import Testing

/// Bodies that no provider sends, signed as if one did: none is answered with a fault of ours.
@Suite struct WebhookHostileTests {
    private static let nasty: [String] = [
        "", "null", "[]", "{}", "[[[[]]]]", "7", "\"x\"", "{\"a\":", String(repeating: "[", count: 40_000),
        "{\"id\":\"evt_\u{0}\",\"object\":\"event\"}", #"{"id":"evt_1","object":"event","type":"\u0000","livemode":true}"#,
        #"{"id":"evt_\#(String(repeating: "9", count: 5000))","object":"event","type":"x","livemode":true}"#,
        #"{"event":"participant_joined","id":"\ud800","room":{"name":"acme:\u0000"},"participant":{"identity":"lead:\u0000","joinedAt":"99999999999999"}}"#,
        #"{"event":"participant_joined","id":"x","createdAt":"-5","room":{"name":"a:b"},"participant":{"identity":"lead:x","joinedAt":"253402300799"}}"#,
        #"[{"event":"bounce","sg_event_id":"\u0000","timestamp":1e308,"relance_attempt":"x"}]"#,
        #"{"type":"email.bounced","created_at":"9999-99-99","data":{"email_id":"\u0000","tags":[{"name":"attempt","value":7}]}}"#,
        #"{"typeWebhook":"incomingMessageReceived","instanceData":{"idInstance":7103000000,"wid":"\u0000"},"timestamp":99999999999999,"idMessage":"A","senderData":{"chatId":"\u0000@c.us","sender":"'; drop table leads;--"},"messageData":{"typeMessage":"textMessage","textMessageData":{"textMessage":"a\u0000b\ud83d"}}}"#,
        #"{"typeWebhook":"outgoingMessageStatus","instanceData":{"idInstance":7103000000},"idMessage":"\u0000","status":"read"}"#,
        "MessageSid=%00&From=%00&Body=%00", "MessageSid=SM1&From=&To=&Body=", "%", "a=%zz", "MessageSid=SM%F0&From=%2B1",
        "MessageSid=SM9&From=whatsapp%3A%2B33639980011&To=%2B1&Body=%00%F0%9F%98%80&NumMedia=99999999999999999999",
        "MessageSid=SM9&MessageStatus=failed&ErrorCode=-1&SmsStatus=%00",
        "--xYzZY\r\nContent-Disposition: form-data; name=\"envelope\"\r\n\r\n{\"from\":\"a\u{0}@b\"}\r\n--xYzZY--\r\n",
        "--xYzZY\r\nContent-Disposition: form-data; name=\"envelope\"\r\n\r\n{\"from\":\"a@b\",\"to\":[7,{}]}\r\n--xYzZY--",
        "--xYzZY",
        "--xYzZY\r\nContent-Disposition: form-data; name=\"headers\"\r\n\r\n" + String(repeating: "X: y\n", count: 5000)
            + "\r\n--xYzZY\r\nContent-Disposition: form-data; name=\"envelope\"\r\n\r\n{\"from\":\"l@x.y\"}\r\n--xYzZY--\r\n",
    ]

    @Test func `a signed body of any shape is taken or refused, never a fault of ours`() async throws {
        let fixture = try await WebhookFixture.make()
        var statuses: [Int: Int] = [:]
        for (index, body) in Self.nasty.enumerated() {
            var requests = [
                WebhookFixture.stripe(body), WebhookFixture.resend("m\(index)", body), WebhookFixture.green(body),
                try WebhookFixture.liveKit(body), try await fixture.events(body),
                try await fixture.sendGrid("/webhooks/sendgrid/inbound", Array(body.utf8), "multipart/form-data; boundary=xYzZY"),
            ]
            for path in ["/webhooks/twilio/inbound", "/webhooks/twilio/status?attempt=%00&attempt=x"] {
                requests.append(Self.twilio(path, body))
            }
            for request in requests {
                let reply = try await fixture.send(request)
                statuses[reply.status, default: 0] += 1
                #expect([200, 400, 401, 403, 413].contains(reply.status), "\(request.path) \(body.prefix(80)): \(reply.text)")
            }
        }
        #expect((statuses[200] ?? 0) > 40 && (statuses[400] ?? 0) > 20, "\(statuses)")
        #expect(try await fixture.send(WebhookFixture.text("SM-last", "bonjour")).status == 200)
    }

    /// A provider's route, a sound body for it, and how one is signed.
    private struct Sender: Sendable, CustomTestStringConvertible {
        let path: String
        let sound: String
        var count = 10_000
        let sign: @Sendable (WebhookFixture, [UInt8], _ number: Int) async throws -> WebhookFixture.Request
        var testDescription: String { path }
    }

    private static let senders = [
        Sender(
            path: "stripe",
            sound: #"{"id":"evt_1","object":"event","type":"invoice.paid","livemode":true,"created":1780000000,"#
                + #""data":{"object":{"id":"in_1","object":"invoice","metadata":{"tenant":"acme"}}}}"#
        ) { _, body, _ in WebhookFixture.stripe(body) },
        Sender(
            path: "resend",
            sound: #"{"type":"email.bounced","created_at":"2026-11-20T08:00:00.000Z","data":{"email_id":"e1","#
                + #""to":["l@x.example"],"bounce":{"message":"m","type":"Permanent"},"tags":[{"name":"attempt","value":"7"}]}}"#
        ) { _, body, number in WebhookFixture.resend("m\(number)", body) },
        Sender(path: "green-api", sound: WebhookFixture.greenText("A1", "bonjour")) { _, body, _ in WebhookFixture.green(body) },
        Sender(
            path: "livekit",
            sound: #"{"event":"participant_joined","id":"EV_1","createdAt":"1780000000","room":{"name":"#
                + #""acme:a1","sid":"RM_1"},"participant":{"identity":"lead:l1","sid":"PA_1","joinedAt":"1780000000"}}"#
        ) { _, body, _ in try WebhookFixture.liveKit(body) },
        Sender(path: "twilio/inbound", sound: "MessageSid=SM1&From=%2B33639980011&To=%2B33700000000&Body=STOP&NumMedia=0") {
            _, body, number in
            WebhookHostileTests.twilio("/webhooks/twilio/inbound?n=\(number)", String(decoding: body, as: UTF8.self))
        },
        Sender(path: "twilio/status", sound: "MessageSid=SM1&MessageStatus=failed&ErrorCode=30003") {
            _, body, number in
            WebhookHostileTests.twilio("/webhooks/twilio/status?attempt=\(number)", String(decoding: body, as: UTF8.self))
        },
        // Each signature of SendGrid's is a program of its own here.
        Sender(
            path: "sendgrid/events",
            sound: #"[{"event":"bounce","sg_event_id":"e1","timestamp":1780000000,"email":"l@x.example","#
                + #""relance_attempt":"7","reason":"550","type":"bounce"}]"#, count: 1000
        ) { fixture, body, _ in try await fixture.sendGrid("/webhooks/sendgrid/events", body, "application/json") },
        Sender(
            path: "sendgrid/inbound",
            sound: "--xYzZY\r\nContent-Disposition: form-data; name=\"envelope\"\r\n\r\n"
                + #"{"to":["acme@in.example"],"from":"l@x.example"}"# + "\r\n--xYzZY\r\nContent-Disposition: form-data; "
                + "name=\"headers\"\r\n\r\nMessage-ID: <a@b>\r\n--xYzZY--\r\n", count: 1000
        ) { fixture, body, _ in
            try await fixture.sendGrid("/webhooks/sendgrid/inbound", body, "multipart/form-data; boundary=xYzZY")
        },
    ]

    @Test(arguments: senders)
    private func `no signed body is answered with a fault of ours, and none costs memory for good`(sender: Sender) async throws {
        let fixture = try await WebhookFixture.make()
        func flood(_ seed: Int, _ count: Int) async throws -> [Int: Int] {
            try await withThrowingTaskGroup(of: [Int: Int].self) { group in
                for worker in 0..<8 {
                    group.addTask {
                        var bodies = HostileBodies(like: sender.sound, seed: UInt64(seed + worker))
                        var statuses: [Int: Int] = [:]
                        for number in 0..<count / 8 {
                            let request = try await sender.sign(fixture, bodies.body(), (seed + worker) * count + number)
                            statuses[try await fixture.send(request).status, default: 0] += 1
                        }
                        return statuses
                    }
                }
                return try await group.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
            }
        }
        var statuses = try await flood(100, sender.count / 5)
        let before = try fixture.ingest.residentKilobytes
        statuses.merge(try await flood(200, sender.count / 5 * 4), uniquingKeysWith: +)
        let after = try fixture.ingest.residentKilobytes
        #expect(statuses.keys.allSatisfy { [200, 400, 401, 403, 413].contains($0) }, "\(statuses)")
        // Nearly all are believed, and some of them are sound, or the rest would prove little.
        #expect((statuses[401] ?? 0) + (statuses[403] ?? 0) < sender.count / 4 && (statuses[200] ?? 0) > 20, "\(statuses)")
        #expect(after - before < 16 << 10 && after < 128 << 10, "\(before) kB, then \(after) kB")
        #expect(fixture.ingest.program.isRunning)
    }

    /// Signed over whatever the form says, where it is one.
    private static func twilio(_ path: String, _ body: String) -> WebhookFixture.Request {
        func decoded(_ text: Substring) -> String { text.replacing("+", with: " ").removingPercentEncoding ?? "" }
        var pairs: [(String, String)] = []
        for part in body.split(separator: "&") {
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            pairs.append((decoded(halves[0]), halves.count > 1 ? decoded(halves[1]) : ""))
        }
        pairs.sort { $0.0 < $1.0 }
        let text = WebhookFixture.publicURL + path + pairs.map { $0.0 + $0.1 }.joined()
        let signature = Base64.encode(HMAC.sha1(Array(text.utf8), key: WebhookFixture.twilioTokens[0].utf8))
        return WebhookFixture.Request(path, body, [("Content-Type", WebhookFixture.form), ("X-Twilio-Signature", signature)])
    }

    @Test func `bodies beyond their route's bound are refused, and those at it are read`() async throws {
        let fixture = try await WebhookFixture.make()
        let bounds: [(path: String, kilobytes: Int)] = [
            ("stripe", 1024), ("twilio/inbound", 64), ("twilio/status", 64), ("green-api", 512), ("resend", 512),
            ("sendgrid/events", 4096), ("sendgrid/inbound", 8192), ("livekit", 64),
        ]
        for (path, kilobytes) in bounds {
            func status(_ bytes: Int) async throws -> Int? {
                let body = [UInt8](repeating: 0x20, count: bytes)
                do {
                    return try await fixture.send(WebhookFixture.Request("/webhooks/\(path)", body, [])).status
                } catch is HTTPClientError {
                    // The answer comes while the client still sends, and the connection is closed upon it.
                    return nil
                }
            }
            #expect([401, 403].contains(try await status(kilobytes * 1024)), "\(path)")
            #expect([413, nil].contains(try await status(kilobytes * 1024 + 1)), "\(path)")
        }
    }

    @Test func `providers have a bucket of their own, far above that of callers without a name`() async throws {
        let fixture = try await WebhookFixture.make()
        for _ in 0..<100 {
            let reply = try await fixture.ingest.send(.post, "/webhooks/stripe", "{}", headers: ["X-Forwarded-For": "9.9.9.9"])
            #expect(reply.status == 401 && reply.headers["RateLimit-Limit"] == "60000")
        }
        let stranger = try await fixture.ingest.send(
            .get, "/api/alerts/active", headers: ["Authorization": nil, "X-Forwarded-For": "9.9.9.9"])
        #expect(stranger.status == 401 && stranger.headers["RateLimit-Limit"] == "60")
    }
}
