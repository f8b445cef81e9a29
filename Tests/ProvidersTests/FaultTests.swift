private import Primitives
internal import FoundationEssentials
internal import HTTPClient
internal import Providers
internal import Testing

/// What each fault leads to: the answer that is read, and what was really sent.
struct FaultTests {
    private static func mail(_ to: String) -> OutgoingEmail {
        OutgoingEmail(attemptID: "a", from: .init("o@acme.test"), to: .init(to), subject: "s", text: "t")
    }

    @Test(arguments: [
        ("delay", 1), ("status", 0), ("status_after_accept", 1), ("hang_after_accept", 1), ("reset_before_accept", 0),
        ("reset_after_accept", 1), ("truncate", 1), ("garbage", 1), ("drip", 1),
    ])
    func `a fault happens once, to the one it is for, and is accepted or not`(kind: String, effects: Int) async throws {
        let simulator = try SimulatorProcess()
        let resend = simulator.resend
        try await simulator.setFaults(
            #"[{"provider":"resend","to":"hit@b.test","kind":"\#(kind)","delay_ms":\#(kind.hasPrefix("hang") ? 3000 : kind == "drip" ? 200 : 20),"count":1}]"#
        )
        #expect(await Self.isAccepted(resend, "missed@b.test", simulator))
        let answer = await resend.send(resend.prepare(Self.mail("hit@b.test")), over: simulator.client).answer
        switch (answer, kind) {
        case (.accepted, "delay"): break
        case (.unknown(let uncertainty), _) where kind != "delay": #expect(uncertainty.replayIsSafe)
        default: return #expect(Bool(false), "\(answer)")
        }
        let hits = try await simulator.effects().filter { $0["to"]?.text == "hit@b.test" }
        #expect(hits.count == effects)
        #expect(await Self.isAccepted(resend, "hit@b.test", simulator), "once only")
    }

    private static func isAccepted(_ resend: Resend, _ to: String, _ simulator: SimulatorProcess) async -> Bool {
        if case .accepted = await resend.send(resend.prepare(mail(to)), over: simulator.client).answer { true } else { false }
    }

