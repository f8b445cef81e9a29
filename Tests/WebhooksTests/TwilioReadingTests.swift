import Providers
import Testing
import Webhooks

struct TwilioReadingTests {
    static let undelivered =
        "AccountSid=AC0123456789abcdef0123456789abcdef&ApiVersion=2010-04-01&ErrorCode=30003&From=%2B15557122661"
        + "&MessageSid=SM0123456789abcdef0123456789abcdef&MessageStatus=undelivered&RawDlrDoneDate=2409191030"
        + "&SmsSid=SM0123456789abcdef0123456789abcdef&SmsStatus=undelivered&To=%2B15558675310"
    static let readReceipt =
        "AccountSid=AC0123456789abcdef0123456789abcdef&ApiVersion=2010-04-01&ChannelInstallSid=XE0123456789abcdef0123456789abcdef"
        + "&ChannelPrefix=whatsapp&ChannelToAddress=%2B15552229999&EventType=READ&From=whatsapp%3A%2B15554449999"
        + "&MessageSid=SM0123456789abcdef0123456789abcdef&MessageStatus=read&SmsSid=SM0123456789abcdef0123456789abcdef"
        + "&SmsStatus=read&To=whatsapp%3A%2B15552229999"
    static let whatsapp =
        "MessageSid=SM0123456789abcdef0123456789abcdef&SmsSid=SM0123456789abcdef0123456789abcdef"
        + "&AccountSid=AC0123456789abcdef0123456789abcdef&From=whatsapp%3A%2B15552229999&To=whatsapp%3A%2B15554449999"
        + "&Body=Ol%C3%A1+%26+tchau+%3D+100%25+%E2%98%95&NumMedia=0&NumSegments=1&ProfileName=Ana+Lima&WaId=15552229999"
        + "&SmsStatus=received&ApiVersion=2010-04-01&MessageType=text&ButtonText="
    static let quickReply =
        "MessageType=interactive&Body=Confirmar&ButtonText=Confirmar&ButtonPayload=confirm%3A123&WaId=628500000000&ProfileName=Budi"
        + "&Forwarded=false&FrequentlyForwarded=false&NumMedia=0&NumSegments=1&ReferralNumMedia=0&SmsStatus=received"
        + "&OriginalRepliedMessageSid=MM5c&OriginalRepliedMessageSender=whatsapp%3A%2B14155238886"
        + "&ChannelMetadata=%7B%22type%22%3A%22whatsapp%22%2C%22data%22%3A%7B%7D%7D&MessageSid=SM1&From=whatsapp%3A%2B628500000000"
        + "&To=whatsapp%3A%2B14155238886"

    private func status(_ body: String, query: String = "?attempt=01HZXATTEMPT") throws -> WebhookEvent {
        try TwilioWebhook.status(
            WebhookRequest(WebhookRequest.form, body, url: "https://hooks.example.test/status" + query), receivedAt: receivedAt)
    }

    private func inbound(_ body: String) throws -> WebhookEvent {
        try TwilioWebhook.inbound(WebhookRequest(WebhookRequest.form, body), receivedAt: receivedAt)
    }

