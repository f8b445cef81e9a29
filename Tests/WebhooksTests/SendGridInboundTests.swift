import Primitives
import Testing
import Webhooks

struct SendGridInboundTests {
    static let fields: [(String, String)] = [
        (
            "headers",
            "Received: by mx0047p1mdw1.sendgrid.net with SMTP\nMIME-Version: 1.0\nMessage-ID:\n <CAN_P6X@mail.example.com>\nSubject: Re: Rendez-vous\n"
        ),
        ("dkim", "{@example.com : pass}"), ("content-ids", "{}"), ("to", "Acme <inbound@inbound.example.com>"), ("cc", ""),
        ("from", "\"Ana Lima\" <ana@example.com>"), ("subject", "Re: Rendez-vous"), ("text", "Olá, à demain\n"),
        ("html", "<p>Olá</p>"), ("sender_ip", "192.0.2.7"),
        ("envelope", #"{"to":["Inbound@inbound.example.com"],"from":"Ana@Example.com"}"#), ("attachments", "2"),
        ("attachment-info", #"{"attachment1":{"filename":"a.png","name":"a.png","type":"image/png"}}"#),
        ("charsets", #"{"to":"UTF-8","html":"UTF-8","subject":"UTF-8","from":"UTF-8","text":"UTF-8"}"#), ("SPF", "pass"),
        ("spam_score", "0.1"),
    ]

    private func read(_ changes: [String: String?] = [:]) throws -> WebhookEvent {
        let fields = Self.fields.compactMap { name, value in (changes[name] ?? value).map { (name, $0) } }
        return try SendGridInbound.message(WebhookRequest.multipart(fields, files: 2), receivedAt: receivedAt)
    }

    @Test func `a mail is read by its envelope`() throws {
        let event = try read()
        let message = try #require(event.message)
        #expect(event.key.hasPrefix("sha256:") && event.type == "inbound")
        #expect(message.channel == .email && message.sender == "ana@example.com")
        #expect(message.recipient == "inbound@inbound.example.com")
        #expect(message.text == "Olá, à demain\n" && message.subject == "Re: Rendez-vous")
        #expect(message.mediaCount == 2 && message.profileName == "Ana Lima")
        #expect(message.providerID == "<CAN_P6X@mail.example.com>" && !message.isAutomatic && message.optOut == nil)
    }

    @Test func `a repetition has the same key, another mail or recipient another`() throws {
        let key = try read().key
        #expect(try read(["spam_score": "5", "sender_ip": "192.0.2.8"]).key == key)
        #expect(try read(["headers": "Message-ID: <other>"]).key != key)
        #expect(try read(["envelope": #"{"to":["b@inbound.example.com"],"from":"ana@example.com"}"#]).key != key)
        #expect(try read(["headers": ""]).key != read(["headers": "", "text": "x"]).key)
    }

    @Test(arguments: [
        "Auto-Submitted: auto-replied", "auto-submitted: Auto-Generated", "Precedence: bulk", "Precedence: auto_reply",
        "X-Autoreply: yes",
        "List-Id: <x>",
    ]) func `what a machine wrote is told`(header: String) throws {
        #expect(try read(["headers": header + "\nSubject: x"]).message?.isAutomatic == true)
        #expect(try read(["headers": "Auto-Submitted: no"]).message?.isAutomatic == false)
    }

    @Test func `a bounce without sender and a mail without envelope are nobody's`() throws {
        for envelope in [#"{"to":["a@b.c"],"from":""}"#, "", "{}", "{", #"{"from":["x"]}"#, #"{"from":"no address"}"#] {
            #expect(try read(["envelope": envelope]).content == .other)
        }
    }

    @Test func `a word opts out as the text, or as the subject of an empty one`() throws {
        #expect(try read(["text": "STOP\n"]).message?.optOut == .optOut)
        #expect(try read(["text": " \r\n", "subject": "unsubscribe"]).message?.optOut == .optOut)
        #expect(try read(["text": "bonjour", "subject": "unsubscribe"]).message?.optOut == nil)
    }

    @Test func `text that is not UTF-8 is read as Latin-1`() throws {
        var request = WebhookRequest.multipart([("envelope", #"{"to":[],"from":"a@b.c"}"#), ("text", "@@")])
        let at = try #require(request.body.firstRange(of: Array("@@".utf8)))
        request.body.replaceSubrange(at, with: [0xE9, 0x00])
        #expect(try SendGridInbound.message(request, receivedAt: receivedAt).message?.text == "é")
    }

    @Test func `what is no form, or breaks off, is unreadable`() throws {
        let good = WebhookRequest.multipart(Self.fields, files: 1)
        try #require(try SendGridInbound.message(good, receivedAt: receivedAt).message != nil)
        var cut = good
        cut.body.removeLast(5)
        var bad = [cut, WebhookRequest.json("{}"), WebhookRequest("multipart/form-data", ""), WebhookRequest.multipart([])]
        bad.append(WebhookRequest.multipart(Self.fields, boundary: String(repeating: "b", count: 71)))
        bad.append(WebhookRequest.multipart((0..<600).map { ("f\($0)", "x") }))
        bad[3].body = []
        for request in bad {
            #expect(throws: WebhookError.unreadable) { try SendGridInbound.message(request, receivedAt: receivedAt) }
        }
    }
}
