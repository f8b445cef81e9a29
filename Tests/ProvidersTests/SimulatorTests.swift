private import Primitives
internal import Foundation
internal import HTTPClient
internal import Providers
internal import Testing

/// The providers against the simulator, over the wire: what is accepted, refused and remembered.
struct SimulatorTests {
    private static func mail(_ to: String = "ana@example.test", _ change: (inout OutgoingEmail) -> Void = { _ in })
        -> OutgoingEmail
    {
        var mail = OutgoingEmail(
            attemptID: "01HZXATTEMPT", idempotencyKey: "t1/key", from: .init("orders@acme.test", name: "Acme"),
            to: .init(to, name: "Ana"), subject: "Olá", html: "<p>Olá</p>", text: "Olá", tags: [.init("tenant", "t1")],
            categories: ["tenant-t1"], attachments: [.init(filename: "a.ics", contentType: "text/calendar", content: [1, 2, 3])])
        change(&mail)
        return mail
    }

    private static func text(_ to: String = "+15558675310", _ change: (inout OutgoingText) -> Void = { _ in }) -> OutgoingText {
        var text = OutgoingText(
            attemptID: "01HZXATTEMPT", channel: .sms, from: "+15557122661", to: to, content: .text("Olá"),
            statusCallback: "https://hooks.example.test/status")
        change(&text)
        return text
    }

    private static func isAccepted(_ answer: ProviderAnswer) -> Bool {
        if case .accepted = answer { true } else { false }
    }

    @Test func `each provider accepts what it is sent, and the effect names the attempt`() async throws {
        let simulator = try SimulatorProcess()
        let sent = [
            await simulator.resend.send(simulator.resend.prepare(Self.mail()), over: simulator.client),
            await simulator.sendGrid.send(simulator.sendGrid.prepare(Self.mail()), over: simulator.client),
            await simulator.twilio.send(simulator.twilio.prepare(Self.text()), over: simulator.client),
            await simulator.twilio.send(simulator.twilio.prepare(Self.whatsApp), over: simulator.client),
            await simulator.greenAPI.send(simulator.greenAPI.prepare(Self.whatsApp), over: simulator.client),
        ]
        #expect(sent.allSatisfy { Self.isAccepted($0.answer) }, "\(sent)")
        #expect(sent[0].rateHint == RateHint(limit: 1_000_000, remaining: 999_999, resetsAfter: .seconds(1)))
        let effects = try await simulator.effects()
        #expect(effects.map { $0["provider"]?.text } == ["resend", "sendgrid", "twilio", "twilio", "green_api"])
        #expect(effects[0]["arguments"]?["attempt"]?.text == "01HZXATTEMPT")
        #expect(effects[0]["key"]?.text == "t1/key")
        #expect(effects[1]["arguments"]?["relance_attempt"]?.text == "01HZXATTEMPT")
        #expect(effects[2]["key"]?.text == "01HZXATTEMPT")
        #expect(effects[3]["to"]?.text == "whatsapp:+15558675310")
        #expect(effects[4]["to"]?.text == "15558675310@c.us")
    }

