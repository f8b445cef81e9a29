import API
import Crypto
import Foundation
import HTTPClient
import Postgres
import TestSupport
import Testing

/// Who is believed (D-42), over real HTTP: each scheme good, tampered with, by a wrong key, old, from the future, missing, and with
/// either of two keys in a rotation.
@Suite struct WebhookSignatureTests {
    private typealias Request = WebhookFixture.Request
    private static let delivered = #"{"type":"email.delivered","created_at":"2026-01-15T12:00:00.000Z","data":{"email_id":"x"}}"#
    private static let paid =
        #"{"id":"evt_1","object":"event","type":"invoice.paid","livemode":true,"data":{"object":{"id":"in_1"}}}"#
    private static let room = #"{"event":"room_started","id":"EV_1","createdAt":"1700000000","room":{"sid":"RM_1","name":"x:y"}}"#

    @Test func `what was signed is taken, with the old key as with the new one`() async throws {
        let fixture = try await WebhookFixture.make()
        var requests = [
            WebhookFixture.text("SM1", "bonjour"),
            WebhookFixture.text("SM2", "été + 100 % ☕", token: WebhookFixture.twilioTokens[1]),
            WebhookFixture.status("SM3", "sent", attempt: "01HZXATTEMPT"), WebhookFixture.resend("m1", Self.delivered),
            WebhookFixture.resend("m2", Self.delivered, secret: WebhookFixture.resendSecrets[1]),
            WebhookFixture.stripe(Self.paid),
            WebhookFixture.stripe(Self.paid.replacing("evt_1", with: "evt_2"), secret: WebhookFixture.stripeSecrets[1]),
            WebhookFixture.green(WebhookFixture.greenText("A1", "salut")),
            WebhookFixture.green(WebhookFixture.greenText("A2", "salut"), token: WebhookFixture.greenTokens[1]),
            try WebhookFixture.liveKit(Self.room),
        ]
        requests.append(
            try await fixture.events(#"[{"event":"delivered","sg_event_id":"e1","sg_message_id":"m.filter1"}]"# + "\r\n"))
        requests.append(try await fixture.mail(from: "lea@example.com", to: "in@acme.example", "bonjour", id: "1@x"))
        for request in requests {
            let reply = try await fixture.send(request)
            #expect(reply.status == 200, "\(request.path): \(reply.text)")
        }
        #expect(try await fixture.database.count("select count(*) from relance.inbound_messages") == requests.count)
        #expect(try await fixture.database.count("select count(*) from relance.inbound_messages where account <> 'default'") == 0)
        // As it came, byte by byte.
        let body = try await fixture.database.value(
            "select encode(body, 'hex') from relance.inbound_messages where event_key = 'SM2'")
        #expect(body == Hex.encode(requests[1].body))
        let twilio = try await fixture.send(WebhookFixture.text("SM4", "x"))
        #expect(twilio.text == #"<?xml version="1.0" encoding="UTF-8"?><Response/>"#)
        #expect(
            try await fixture.send(WebhookFixture.stripe(Self.paid.replacing("evt_1", with: "evt_3"))).json == [
                "status": "success"
            ])
    }

    @Test func `what was tampered with, is old, early, unsigned or another's is refused and not stored`() async throws {
        let fixture = try await WebhookFixture.make()
        let text = WebhookFixture.text("SM1", "bonjour")
        let other = try await SendGridKey.make()
        let batch = #"[{"event":"delivered","sg_event_id":"e1","sg_message_id":"m.filter1"}]"#
        let mail = try await fixture.mail(from: "lea@example.com", to: "in@acme.example", "bonjour", id: "1@x")
        let events = try await fixture.events(batch)
        var refused: [(Request, Int)] = [
            (text.with(body: String(decoding: text.body, as: UTF8.self).replacing("bonjour", with: "bonsoir")), 401),
            (text.with(path: text.path + "?x=1"), 401), (text.with(path: "/webhooks/twilio/status"), 401),
            (text.without("X-Twilio-Signature"), 401), (WebhookFixture.text("SM1", "bonjour", token: "wrong"), 401),
            (WebhookFixture.text("SM1", "x", account: "AC9"), 403),
            (Request(text.path, text.body, text.headers + [("X-Twilio-Signature", "AAAA")]), 401),
            // Signed over the address that the request came to, not the public one.
            (WebhookFixture.twilio("/webhooks/twilio/inbound", [], signedPath: "/x"), 401),
            (WebhookFixture.stripe(Self.paid, age: 301), 401), (WebhookFixture.stripe(Self.paid, age: -310), 401),
            (WebhookFixture.stripe(Self.paid, secret: "whsec_wrong"), 401),
            (WebhookFixture.stripe(Self.paid).with(body: Self.paid + " "), 401),
            (WebhookFixture.stripe(Self.paid).without("Stripe-Signature"), 401),
            (WebhookFixture.resend("m1", Self.delivered, age: 310), 401),
            (WebhookFixture.resend("m1", Self.delivered, age: -310), 401),
            (WebhookFixture.resend("m1", Self.delivered, secret: "whsec_AAAA"), 401),
            (WebhookFixture.resend("m1", Self.delivered).with(body: Self.delivered + " "), 401),
            (WebhookFixture.resend("m1", Self.delivered).without("svix-signature"), 401),
            (WebhookFixture.green(WebhookFixture.greenText("A1", "x"), token: "wrong"), 401),
            (WebhookFixture.green(WebhookFixture.greenText("A1", "x", instance: "7103000001")), 403),
            (WebhookFixture.green(WebhookFixture.greenText("A1", "x")).without("Authorization"), 401),
            (try WebhookFixture.liveKit(Self.room, secret: "wrong"), 401), (try WebhookFixture.liveKit(Self.room, age: 600), 401),
            (try WebhookFixture.liveKit(Self.room, age: -600), 401), (try WebhookFixture.liveKit(Self.room, hashed: "{}"), 401),
            (try WebhookFixture.liveKit(Self.room).without("Authorization"), 401),
            (events.with(body: batch + " "), 401), (events.without("X-Twilio-Email-Event-Webhook-Signature"), 401),
            (events.without("X-Twilio-Email-Event-Webhook-Timestamp"), 401),
            (try await fixture.events(batch, key: other), 401), (try await fixture.events(batch, age: 100_000), 401),
            (try await fixture.events(batch, age: -400), 401),
            (mail.with(body: String(decoding: mail.body, as: UTF8.self).replacing("bonjour", with: "bonsoir")), 401),
            (mail.without("X-Twilio-Email-Event-Webhook-Signature"), 401),
            // An account that nobody has.
            (WebhookFixture.resend("m1", Self.delivered, path: "/webhooks/resend?account=nobody"), 403),
        ]
        // The providers' own examples: genuine under these keys, and long past.
        refused.append(
            (
                Request(
                    "/webhooks/resend", #"{"test": 2432232314}"#,
                    [
                        ("svix-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"), ("svix-timestamp", "1614265330"),
                        ("svix-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
                    ]), 401
            ))
        refused.append(
            (
                Request(
                    "/webhooks/stripe", #"{"id":"evt_1","object":"event","type":"invoice.paid"}"#,
                    [
                        (
                            "Stripe-Signature",
                            "t=1700000000,v1=dfb4777aaaec4ea29ff455dd4df7fe6b2ef71096ad3a93a158db7e100109ea91"
                        )
                    ]), 401
            ))
        for (request, status) in refused {
            let reply = try await fixture.send(request)
            #expect(reply.status == status, "\(request.path) \(request.headers.map(\.0)): \(reply.text)")
        }
        #expect(try await fixture.database.count("select count(*) from relance.inbound_messages") == 0)
    }

    @Test func `an account of a tenant's is believed by its own key and speaks for itself alone`() async throws {
        let fixture = try await WebhookFixture.make(more: [
            "ACCOUNT_ACME": "acme-token,acme-former", "ACCOUNT_ACME_MAIL": "re_1",
            "ACCOUNT_ACME_MAIL_WEBHOOK": "whsec_YSBzZWNyZXQgb2YgdGhlIHRlbmFudCBhY21l",
            "ACCOUNT_OTHER": "other-token", "ACCOUNT_OTHER_GREEN_WEBHOOK": "green-other",
        ])
        let database = fixture.database
        try await database.execute(
            """
            insert into relance.provider_accounts (tenant_id, channel, provider, account, sender, secret_ref) values
                ('acme', 'sms', 'twilio', 'ACacme', '+33700000001', 'ACCOUNT_ACME'),
                ('other', 'sms', 'twilio', 'ACother', '+33700000002', 'ACCOUNT_OTHER'),
                ('other', 'whatsapp', 'green_api', '7103000009', '+33700000009', 'ACCOUNT_OTHER_GREEN'),
                ('acme', 'email', 'resend', 'main', 'Acme <hello@acme.example>', 'ACCOUNT_ACME_MAIL')
            """)
        try await fixture.addLead("lead", phone: "+33639980011")
        try await fixture.addLead("lead", phone: "+33639980011", tenant: "other")
        for (sid, token, account, to, status) in [
            ("SM1", "acme-token", "ACacme", "+33700000001", 200), ("SM2", "acme-former", "ACacme", "+33700000001", 200),
            ("SM3", "other-token", "ACacme", "+33700000001", 401),
            ("SM4", WebhookFixture.twilioTokens[0], "ACacme", "+33700000001", 401),
            ("SM5", "other-token", WebhookFixture.twilioAccount, "+33700000001", 401),
            // Genuine, but about a number of somebody else's: it stays with whoever signed.
            ("SM6", "other-token", "ACother", "+33700000001", 200),
        ] {
            let reply = try await fixture.send(WebhookFixture.text(sid, to: to, "bonjour \(sid)", token: token, account: account))
            #expect(reply.status == status, "\(sid): \(reply.text)")
        }
        #expect(
            try await database.rows("select event_key, account, tenant_id, lead_id from relance.inbound_messages order by id")
                == [["SM1", "ACacme", "acme", "lead"], ["SM2", "ACacme", "acme", "lead"], ["SM6", "ACother", "other", "lead"]])
        // A STOP that is signed by one tenant's account holds for nobody else.
        let stop = WebhookFixture.text("SM7", to: "+33700000001", "STOP", token: "other-token", account: "ACother")
        #expect(try await fixture.send(stop).status == 200)
        #expect(try await database.rows("select tenant_id from relance.suppressions") == [["other"]])
        // Nor does one report about another's message.
        let attempt = try await fixture.sent(account: "ACacme")
        func report(_ sid: String, _ token: String, _ account: String) -> WebhookFixture.Request {
            WebhookFixture.twilio(
                "/webhooks/twilio/status?attempt=\(attempt)", [("MessageSid", sid), ("MessageStatus", "delivered")], token: token,
                account: account)
        }
        #expect(try await fixture.send(report("SM8", "other-token", "ACother")).status == 200)
        #expect(try await fixture.send(report("SM8", WebhookFixture.twilioTokens[0], WebhookFixture.twilioAccount)).status == 200)
        #expect(try await fixture.state(of: attempt) == "sent")
        #expect(try await fixture.send(report("SM8", "acme-token", "ACacme")).status == 200)
        #expect(try await fixture.state(of: attempt) == "delivered")
        // Green API's token is the instance's own.
        for (instance, token, status) in [
            ("7103000009", "green-other", 200), ("7103000009", WebhookFixture.greenTokens[0], 403),
            ("7103000000", "green-other", 403),
            ("7103000009", "wrong", 401),
        ] {
            let body = WebhookFixture.greenText("A-\(instance)-\(token)", "salut", instance: instance)
            #expect(try await fixture.send(WebhookFixture.green(body, token: token)).status == status, "\(instance) \(token)")
        }
        // Mail names no account: the URL that it was given does.
        let secret = "whsec_YSBzZWNyZXQgb2YgdGhlIHRlbmFudCBhY21l"
        #expect(
            try await fixture.send(
                WebhookFixture.resend("m1", Self.delivered, secret: secret, path: "/webhooks/resend?account=main")
            ).status == 200)
        #expect(try await fixture.send(WebhookFixture.resend("m2", Self.delivered, secret: secret)).status == 401)
        #expect(
            try await fixture.send(WebhookFixture.resend("m3", Self.delivered, path: "/webhooks/resend?account=main")).status
                == 401)
    }

    @Test func `a provider without a secret is not there, and wrong settings are all named`() async throws {
        let ingest = try await IngestFixture.make()
        for path in [
            "stripe", "twilio/inbound", "twilio/status", "green-api", "resend", "sendgrid/events", "sendgrid/inbound", "livekit",
        ] {
            let reply = try await ingest.send(.post, "/webhooks/\(path)", "{}", headers: ["Authorization": nil])
            #expect(reply.status == 404, "\(path)")
        }
        let process = try await ChildProcess(
            "ingest",
            environment: [
                "DATABASE_URL": "postgresql:///nowhere?host=/nowhere", "RESEND_WEBHOOK_SECRET": "whsec_!",
                "TWILIO_AUTH_TOKEN": "x",
                "SENDGRID_WEBHOOK_PUBLIC_KEY": "nonsense", "GREEN_API_WEBHOOK_TOKEN": "x", "LIVEKIT_API_SECRET": "x",
                "ADDRESS_HASH_KEY": "short",
            ])
        #expect(try await process.exit() == .status(78))
        for name in [
            "RESEND_WEBHOOK_SECRET", "TWILIO_ACCOUNT_SID", "SENDGRID_WEBHOOK_PUBLIC_KEY", "GREEN_API_ID_INSTANCE",
            "LIVEKIT_API_KEY", "ADDRESS_HASH_KEY",
        ] { #expect(process.standardError.contains(name), "\(name)") }
        #expect(!process.standardError.contains("nonsense"))
    }
}
