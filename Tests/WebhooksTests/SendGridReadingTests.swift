import Providers
import Testing
import Webhooks

struct SendGridReadingTests {
    /// The official samples, and one blocked.
    static let events = #"""
        [{"email":"alex@example.com","timestamp":1513299569,"pool":{"name":"new_MY_test","id":210},"smtp-id":"<14c5d75ce93.dfd.64b469@ismtpd-555>","event":"processed","category":"cat facts","sg_event_id":"rbtnWrG1DVDGGGFHFyun0A==","sg_message_id":"14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.000000000000000000000","relance_attempt":"job_01"},
        {"email":"alex@example.com","domain":"example.com","from":"test@example.com","timestamp":1513299569,"smtp-id":"<14c5d75ce93.dfd.64b469@ismtpd-555>","event":"deferred","category":"cat facts","sg_event_id":"t7LEShmowp86DTdUW8M-GQ==","sg_message_id":"14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0","response":"400 try again later","attempt":"5"},
        {"email":"alex@example.com","timestamp":1513299569,"smtp-id":"<14c5d75ce93.dfd.64b469@ismtpd-555>","event":"delivered","category":"cat facts","sg_event_id":"rWVYmVk90MjZJ9iohOBa3w==","sg_message_id":"14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0","response":"250 OK","ip":"192.0.2.1","tls":1},
        {"email":"alex@example.com","timestamp":1513299569,"smtp-id":"<14c5d75ce93.dfd.64b469@ismtpd-555>","bounce_classification":"Invalid Address","event":"bounce","category":"cat facts","sg_event_id":"6g4ZI7SA-xmRDv57GoPIPw==","sg_message_id":"14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0","reason":"500 unknown recipient","status":"5.0.0","type":"bounce"},
        {"email":"alex@example.com","timestamp":1513299569,"smtp-id":"<14c5d75ce93.dfd.64b469@ismtpd-555>","event":"bounce","type":"blocked","bounce_classification":"Reputation","sg_event_id":"6g4ZI7SA-xmRDv57GoPIPx==","sg_message_id":"14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0","reason":"421 try later","status":"4.0.0"},
        {"email":"alex@example.com","timestamp":1513299569,"smtp-id":"<14c5d75ce93.dfd.64b469@ismtpd-555>","event":"dropped","category":"cat facts","sg_event_id":"zmzJhfJgAfUSOW80yEbPyw==","sg_message_id":"14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0","reason":"Bounced Address","status":"5.0.0"},
        {"email":"alex@example.com","timestamp":1513299569,"event":"open","sg_machine_open":false,"category":"cat facts","sg_event_id":"FOTFFO0ecsBE-zxFXfs6WA==","sg_message_id":"14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0","useragent":"Mozilla/4.0","ip":"255.255.255.255"},
        {"sg_event_id":"click_1","sg_message_id":"m1","ip":"255.255.255.255","useragent":"Mozilla/5.0","event":"click","email":"email@example.com","timestamp":1249948800,"url":"http://example.com/blog/news.html","url_offset":{"index":0,"type":"html"},"category":["category1","category2"],"asm_group_id":1},
        {"email":"alex@example.com","timestamp":1513299569,"smtp-id":"<14c5d75ce93.dfd.64b469@ismtpd-555>","event":"spamreport","sg_event_id":"37nvH5QBz858KGVYCM4uOA==","sg_message_id":"14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0"},
        {"email":"alex@example.com","timestamp":1513299569,"event":"unsubscribe","category":"cat facts","sg_event_id":"zz_BjPgU_5pS-J8vlfB1sg==","sg_message_id":"14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0"},
        {"email":"alex@example.com","timestamp":1513299569,"event":"group_unsubscribe","sg_event_id":"ahSCB7xYcXFb-hEaawsPRw==","sg_message_id":"14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0","useragent":"Mozilla/4.0","ip":"255.255.255.255","url":"http://www.example.com/","asm_group_id":10},
        {"email":"alex@example.com","timestamp":1513299569,"event":"group_resubscribe","sg_event_id":"w_u0vJhLT-OFfprar5N93g==","sg_message_id":"14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0","asm_group_id":10},
        {"event":"account_status_change","sg_event_id":"MjEzNTg5OTcyOC10ZXJtaW5hdGUtMTcwNzg1MTUzMQ","timestamp":1709142428,"type":"compliance_suspend"}]
        """#

    private func read(_ body: String) throws -> [WebhookEvent] {
        try SendGridWebhook.events(.json(body), receivedAt: receivedAt)
    }

    private func report(_ members: String) throws -> StatusReport? {
        try read(#"[{"sg_event_id":"e1","sg_message_id":"m1",\#(members)}]"#).first?.report
    }

    @Test func `every event of the official samples is read, each under its own key`() throws {
        let events = try read(Self.events)
        #expect(events.count == 13)
        #expect(Set(events.map(\.key)).count == 13)
        #expect(events[0].key == "rbtnWrG1DVDGGGFHFyun0A==")
        #expect(
            events.map { $0.report?.status } == [
                .accepted, .deferred, .delivered, .bounced, .failed, .bounced, .opened, .clicked, .complained, .unsubscribed,
                .unsubscribed, nil, nil,
            ])
        #expect(
            events.prefix(6).map { $0.report?.code } == [
                nil, "deferred", nil, "invalid_address", "reputation", "dropped_bounced_address",
            ])
        #expect(events.prefix(6).map { $0.report?.message } == [nil, "400", nil, "500", "421", nil])
        #expect(events[0].report?.attemptID == "job_01")
        #expect(events[1].report?.attemptID == nil, "`attempt` is SendGrid's own count")
        #expect(events[0].report?.providerID == "14c5d75ce93.dfd.64b469")
        #expect(events[7].report?.providerID == "m1" && events[7].report?.occurredAt == 1_249_948_800)
        #expect(events[12].type == "account_status_change")
    }

    @Test func `an asynchronous bounce is known by its attempt alone`() throws {
        let body =
            #"[{"event":"bounce","type":"bounce","sg_event_id":"e","relance_attempt":"a1","reason":"550 5.1.1 <a@b.c> gone"}]"#
        let report = try #require(try read(body).first?.report)
        #expect(report.providerID == nil && report.attemptID == "a1" && report.status == .bounced)
        #expect(report.message == "550 5.1.1" && report.occurredAt == 1_700_000_100)
        #expect(try read(#"[{"event":"bounce","sg_event_id":"e"}]"#).first?.content == .other)
    }

    @Test(arguments: [
        ("LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0", "LRzXl_NHStOGhQ4kofSm_A"),
        (" 14c5d75ce93.dfd.64b469.filter0001.1", "14c5d75ce93.dfd.64b469"), ("abc.recvd-canary-1.0", "abc"), ("abc.def", "abc"),
    ]) func `the message's id is what the send had been answered with`(given: String, expected: String) throws {
        #expect(try read(#"[{"event":"delivered","sg_message_id":"\#(given)"}]"#).first?.report?.providerID == expected)
    }

    @Test(arguments: [
        ("Bounced Address", StatusReport.Status.bounced), ("Invalid", .bounced), ("Unsubscribed Address", .failed),
        ("Spam Reporting Address", .failed), ("Spam Content", .failed), ("Recipient List over Package Quota", .failed),
        ("Invalid SMTPAPI header", .failed),
    ]) func `what was dropped will not arrive, and only a dead mailbox condemns the address`(
        reason: String, status: StatusReport.Status
    ) throws {
        #expect(try report(#""event":"dropped","reason":"\#(reason)""#)?.status == status)
    }

    @Test func `a machine that loads the pictures has not read the mail`() throws {
        #expect(try report(#""event":"open","sg_machine_open":true"#) == nil)
    }

    @Test func `elements that are no events are passed over, the others read`() throws {
        let events = try read(#"[1,null,[],"x",{"event":"delivered","sg_event_id":"e","sg_message_id":"m"},{}]"#)
        #expect(events.map(\.type) == ["delivered", "unknown"])
        #expect(events[1].key.hasSuffix(":5"))
        #expect(try read("[]").isEmpty)
        for body in ["{}", "null", "", "[", "[{]"] { #expect(throws: WebhookError.unreadable) { try read(body) } }
    }
}
