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
