import Primitives
import Providers
import Testing
import Webhooks

struct ResendReadingTests {
    /// The official shapes, on which the others differ only in their type.
    static let sent =
        #"{"type":"email.sent","created_at":"2024-02-22T23:41:12.126Z","data":{"broadcast_id":"8b146471-e88e-4322-86af-016cd36fd216","created_at":"2024-02-22T23:41:11.894719+00:00","email_id":"56761188-7520-42d8-8898-ff6fc54ce618","from":"Acme <onboarding@resend.dev>","to":["delivered@resend.dev"],"subject":"Sending this example","template_id":"43f68331-0622-4e15-8202-246a0388854b","tags":{"category":"confirm_email"}}}"#
    static let bounced =
        #"{"type":"email.bounced","created_at":"2024-11-22T23:41:12.126Z","data":{"created_at":"2024-11-22T23:41:11.894719+00:00","email_id":"56761188-7520-42d8-8898-ff6fc54ce618","message_id":"<111-222-333@email.example.com>","from":"Acme <onboarding@resend.dev>","to":["delivered@resend.dev"],"subject":"Sending this example","bounce":{"diagnosticCode":["smtp; 550 5.1.1 user unknown"],"message":"The recipient's email address is on the suppression list because it has a recent history of producing hard bounces.","subType":"Suppressed","type":"Permanent"},"tags":{"category":"confirm_email"}}}"#
    static let clicked =
        #"{"type":"email.clicked","created_at":"2024-11-22T23:41:12.126Z","data":{"created_at":"2024-11-22T23:41:11.894719+00:00","email_id":"56761188-7520-42d8-8898-ff6fc54ce618","from":"Acme <onboarding@resend.dev>","to":["delivered@resend.dev"],"click":{"ipAddress":"122.115.53.11","link":"https://resend.com","timestamp":"2024-11-24T05:00:57.163Z","userAgent":"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"},"subject":"Sending this example","tags":{"category":"confirm_email"}}}"#
    static let failed =
        #"{"type":"email.failed","created_at":"2024-11-22T23:41:12.126Z","data":{"created_at":"2024-11-22T23:41:11.894719+00:00","email_id":"56761188-7520-42d8-8898-ff6fc54ce618","from":"Acme <onboarding@resend.dev>","to":["delivered@resend.dev"],"subject":"Sending this example","failed":{"reason":"reached_daily_quota"},"tags":{"category":"confirm_email"}}}"#
    static let suppressed =
        #"{"type":"email.suppressed","created_at":"2024-11-22T23:41:12.126Z","data":{"created_at":"2024-11-22T23:41:11.894719+00:00","email_id":"56761188-7520-42d8-8898-ff6fc54ce618","from":"Acme <onboarding@resend.dev>","to":["delivered@resend.dev"],"subject":"Sending this example","suppressed":{"message":"Resend has suppressed sending to this address because it is on the account-level suppression list.","type":"OnAccountSuppressionList"},"tags":{"category":"confirm_email"}}}"#
    static let received =
        #"{"type":"email.received","created_at":"2024-02-22T23:41:12.126Z","data":{"email_id":"56761188-7520-42d8-8898-ff6fc54ce618","created_at":"2024-02-22T23:41:11.894719+00:00","from":"Acme <onboarding@resend.dev>","to":["delivered@resend.dev"],"bcc":[],"cc":[],"message_id":"<example+123>","subject":"Sending this example","attachments":[{"id":"2a0c9ce0-3112-4728-976e-47ddcd16a318","filename":"avatar.png","content_type":"image/png","content_disposition":"inline","content_id":"img001"}]}}"#

    private func event(_ body: String, id: String? = "msg_1") throws -> WebhookEvent {
        try ResendWebhook.event(.json(body, id.map { [("svix-id", $0)] } ?? []), receivedAt: receivedAt)
    }

    @Test(arguments: [
        (sent, "email.sent", StatusReport.Status.accepted, String?.none, String?.none),
        (sent.replacing("email.sent", with: "email.scheduled"), "email.scheduled", .accepted, nil, nil),
        (sent.replacing("email.sent", with: "email.delivered"), "email.delivered", .delivered, nil, nil),
        (sent.replacing("email.sent", with: "email.delivery_delayed"), "email.delivery_delayed", .deferred, nil, nil),
        (sent.replacing("email.sent", with: "email.complained"), "email.complained", .complained, nil, nil),
        (sent.replacing("email.sent", with: "email.opened"), "email.opened", .opened, nil, nil),
        (clicked, "email.clicked", .clicked, nil, nil), (failed, "email.failed", .failed, "reached_daily_quota", nil),
        (suppressed, "email.suppressed", .failed, "suppressed", nil),
        (bounced, "email.bounced", .bounced, "suppressed", "550 5.1.1"),
        (bounced.replacing("Permanent", with: "Transient"), "email.bounced", .failed, "suppressed", "550 5.1.1"),
        (bounced.replacing("Permanent", with: "Undetermined"), "email.bounced", .failed, "suppressed", "550 5.1.1"),
    ]) func `each event has a meaning`(
        body: String, type: String, status: StatusReport.Status, code: String?, message: String?
    ) throws {
        let event = try event(body)
        #expect(event.key == "msg_1" && event.type == type)
        let report = try #require(event.report)
        #expect(report.status == status && report.code == code && report.message == message)
        #expect(report.providerID == "56761188-7520-42d8-8898-ff6fc54ce618" && report.attemptID == nil)
        #expect(report.occurredAt == (body.contains("2024-02-22") ? 1_708_645_272.126 : 1_732_318_872.126))
    }

    @Test func `the attempt is found in tags of either shape`() throws {
        let object = Self.sent.replacing(#""category":"#, with: #""attempt":"0198-abc","category":"#)
        let array = Self.sent.replacing(
            #"{"category":"confirm_email"}"#,
            with: #"[{"name":"category","value":"x"},{"name":"attempt","value":"0198-abc"}]"#)
        for body in [object, array] { #expect(try event(body).report?.attemptID == "0198-abc") }
        #expect(try event(object.replacing("0198-abc", with: "'; drop")).report?.attemptID == nil)
    }

    @Test func `received mail and unknown types are left`() throws {
        for body in [
            Self.received, Self.sent.replacing("email.sent", with: "contact.created"), #"{"type":"email.sent","data":{}}"#, "{}",
            "[]",
            "null", #"{"type":5}"#,
        ] {
            #expect(try event(body).content == .other)
        }
        #expect(try event(Self.received).type == "email.received")
    }

    @Test func `without an id of the delivery the body's hash is the key`() throws {
        #expect(try event(Self.sent, id: nil).key.hasPrefix("sha256:"))
        #expect(try event(Self.sent, id: nil) == event(Self.sent, id: nil))
    }

    @Test(arguments: ["0000-01-01T00:00:00Z", "yesterday", ""]) func `a time that cannot be is the time of receipt`(time: String)
        throws
    {
        #expect(try event(Self.sent.replacing("2024-02-22T23:41:12.126Z", with: time)).report?.occurredAt == 1_700_000_100)
    }

    @Test func `missing parts of a bounce are no hindrance`() throws {
        let report = try event(#"{"type":"email.bounced","data":{"email_id":"e1","bounce":7}}"#).report
        #expect(report?.status == .failed && report?.code == "bounce" && report?.occurredAt == 1_700_000_100)
    }
}