    @Test func `an undelivered message is failed, with its code and attempt`() throws {
        let event = try status(Self.undelivered)
        #expect(event.key == "SM0123456789abcdef0123456789abcdef:undelivered")
        #expect(event.type == "undelivered")
        #expect(
            event.report
                == StatusReport(
                    provider: .twilio, providerID: "SM0123456789abcdef0123456789abcdef", attemptID: "01HZXATTEMPT",
                    status: .failed,
                    code: "30003", occurredAt: 1_700_000_100))
    }

    @Test func `a read receipt is read`() throws {
        let event = try status(Self.readReceipt, query: "")
        #expect(event.report?.status == .read)
        #expect(event.report?.attemptID == nil)
        #expect(event.report?.code == nil)
    }

    @Test(arguments: [
        ("queued", StatusReport.Status.accepted), ("accepted", .accepted), ("scheduled", .accepted), ("sending", .accepted),
        ("sent", .sent), ("delivered", .delivered), ("read", .read), ("failed", .failed), ("undelivered", .failed),
        ("canceled", .failed), ("Delivered", .delivered),
    ]) func `each status has a meaning`(name: String, status: StatusReport.Status) throws {
        #expect(try self.status("MessageSid=SM1&MessageStatus=\(name)").report?.status == status)
    }

    @Test(arguments: [
        ("21610", StatusReport.Status.optedOut), ("63033", .optedOut), ("30007", .failed), ("abc", .failed), ("-1", .failed),
    ])
    func `an opt-out is told from other failures`(code: String, status: StatusReport.Status) throws {
        let report = try self.status("MessageSid=SM1&MessageStatus=failed&ErrorCode=\(code)").report
        #expect(report?.status == status)
        #expect(report?.code == (Int(code).map { $0 > 0 } == true ? code : "failed"))
    }

    @Test(arguments: ["received", "receiving", "teleported"]) func `an unknown status is left`(name: String) throws {
        let event = try status("MessageSid=SM1&MessageStatus=\(name)")
        #expect(event.content == .other)
        #expect(event.key == "SM1:\(name)")
    }

    @Test(arguments: [
        "?attempt=a%20b", "?attempt=", "?attempt=%00", "?attempt=" + String(repeating: "a", count: 65), "?x=%zz&attempt=a",
        "#attempt=a",
    ])
    func `an attempt that we cannot have given is none`(query: String) throws {
        #expect(try status(Self.undelivered, query: query).report?.attemptID == nil)
    }

    @Test func `a WhatsApp message names sender, recipient, name and text`() throws {
        let event = try inbound(Self.whatsapp)
        let message = try #require(event.message)
        #expect(event.key == "SM0123456789abcdef0123456789abcdef")
        #expect(event.type == "text")
        #expect(message.provider == .twilio && message.channel == .whatsapp)
        #expect(message.sender == "+15552229999" && message.senderPhone == "+15552229999")
        #expect(message.recipient == "+15554449999")
        #expect(message.account == "AC0123456789abcdef0123456789abcdef")
        #expect(message.text == "Olá & tchau = 100% ☕")
        #expect(message.profileName == "Ana Lima" && message.mediaCount == 0 && message.buttonPayload == nil)
        #expect(message.occurredAt == 1_700_000_100 && message.optOut == nil && !message.isAnswered)
    }

    @Test func `a pressed button brings its payload`() throws {
        let event = try inbound(Self.quickReply)
        #expect(event.type == "interactive")
        #expect(event.message?.buttonPayload == "confirm:123")
        #expect(event.message?.text == "Confirmar")
    }

    @Test func `a text message with pictures and no body is one`() throws {
        let message = try inbound("MessageSid=MM1&From=%2B33639980001&To=%2B33700000001&Body=&NumMedia=3").message
        #expect(message?.channel == .sms)
        #expect(message?.text == "" && message?.mediaCount == 3)
    }

    @Test func `short codes and hidden numbers are no telephone numbers`() throws {
        #expect(try inbound("MessageSid=SM1&From=38000&Body=x").message?.senderPhone == nil)
        let hidden = try inbound("MessageSid=SM1&From=whatsapp%3AID.abc&Body=x").message
        #expect(hidden?.sender == "whatsapp:ID.abc" && hidden?.senderPhone == nil)
        #expect(try inbound("MessageSid=SM1&From=rcs%3A%2B33639980001&Body=x").message?.sender == "+33639980001")
    }

    @Test(arguments: [("STOP", OptOutWord?.some(.optOut)), ("START", .optIn), ("HELP", nil)])
    func `what Twilio has answered is not answered again`(type: String, expected: OptOutWord?) throws {
        let message = try inbound("MessageSid=SM1&From=%2B33639980001&Body=Basta&OptOutType=\(type)").message
        #expect(message?.optOut == expected)
        #expect(message?.isAnswered == true)
    }

    @Test func `a body of ARRÊT opts out`() throws {
        #expect(try inbound("MessageSid=SM1&From=%2B33639980001&Body=Arr%C3%AAt+%21").message?.optOut == .optOut)
        #expect(try inbound("MessageSid=SM1&From=%2B33639980001&Body=YES").message?.optOut == nil)
    }

    @Test func `parameters of a GET stand in its query`() throws {
        let request = WebhookRequest(method: "GET", url: "https://h.test/x?MessageSid=SM9&From=%2B33639980001&Body=hi")
        #expect(try TwilioWebhook.inbound(request, receivedAt: receivedAt).message?.text == "hi")
    }

    @Test func `without an id the body's hash is the key, and nothing is believed`() throws {
        let event = try inbound("From=%2B33639980001&Body=hi")
        #expect(event.key.hasPrefix("sha256:") && event.content == .other)
        #expect(try inbound("From=%2B33639980001&Body=hi").key == event.key)
        #expect(throws: WebhookError.unreadable) { try inbound("Body=%") }
    }
}
