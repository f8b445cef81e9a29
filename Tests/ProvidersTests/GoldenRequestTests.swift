private import Primitives
internal import FoundationEssentials
internal import HTTPClient
internal import Providers
internal import Testing

/// The requests of the providers page, §5: JSON compared by meaning, forms as decoded pairs in order.
struct GoldenRequestTests {
    @Test func `Resend gets the golden request`() throws {
        let resend = Resend(apiKey: Secret("re_123456789"), attemptTag: "job")
        let request = resend.httpRequest(
            for: resend.prepare(
                OutgoingEmail(
                    attemptID: "job_01HZX", idempotencyKey: "t1/email/job_01HZX",
                    from: .init("orders@acme.test", name: "Acme"), to: .init("ana@example.test"), subject: "Olá",
                    html: "<p>Olá</p>", text: "Olá", replyTo: .init("support@acme.test"),
                    headers: [.init("X-Entity-Ref-ID", "job_01HZX")], tags: [.init("tenant", "t1")],
                    attachments: [.init(filename: "a.txt", contentType: "text/plain", content: Array("hello".utf8))])))
        #expect(request.method == .post)
        #expect(request.url == "https://api.resend.com/emails")
        #expect(request.headers["authorization"] == "Bearer re_123456789")
        #expect(request.headers["accept"] == "application/json")
        #expect(request.headers["content-type"] == "application/json")
        #expect(request.headers["idempotency-key"] == "t1/email/job_01HZX")
        let golden = #"""
            {"from":"Acme <orders@acme.test>","to":["ana@example.test"],"subject":"Olá","html":"<p>Olá</p>","text":"Olá","reply_to":["support@acme.test"],"headers":{"X-Entity-Ref-ID":"job_01HZX"},"tags":[{"name":"tenant","value":"t1"},{"name":"job","value":"job_01HZX"}],"attachments":[{"filename":"a.txt","content":"aGVsbG8=","content_type":"text/plain"}]}
            """#
        #expect(try JSON(request.body) == JSON(Array(golden.utf8)))
        #expect(request.body.count == 348)
    }

    @Test func `SendGrid gets the golden request`() throws {
        let sendGrid = SendGrid(apiKey: Secret("SG.test.key"), attemptArgument: "job_id")
        let request = sendGrid.httpRequest(
            for: sendGrid.prepare(
                OutgoingEmail(
                    attemptID: "job_01HZX", from: .init("orders@acme.test", name: "Acme"),
                    to: .init("ana@example.test", name: "Ana"), subject: "Olá", html: "<p>Olá</p>", text: "Olá",
                    replyTo: .init("support@acme.test", name: "Support"), tags: [.init("tenant", "t1")],
                    categories: ["tenant-t1"],
                    attachments: [.init(filename: "a.txt", contentType: "text/plain", content: Array("hello".utf8))])))
        #expect(request.url == "https://api.sendgrid.com/v3/mail/send")
        #expect(request.headers["Authorization"] == "Bearer SG.test.key")
        #expect(request.headers["Accept"] == "application/json")
        #expect(request.headers["Content-Type"] == "application/json")
        #expect(request.headers["Idempotency-Key"] == nil)
        let golden = #"""
            {"personalizations":[{"to":[{"email":"ana@example.test","name":"Ana"}],"custom_args":{"job_id":"job_01HZX","tenant":"t1"}}],"from":{"email":"orders@acme.test","name":"Acme"},"reply_to":{"email":"support@acme.test","name":"Support"},"subject":"Olá","content":[{"type":"text/plain","value":"Olá"},{"type":"text/html","value":"<p>Olá</p>"}],"attachments":[{"content":"aGVsbG8=","type":"text/plain","filename":"a.txt","disposition":"attachment"}],"categories":["tenant-t1"],"tracking_settings":{"click_tracking":{"enable":false,"enable_text":false},"open_tracking":{"enable":false}}}
            """#
        #expect(try JSON(request.body) == JSON(Array(golden.utf8)))
        #expect(request.body.count == 582)
    }

    private static let account = "AC0123456789abcdef0123456789abcdef"
    private static let twilio = Twilio(accountSID: account, secret: Secret("auth_token_0123456789abcdef0123"))

    @Test func `Twilio gets the golden WhatsApp text`() {
        let request = Self.twilio.httpRequest(
            for: Self.twilio.prepare(
                OutgoingText(
                    attemptID: "01HZXATTEMPT", channel: .whatsapp, from: "+15554449999", to: "+15552229999",
                    content: .text("Olá & tchau"),
                    statusCallback: "https://hooks.example.test/v1/ingest/twilio/acct_1/status")))
        #expect(request.url == "https://api.twilio.com/2010-04-01/Accounts/\(Self.account)/Messages.json")
        #expect(
            request.headers["Authorization"]
                == "Basic QUMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjphdXRoX3Rva2VuXzAxMjM0NTY3ODlhYmNkZWYwMTIz")
        #expect(request.headers["Accept"] == "application/json")
        #expect(request.headers["Content-Type"] == "application/x-www-form-urlencoded")
        let golden =
            "To=whatsapp%3A%2B15552229999&From=whatsapp%3A%2B15554449999&Body=Ol%C3%A1+%26+tchau"
            + "&StatusCallback=https%3A%2F%2Fhooks.example.test%2Fv1%2Fingest%2Ftwilio%2Facct_1%2Fstatus%3Fattempt%3D01HZXATTEMPT"
        #expect(String(decoding: request.body, as: UTF8.self) == golden)
        #expect(request.body.count == 197)
    }

    @Test func `Twilio gets the golden template, the variables compared as JSON`() throws {
        let prepared = Self.twilio.prepare(
            OutgoingText(
                attemptID: "a", channel: .sms, from: "MG0123456789abcdef0123456789abcdef", to: "+15558675310",
                content: .template(contentSID: "HX0123456789abcdef0123456789abcdef", variables: ["2": "10:30", "1": "Ana"]),
                validFor: .seconds(3600), mayReplaceCharacters: true))
        let golden =
            "To=%2B15558675310&ValidityPeriod=3600&SmartEncoded=true"
            + "&ContentVariables=%7B%221%22%3A%22Ana%22%2C%222%22%3A%2210%3A30%22%7D"
            + "&MessagingServiceSid=MG0123456789abcdef0123456789abcdef&ContentSid=HX0123456789abcdef0123456789abcdef"
        #expect(prepared.body == golden)
    }

    @Test func `Green API gets the golden request, its token nowhere but in the URL that is sent`() throws {
        let token = "d75b3a66374942c5b3c019c698abc2067e151558acbd412345"
        let green = GreenAPI(instanceID: "7103000000", token: Secret(token))
        let prepared = green.prepare(
            OutgoingText(
                attemptID: "a", channel: .whatsapp, from: "", to: "+15552229999", content: .text("Olá & tchau"),
                statusCallback: "https://hooks.example.test/status"))
        let request = green.httpRequest(for: prepared)
        #expect(request.method == .post)
        #expect(request.url == "https://api.green-api.com/waInstance7103000000/sendMessage/\(token)")
        #expect(request.headers["Content-Type"] == "application/json")
        #expect(request.headers["Authorization"] == nil)
        let golden = #"{"chatId":"15552229999@c.us","message":"Olá & tchau","linkPreview":false}"#
        #expect(String(decoding: request.body, as: UTF8.self) == golden)
        #expect(request.body.count == 74)
        #expect(prepared.endpoint == "/waInstance7103000000/sendMessage")
    }
}

/// Any JSON, comparable: objects without order, arrays with.
enum JSON: Decodable, Equatable {
    case null, bool(Bool), number(Double), text(String), array([JSON]), object([String: JSON])

    init(_ bytes: [UInt8]) throws {
        self = try JSONDecoder().decode(JSON.self, from: Data(bytes))
    }

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        self =
            if value.decodeNil() {
                .null
            } else if let bool = try? value.decode(Bool.self) {
                .bool(bool)
            } else if let number = try? value.decode(Double.self) {
                .number(number)
            } else if let text = try? value.decode(String.self) {
                .text(text)
            } else if let array = try? value.decode([JSON].self) {
                .array(array)
            } else { .object(try value.decode([String: JSON].self)) }
    }

    subscript(name: String) -> JSON? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    var array: [JSON] {
        if case .array(let elements) = self { elements } else { [] }
    }

    var number: Int? {
        if case .number(let number) = self { Int(number) } else { nil }
    }
}
