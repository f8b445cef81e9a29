private import Primitives
internal import HTTPClient
internal import Providers
internal import Testing

/// Mail through a relay: what each of its words means, over the wire.
struct SMTPTests {
    private static let message = Array("Message-ID: <k@acme.test>\r\nSubject: s\r\n\r\n.dot\r\nhello\r\n".utf8)

    private static func smtp(_ simulator: SimulatorProcess, timeout: Duration = .seconds(5)) async throws -> SMTP {
        let url = try #require(try JSON(await simulator.control(.get, "smtp").body)["url"]?.text)
        return SMTP(try SMTPServer(parsing: Secret(url)), timeout: timeout)
    }

    private static func prepared(_ smtp: SMTP, _ to: String = "ana@example.test") -> PreparedRequest {
        smtp.prepare(sender: "relay@acme.test", recipient: to, messageID: "k@acme.test", message: message)
    }

    @Test func `a mail arrives whole, known by its Message-ID`() async throws {
        let simulator = try SimulatorProcess()
        let smtp = try await Self.smtp(simulator)
        let client = MailClient()
        for _ in 1...3 {
            #expect(await smtp.send(Self.prepared(smtp), over: client) == .accepted(providerID: "k@acme.test"))
        }
        let effects = try await simulator.effects()
        #expect(effects.count == 3)
        #expect(effects[0]["provider"]?.text == "smtp" && effects[0]["key"]?.text == "k@acme.test")
        #expect(effects[0]["to"]?.text == "ana@example.test" && effects[0]["from"]?.text == "relay@acme.test")
        #expect(effects[0]["body"]?.text == String(decoding: Self.message, as: UTF8.self))
    }

    private static let permanent = Refusal.Kind.permanent
    private static let configuration = Refusal.Kind.configuration
    private static let retry = Refusal.Kind.retry(after: nil)
    private static let greylisted = Refusal.Kind.retry(after: .seconds(300))