    @Test func `a large mail is taken whole, and under its key again`() async throws {
        let simulator = try SimulatorProcess()
        let mail = Self.mail {
            $0.html = String(repeating: #"<p class="x">\ é</p>"#, count: 5000)
            $0.attachments = [
                .init(filename: "a.pdf", contentType: "application/pdf", content: [UInt8](repeating: 7, count: 3 << 20))
            ]
        }
        let prepared = simulator.resend.prepare(mail)
        let first = await simulator.resend.send(prepared, over: simulator.client).answer
        #expect(Self.isAccepted(first))
        #expect(await simulator.resend.send(prepared, over: simulator.client).answer == first)
        #expect(Self.isAccepted(await simulator.sendGrid.send(simulator.sendGrid.prepare(mail), over: simulator.client).answer))
        #expect(try await simulator.effects().count == 2)
    }

    @Test func `Resend sends a key once and refuses other bytes under it`() async throws {
        let simulator = try SimulatorProcess()
        let resend = simulator.resend
        let prepared = resend.prepare(Self.mail())
        let first = await resend.send(prepared, over: simulator.client).answer
        #expect(await resend.send(prepared, over: simulator.client).answer == first)
        let other = resend.prepare(Self.mail { $0.subject = "other" })
        guard case .unknown(let uncertainty) = await resend.send(other, over: simulator.client).answer else {
            return #expect(Bool(false), "other bytes were not refused")
        }
        #expect(uncertainty.code == "invalid_idempotent_request")
        #expect(!uncertainty.replayIsSafe)
        #expect(try await simulator.effects().count == 1)
    }

    @Test(arguments: [
        ("to", "not an address"), ("subject", ""), ("from", "a@unverified.test"), ("key", ""),
        ("to", "a+sim-429-rate_limit_exceeded@b.test"),
        ("to", "a+sim-422-validation_error@b.test"),
    ])
    func `bad mail is refused by Resend, and nothing is sent`(field: String, value: String) async throws {
        let simulator = try SimulatorProcess()
        let prepared = simulator.resend.prepare(
            Self.mail {
                switch field {
                case "to": $0.to = .init(value)
                case "subject": $0.subject = value
                case "from": $0.from = .init(value)
                default: $0.idempotencyKey = value
                }
            })
        guard case .refused = await simulator.resend.send(prepared, over: simulator.client).answer else {
            return #expect(Bool(false), "it was not refused")
        }
        #expect(try await simulator.effects().isEmpty)
    }

    @Test(arguments: [
        (#"{"personalizations":[]}"#, 400), (#"[]"#, 400),
        (mailJSON(content: #"[{"type":"text/html","value":"h"},{"type":"text/plain","value":"t"}]"#), 400),
        (mailJSON(content: #"[{"type":"text/plain","value":""}]"#), 400), (mailJSON(arguments: #"{"n":1}"#), 400),
        (mailJSON(), 202),
    ])
    func `SendGrid's rules hold`(body: String, status: Int) async throws {
        let simulator = try SimulatorProcess()
        let prepared = PreparedRequest(
            provider: .sendgrid, endpoint: "/v3/mail/send", contentType: "application/json", body: body)
        #expect(try await simulator.client.send(simulator.sendGrid.httpRequest(for: prepared)).status == status)
    }

    private static func mailJSON(content: String = #"[{"type":"text/plain","value":"t"}]"#, arguments: String = "{}") -> String {
        #"{"personalizations":[{"to":[{"email":"a@b.test"}],"custom_args":\#(arguments)}],"from":{"email":"c@d.test"},"subject":"s","content":\#(content)}"#
    }

    @Test(arguments: [
        ("To=15558675310&From=%2B15557122661&Body=x", 21211), ("From=%2B15557122661&Body=x", 21604),
        ("To=%2B15558675310&Body=x", 21603),
        ("To=+15558675310&From=%2B15557122661&Body=x", 21211), ("To=%2B15558675310&From=%2B15557122661", 21602),
        ("To=%2B15558675310&From=whatsapp%3A%2B15557122661&Body=x", 21910),
        ("To=%2B15005550001&From=%2B15557122661&Body=x", 21211),
        ("To=%2B15005550007&From=%2B15557122661&Body=x", 21612), ("To=%2B100021610&From=%2B15557122661&Body=x", 21610),
        ("To=%2B15558675310&From=%2B15557122661&Body=x&StatusCallback=https%3A%2F%2Fa_b.test", 21609),
        ("To=%2B15558675310&MessagingServiceSid=MG1&Body=x", 21705), ("To=%2B15558675310&From=%2B1&Body=x%", 21604),
        ("To=%2B15558675310&From=%2B15557122661&Body=" + String(repeating: "x", count: 1601), 21617),
        ("To=%2B15558675310&From=%2B15557122661&Body=x&ContentVariables=%7B%7D", 21654),
    ])
    func `Twilio's rules hold`(form: String, code: Int) async throws {
        let simulator = try SimulatorProcess()
        let valid = simulator.twilio.prepare(Self.text())
        var prepared = valid
        prepared.body = form
        let response = try await simulator.client.send(simulator.twilio.httpRequest(for: prepared))
        #expect(response.status == 400)
        #expect(try JSON(response.body)["code"]?.number == code)
        #expect(try await simulator.effects().isEmpty)
    }

    @Test func `wrong credentials stop the channel`() async throws {
        let simulator = try SimulatorProcess()
        let resend = Resend(apiKey: Secret("re_invalid"), endpoint: simulator.endpoint("resend"))
        let sendGrid = SendGrid(apiKey: Secret("no"), endpoint: simulator.endpoint("sendgrid"))
        let twilio = Twilio(
            accountSID: "AC0123456789abcdef0123456789abcdef", secret: Secret("invalid"), endpoint: simulator.endpoint("twilio"))
        for answer in [
            await resend.send(resend.prepare(Self.mail()), over: simulator.client).answer,
            await sendGrid.send(sendGrid.prepare(Self.mail()), over: simulator.client).answer,
            await twilio.send(twilio.prepare(Self.text()), over: simulator.client).answer,
        ] {
            guard case .refused(let refusal) = answer else { return #expect(Bool(false), "\(answer)") }
            #expect(refusal.kind == .configuration)
        }
    }

    @Test func `a lost text is found again by its numbers`() async throws {
        let simulator = try SimulatorProcess()
        let twilio = simulator.twilio
        try await simulator.setFaults(#"[{"provider":"twilio","kind":"reset_after_accept","count":1}]"#)
        guard case .unknown = await twilio.send(twilio.prepare(Self.text()), over: simulator.client).answer else {
            return #expect(Bool(false), "a reset is no answer")
        }
        _ = await twilio.send(twilio.prepare(Self.text("+15558675311")), over: simulator.client)
        let lost = LostRequest(twilio.prepare(Self.text()), sentAt: Int(Date().timeIntervalSince1970))
        let id = try #require(try await simulator.effects().first?["id"]?.text)
        #expect(await twilio.lookUp(lost, over: simulator.client) == .found(providerID: id, failureCode: nil))
        let other = LostRequest(twilio.prepare(Self.text { $0.content = .text("other") }), sentAt: lost.sentAt)
        #expect(await twilio.lookUp(other, over: simulator.client) == .notFound)
    }

    @Test func `a lost text is found behind a page of others, and by number alone when a service sent it`() async throws {
        let simulator = try SimulatorProcess()
        let twilio = simulator.twilio
        let service = "MG0123456789abcdef0123456789abcdef"
        let lost = twilio.prepare(Self.text { $0.from = service })
        guard case .accepted(let id) = await twilio.send(lost, over: simulator.client).answer else {
            return #expect(Bool(false), "not accepted")
        }
        for number in 1...60 {
            _ = await twilio.send(twilio.prepare(Self.text { $0.content = .text("\(number)") }), over: simulator.client)
        }
        let request = LostRequest(lost, sentAt: Int(Date().timeIntervalSince1970))
        #expect(await twilio.lookUp(request, over: simulator.client) == .found(providerID: id, failureCode: nil))
    }

    private static let whatsApp = text { $0.channel = .whatsapp }

    @Test(arguments: [("authorized", "hello"), ("authorized", "see https://a.test"), ("notAuthorized", "hello")])
    func `a text that Green API lost the answer to is found in its queue or among those sent`(state: String, body: String)
        async throws
    {
        let simulator = try SimulatorProcess()
        let green = simulator.greenAPI
        #expect(try await simulator.control(.put, "settings", #"{"green_api":"\#(state)"}"#).status == 204)
        try await simulator.setFaults(#"[{"provider":"green_api","kind":"reset_after_accept","count":1}]"#)
        var text = Self.whatsApp
        text.content = .text(body)
        let prepared = green.prepare(text)
        guard case .unknown = await green.send(prepared, over: simulator.client).answer else {
            return #expect(Bool(false), "a reset is no answer")
        }
        let id = try #require(try await simulator.effects().first?["id"]?.text)
        let now = Int(Date().timeIntervalSince1970)
        #expect(
            await green.lookUp(LostRequest(prepared, sentAt: now), over: simulator.client)
                == .found(providerID: id, failureCode: nil))
        #expect(await green.lookUp(LostRequest(prepared, sentAt: now, knownIDs: [id]), over: simulator.client) == .notFound)
        #expect(await green.lookUp(LostRequest(green.prepare(Self.whatsApp), sentAt: now), over: simulator.client) == .notFound)
    }

    @Test(arguments: [(466, "configuration"), (401, "configuration"), (400, "permanent")])
    func `Green API refuses as asked for, and its token is in no record`(status: Int, kind: String) async throws {
        let simulator = try SimulatorProcess()
        var text = Self.whatsApp
        text.to = "+1000000\(status)"
        let answer = await simulator.greenAPI.send(simulator.greenAPI.prepare(text), over: simulator.client).answer
        guard case .refused(let refusal) = answer else { return #expect(Bool(false), "\(answer)") }
        #expect(refusal.kind == (kind == "permanent" ? .permanent : .configuration))
        let requests = String(decoding: try await simulator.control(.get, "requests").body, as: UTF8.self)
        #expect(requests.contains("sendMessage/[secret]") && !requests.contains("green-token"))
    }

    @Test func `requests are shown without credentials, counted and cleared`() async throws {
        let journal = FileManager.default.temporaryDirectory.appendingPathComponent("simulator-\(UUID().uuidString).jsonl")
        defer { try? FileManager.default.removeItem(at: journal) }
        let simulator = try SimulatorProcess(["--record", journal.path])
        _ = await simulator.resend.send(simulator.resend.prepare(Self.mail()), over: simulator.client)
        let requests = try await simulator.control(.get, "requests").body
        #expect(!String(decoding: requests, as: UTF8.self).contains("re_test"))
        #expect(try JSON(requests).array.first?["status"]?.number == 200)
        #expect(try String(contentsOf: journal, encoding: .utf8).split(separator: "\n").count == 1)
        #expect(try await simulator.control(.delete, "requests").status == 204)
        let summary = try JSON(await simulator.control(.get, "summary").body)
        #expect(summary["requests"]?["total"]?.number == 0)
        #expect(simulator.stop() == 0)
    }

    @Test func `without records there are counts only`() async throws {
        let simulator = try SimulatorProcess(["--no-record"])
        _ = await simulator.resend.send(simulator.resend.prepare(Self.mail()), over: simulator.client)
        #expect(try await simulator.effects().isEmpty)
        #expect(try JSON(await simulator.control(.get, "summary").body)["effects"]?["resend"]?.number == 1)
    }
}