    @Test func `faults come in order, with status, code and patience`() async throws {
        let simulator = try SimulatorProcess()
        try await simulator.setFaults(
            #"""
            [{"provider":"sendgrid","kind":"status","status":429,"retry_after":7,"count":1},
             {"provider":"twilio","kind":"status","status":400,"code":"21610","count":1},
             {"provider":"sendgrid","kind":"status","status":503,"count":1},
             {"kind":"status","probability":0.0}]
            """#)
        let sendGrid = simulator.sendGrid
        var answers: [ProviderAnswer] = []
        for _ in 0..<3 {
            answers.append(await sendGrid.send(sendGrid.prepare(Self.mail("a@b.test")), over: simulator.client).answer)
        }
        #expect(answers[0] == .refused(Refusal(code: "http_429", kind: .retry(after: .seconds(7)), message: "as asked for")))
        #expect(answers[1] == .unknown(Uncertainty(code: "http_503", reason: "as asked for", replayIsSafe: false)))
        guard case .accepted = answers[2] else { return #expect(Bool(false), "\(answers[2])") }
        let text = OutgoingText(attemptID: "a", channel: .sms, from: "+15557122661", to: "+15558675310", content: .text("x"))
        let answer = await simulator.twilio.send(simulator.twilio.prepare(text), over: simulator.client).answer
        guard case .refused(let refusal) = answer else { return #expect(Bool(false), "\(answer)") }
        #expect(refusal.kind == .optedOut)
    }

    @Test(arguments: [("status", "http_503"), ("garbage", "unreadable"), ("reset_before_accept", "connection_lost")])
    func `a fault can befall questions`(kind: String, reason: String) async throws {
        let simulator = try SimulatorProcess()
        try await simulator.setFaults(#"[{"kind":"\#(kind)","status":503,"stage":"lookup"}]"#)
        _ = try await simulator.control(.put, "settings", #"{"rooms":{"r":[]}}"#)
        let text = OutgoingText(attemptID: "a", channel: .whatsapp, from: "+15557122661", to: "+15558675310", content: .text("x"))
        let (twilio, green, client) = (simulator.twilio, simulator.greenAPI, simulator.client)
        guard case .accepted = await twilio.send(twilio.prepare(text), over: client).answer else {
            return #expect(Bool(false), "a message is no question")
        }
        let liveKit = LiveKit(apiKey: "k", secret: Secret("s"), endpoint: simulator.endpoint("livekit"))
        let answers = [
            "\(await twilio.lookUp(LostRequest(twilio.prepare(text), sentAt: 0), over: client))",
            "\(await green.lookUp(LostRequest(green.prepare(text), sentAt: 0), over: client))",
            "\(await liveKit.participants(in: "r", now: Date(), over: client))",
        ]
        #expect(answers.allSatisfy { $0.hasPrefix("unavailable") && $0.contains(reason) }, "\(answers)")
    }

    @Test func `a fault can be one account's`() async throws {
        let simulator = try SimulatorProcess()
        try await simulator.setFaults(
            #"""
            [{"provider":"twilio","account":"AC0123456789abcdef0123456789abcdef","kind":"status","status":429,"code":"20429","retry_after":3},
             {"provider":"green_api","account":"7103000000","kind":"status","status":429,"retry_after":4},
             {"provider":"resend","account":"re_test","kind":"status","status":429,"code":"rate_limit_exceeded","retry_after":5}]
            """#)
        let text = OutgoingText(attemptID: "a", channel: .whatsapp, from: "+15557122661", to: "+15558675310", content: .text("x"))
        let mail = Self.mail("a@b.test")
        func wait(_ answer: ProviderAnswer) -> Duration? {
            if case .refused(let refusal) = answer, case .retry(let after) = refusal.kind { after } else { nil }
        }
        let client = simulator.client
        #expect(await wait(simulator.twilio.send(simulator.twilio.prepare(text), over: client).answer) == .seconds(3))
        #expect(await wait(simulator.greenAPI.send(simulator.greenAPI.prepare(text), over: client).answer) == .seconds(4))
        #expect(await wait(simulator.resend.send(simulator.resend.prepare(mail), over: client).answer) == .seconds(5))
        let others: [(any MessageProvider, PreparedRequest)] = [
            {
                let other = Twilio(
                    accountSID: "AC00000000000000000000000000000000", secret: Secret("token"),
                    endpoint: simulator.endpoint("twilio"))
                return (other, other.prepare(text))
            }(),
            {
                let other = GreenAPI(instanceID: "7103000001", token: Secret("token"), endpoint: simulator.endpoint("green_api"))
                return (other, other.prepare(text))
            }(),
            {
                let other = Resend(apiKey: Secret("re_other"), endpoint: simulator.endpoint("resend"))
                return (other, other.prepare(mail))
            }(),
        ]
        for (other, prepared) in others {
            guard case .accepted = await other.send(prepared, over: client).answer else {
                return #expect(Bool(false), "\(other.provider) was not another account's")
            }
        }
    }

    @Test func `a lost answer is replayed under its key and sent once`() async throws {
        let simulator = try SimulatorProcess()
        try await simulator.setFaults(#"[{"kind":"truncate","count":1},{"kind":"reset_after_accept","count":1}]"#)
        var mail = Self.mail("a@b.test")
        mail.idempotencyKey = "k"
        let prepared = simulator.resend.prepare(mail)
        var answers: [ProviderAnswer] = []
        for _ in 0..<3 { answers.append(await simulator.resend.send(prepared, over: simulator.client).answer) }
        guard case .accepted(let id) = answers[2] else { return #expect(Bool(false), "\(answers)") }
        let effects = try await simulator.effects()
        #expect(effects.map { $0["id"]?.text } == [id])
    }

    @Test func `a list of faults that is none is refused`() async throws {
        let simulator = try SimulatorProcess()
        #expect(try await simulator.control(.put, "faults", #"[{"kind":"nonsense"}]"#).status == 400)
        #expect(try await simulator.control(.get, "nothing").status == 404)
    }
}