    @Test(arguments: [
        ("recipient", 550, "5.1.1", permanent), ("recipient", 550, "5.1.2", permanent), ("recipient", 556, "5.1.10", permanent),
        ("recipient", 550, "5.2.1", permanent), ("recipient", 552, "5.2.2", permanent), ("recipient", 552, "5.3.4", permanent),
        ("recipient", 550, "no", permanent), ("recipient", 551, "no", permanent), ("recipient", 553, "5.1.3", permanent),
        ("recipient", 550, "5.7.1", configuration), ("recipient", 554, "Relay access denied:", configuration),
        ("recipient", 550, "Relaying denied:", configuration), ("recipient", 530, "5.7.0", configuration),
        ("recipient", 530, "no", configuration), ("recipient", 550, "5.1.8", configuration),
        ("recipient", 450, "4.7.1", greylisted), ("recipient", 451, "Greylisted:", greylisted),
        ("recipient", 450, "4.2.0", retry),
        ("recipient", 421, "4.3.2", retry), ("recipient", 452, "4.5.3", retry), ("recipient", 452, "4.2.2", retry),
        ("sender", 530, "5.7.0", configuration), ("sender", 550, "5.7.1", configuration), ("sender", 553, "5.1.8", configuration),
        ("sender", 552, "5.3.4", permanent), ("sender", 451, "4.3.0", retry), ("sender", 501, "5.1.7", configuration),
        ("greeting", 554, "5.7.1", configuration), ("greeting", 421, "4.7.0", retry),
        ("message", 552, "5.3.4", permanent), ("message", 552, "no", permanent), ("message", 554, "5.7.1", permanent),
        ("message", 550, "5.7.1", permanent), ("message", 550, "5.7.26", configuration), ("message", 554, "5.6.0", permanent),
        ("message", 451, "4.3.0", retry), ("message", 452, "4.3.1", retry), ("message", 421, "4.4.2", retry),
        ("message", 535, "5.7.8", configuration), ("message", 550, "5.1.1", permanent), ("message", 550, "Relaying", permanent),
    ])
    func `a relay's codes are read`(stage: String, status: Int, code: String, expected: Refusal.Kind) async throws {
        let simulator = try SimulatorProcess()
        let smtp = try await Self.smtp(simulator)
        try await simulator.setFaults(#"[{"kind":"status","stage":"\#(stage)","status":\#(status),"code":"\#(code)","count":1}]"#)
        let answer = await smtp.send(Self.prepared(smtp), over: MailClient())
        guard case .refused(let refusal) = answer else { return #expect(Bool(false), "\(answer)") }
        #expect(refusal.kind == expected)
        #expect(refusal.code == (code.first?.isNumber == true ? code : "smtp_\(status)"))
        #expect(try await simulator.effects().isEmpty)
    }

    @Test(arguments: [
        ("delay", "message", "accepted", 1), ("status", "message", "refused", 0),
        ("status_after_accept", "message", "refused", 1),
        ("hang_after_accept", "message", "unknown", 1), ("reset_before_accept", "message", "unknown", 0),
        ("reset_after_accept", "message", "unknown", 1), ("truncate", "message", "unknown", 1),
        ("garbage", "message", "unknown", 1), ("drip", "message", "unknown", 1), ("drip", "recipient", "refused", 0),
        ("reset_before_accept", "recipient", "refused", 0), ("reset_before_accept", "greeting", "refused", 0),
        ("truncate", "sender", "refused", 0), ("garbage", "sender", "refused", 0), ("hang_after_accept", "sender", "refused", 0),
    ])
    func `a lost answer is unknown once the message was handed over, and a refusal before`(
        kind: String, stage: String, expected: String, effects: Int
    ) async throws {
        let simulator = try SimulatorProcess()
        let smtp = try await Self.smtp(simulator, timeout: .seconds(1))
        let wait = kind.hasPrefix("hang") ? 4000 : kind == "drip" ? 100 : 20
        try await simulator.setFaults(
            #"[{"provider":"smtp","kind":"\#(kind)","stage":"\#(stage)","delay_ms":\#(wait),"count":1}]"#)
        let answer = await smtp.send(Self.prepared(smtp), over: MailClient())
        let word =
            switch answer {
            case .accepted: "accepted"
            case .refused(let refusal): refusal.kind == .retry(after: nil) ? "refused" : "\(refusal)"
            case .unknown(let uncertainty): uncertainty.replayIsSafe ? "replay" : "unknown"
            }
        #expect(word == expected, "\(answer)")
        #expect(try await simulator.effects().count == effects)
    }

    @Test func `whatever breaks, what is refused was not taken, and what is taken was taken once`() async throws {
        let simulator = try SimulatorProcess()
        let smtp = try await Self.smtp(simulator, timeout: .seconds(3))
        let faults = [
            #""kind":"reset_before_accept""#, #""kind":"reset_after_accept""#, #""kind":"truncate""#, #""kind":"garbage""#,
            #""kind":"status","status":451"#, #""kind":"reset_before_accept","stage":"recipient""#,
            #""kind":"truncate","stage":"sender""#, #""kind":"status","status":550,"code":"5.1.1","stage":"recipient""#,
            #""kind":"reset_before_accept","stage":"greeting""#, #""kind":"delay","delay_ms":50"#,
        ].map { #"{\#($0),"probability":0.06}"# }
        try await simulator.setFaults("[\(faults.joined(separator: ","))]")
        let client = MailClient()
        let answers = await withTaskGroup { group in
            for number in 0..<400 {
                group.addTask {
                    let prepared = smtp.prepare(
                        sender: "relay@acme.test", recipient: "ana@example.test", messageID: "\(number)@acme.test",
                        message: Array("Message-ID: <\(number)@acme.test>\r\n\r\nx\r\n".utf8))
                    let task = Task { await smtp.send(prepared, over: client) }
                    if number % 7 == 0 {
                        try? await Task.sleep(for: .milliseconds(number))
                        task.cancel()
                    }
                    return ("\(number)@acme.test", await task.value)
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        let taken = Dictionary(grouping: try await simulator.effects()) { $0["key"]?.text ?? "" }.mapValues(\.count)
        #expect(answers.count == 400)
        for (id, answer) in answers {
            switch answer {
            case .accepted: #expect(taken[id] == 1, "\(id)")
            case .refused: #expect(taken[id] == nil, "\(id): \(answer)")
            case .unknown: #expect(taken[id] ?? 0 <= 1, "\(id)")
            }
        }
        #expect(answers.values.contains { if case .accepted = $0 { true } else { false } })
        #expect(answers.values.contains { if case .unknown = $0 { true } else { false } })
    }

    @Test(arguments: [
        ("smtp://mail.test", "smtp://mail.test:587"), ("smtps://ana:pw@mail.test", "smtps://mail.test:465"),
        ("smtp://mail.test:25/app.acme.test?tls=never", "smtp://mail.test:25/app.acme.test"),
        ("smtp://[::1]", "smtp://[::1]:587"),
    ])
    func `the port is the usual one, and no credential stays in the URL`(text: String, url: String) throws {
        var dumped = ""
        dump(try SMTPServer(parsing: Secret(text)), to: &dumped)
        #expect(dumped.contains("url: \"\(url)\""))
        #expect(!dumped.contains("pw"))
    }

    @Test func `a recipient can ask for its refusal, which names nobody`() async throws {
        let simulator = try SimulatorProcess()
        let smtp = try await Self.smtp(simulator)
        let answer = await smtp.send(Self.prepared(smtp, "ana+sim-550-5.1.1@example.test"), over: MailClient())
        #expect(answer == .refused(Refusal(code: "5.1.1", kind: .permanent, message: "5.1.1 As asked for")))
        let words = MailReply(code: 550, enhancedCode: "5.1.1", text: "5.1.1 <ana@example.test>: no such user", stage: .recipient)
        #expect(
            smtp.answer(to: .success(words), messageID: "")
                == .refused(Refusal(code: "5.1.1", kind: .permanent, message: "5.1.1 [address] no such user")))
    }

    @Test(arguments: ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"])
    func `these codes say that an address is dead`(code: String) {
        #expect(SMTP.isDeadAddress(code))
    }

    @Test(arguments: ["5.1.8", "5.2.2", "5.7.1", "4.1.1", "smtp_550", ""])
    func `these do not`(code: String) {
        #expect(!SMTP.isDeadAddress(code))
    }

    @Test(arguments: [
        (HTTPClientError.couldNotResolve, Refusal.Kind.retry(after: nil)), (.couldNotConnect, .retry(after: nil)),
        (.untrustedServer, .configuration), (.malformedRequest(.address), .permanent),
        (.timedOut(requestMayHaveBeenSent: false), .retry(after: nil)),
        (.other(code: 8, requestMayHaveBeenSent: false), .retry(after: nil)),
    ])
    func `what was not handed over is refused`(error: HTTPClientError, kind: Refusal.Kind) throws {
        let smtp = SMTP(try SMTPServer(parsing: Secret("smtp://a.test")))
        guard case .refused(let refusal) = smtp.answer(to: .failure(error), messageID: "") else {
            return #expect(Bool(false), "\(error)")
        }
        #expect(refusal.kind == kind)
    }

    @Test func `nothing that is told or stored holds the password`() async throws {
        let smtp = SMTP(try SMTPServer(parsing: Secret("smtp://ana:se%40cr%3Aet+%2B@127.0.0.1:1")), timeout: .seconds(1))
        let prepared = Self.prepared(smtp)
        var dumped = ""
        dump(smtp, to: &dumped)
        dump(prepared, to: &dumped)
        dump(await smtp.send(prepared, over: MailClient()), to: &dumped)
        #expect(dumped.contains("could_not_connect"))
        #expect(!dumped.contains("cr:et") && !dumped.contains("cr%3Aet"))
    }

    @Test(arguments: [
        "smtp://ana:pw@mail.test", "smtp://ana:pw@mail.test:587", "smtps://ana:pw@mail.test/", "smtp://localhost:25?tls=never",
        "smtp://ana:p%40%3A+@localhost?tls=never", "smtp://mail.test?tls=opportunistic", "smtp://[::1]:2525?tls=never",
        "smtp://ana:pw@mail.test/app.acme.test", "smtps://ana:pw@mail.test?tls=never", "smtp://a_b.test:65535",
        "smtp://ana@acme.test:pw@mail.test",
    ])
    func `these name a relay`(url: String) {
        #expect(throws: Never.self) { try SMTPServer(parsing: Secret(url)) }
    }

    @Test(arguments: [
        ("", SMTPServer.Defect.url), ("http://mail.test", .url), ("smtp://", .url), ("smtp:///x", .url),
        ("smtp://mail test", .url),
        ("smtp://mail.test:0", .url), ("smtp://mail.test:70000", .url), ("smtp://mail.test:", .url),
        ("smtp://mail.test/x\r\ny", .url),
        ("smtp://mail.test/x/y", .url), ("smtp://mail.test/x%0Ay", .url),
        ("smtp://mail.test?tls=maybe", .parameter), ("smtp://mail.test?", .parameter),
        ("smtp://mail.test?tls=never&x=1", .parameter),
        ("smtp://ana@mail.test", .credentials), ("smtp://ana:@mail.test", .credentials), ("smtp://:pw@mail.test", .credentials),
        ("smtp://ana:p%0D%0Aw@mail.test", .credentials), ("smtp://ana:pw@mail.test?tls=never", .unsafePassword),
        ("smtp://ana:pw@mail.test?tls=opportunistic", .unsafePassword),
        ("smtp://ana:pw@localhost.evil.test?tls=never", .unsafePassword),
        ("smtp://ana:pw@localhost?tls=opportunistic", .unsafePassword),
    ])
    func `these do not, and why is said without them`(url: String, defect: SMTPServer.Defect) {
        #expect(throws: defect) { try SMTPServer(parsing: Secret(url)) }
        #expect(!defect.description.contains("pw"))
    }
}
