private import Primitives
internal import Foundation
internal import HTTPClient
internal import HTTPServer
internal import Providers
internal import Testing

/// Answers that no provider should give: what is read from them is bounded, and never an acceptance.
struct HostileAnswerTests {
    private static let client = HTTPClient()

    private static func endpoint(_ response: HTTPServerResponse) throws -> ProviderEndpoint {
        ProviderEndpoint(try CannedServer.shared.get().url(answering: response), timeout: .seconds(5))
    }

    /// Every provider's reading of one answer.
    private static func answers(_ response: HTTPServerResponse) async throws -> [Provider: ProviderAnswer] {
        let endpoint = try endpoint(response)
        let mail = OutgoingEmail(attemptID: "a", from: .init("a@b.test"), to: .init("c@d.test"), subject: "s", text: "t")
        let text = OutgoingText(attemptID: "a", channel: .whatsapp, from: "+15557122661", to: "+15558675310", content: .text("t"))
        let resend = Resend(apiKey: Secret("k"), endpoint: endpoint)
        let sendGrid = SendGrid(apiKey: Secret("k"), endpoint: endpoint)
        let twilio = Twilio(accountSID: "AC1", secret: Secret("k"), endpoint: endpoint)
        let green = GreenAPI(instanceID: "7103000000", token: Secret("k"), endpoint: endpoint)
        return [
            .resend: await resend.send(resend.prepare(mail), over: client).answer,
            .sendgrid: await sendGrid.send(sendGrid.prepare(mail), over: client).answer,
            .twilio: await twilio.send(twilio.prepare(text), over: client).answer,
            .greenAPI: await green.send(green.prepare(text), over: client).answer,
        ]
    }

    private static func deep(_ depth: Int) -> String {
        String(repeating: #"{"id":["#, count: depth) + String(repeating: "]}", count: depth)
    }

    @Test(arguments: [
        "", "{", "null", "[]", "7", "\"", "{\"id\":", #"{"id":null,"sid":null,"idMessage":null}"#,
        #"{"id":{},"sid":[],"idMessage":{}}"#,
        #"{"id":true,"sid":true,"idMessage":true}"#, #"{"id":1e400,"sid":1e400,"idMessage":1e400}"#, "\u{0}\u{0}", "{\u{0}}",
        #"{"sid":"SM0123456789abcdef0123456789abcdeg"}"#, #"{"sid":"SM0123456789abcdef0123456789abcdef\u0000"}"#,
        String(repeating: "{", count: 100_000), deep(5000), String(repeating: "x", count: 900_000),
        #"{"id":"\#(String(repeating: "i", count: 257))","idMessage":"\#(String(repeating: "i", count: 257))"}"#,
    ])
    func `a success without the provider's id is unknown`(body: String) async throws {
        for status in [200, 201, 202] {
            let answers = try await Self.answers(HTTPServerResponse(status: status, body: Array(body.utf8)))
            for (provider, answer) in answers {
                guard case .unknown = answer else { return #expect(Bool(false), "\(provider) \(status): \(answer)") }
            }
        }
    }

    @Test(arguments: [400, 403, 429, 500])
    func `a refusal's words are short and of one line, whatever they are`(status: Int) async throws {
        let words = [
            String(repeating: "word ", count: 20_000), String(repeating: "w", count: 100_000), "a\r\nb\u{0}c\u{1b}[31m\u{202e}",
            String(repeating: "\\u0000", count: 1000), String(repeating: "\"", count: 1000), "+15558675310 ana@example.test",
        ]
        for word in words {
            let quoted = JSONText.quoted(word)
            let body =
                #"{"message":\#(quoted),"name":\#(quoted),"code":\#(quoted),"errors":[{"message":\#(quoted),"field":\#(quoted)}]}"#
            for (provider, answer) in try await Self.answers(HTTPServerResponse(status: status, body: Array(body.utf8))) {
                let (code, said) =
                    switch answer {
                    case .accepted(let id): (id, "accepted")
                    case .refused(let refusal): (refusal.code, refusal.message)
                    case .unknown(let unknown): (unknown.code, unknown.reason)
                    }
                #expect(code == "http_\(status)", "\(provider)")
                #expect(said.count <= 200 && !said.contains(where: \.isNewline) && !said.contains("@example"), "\(provider)")
                #expect(said.unicodeScalars.allSatisfy { $0.value >= 0x20 } && !said.contains("15558675310"), "\(provider)")
            }
        }
    }

    @Test func `a body beyond the bound, or one that breaks off, leaves the outcome open`() async throws {
        let huge = HTTPServerResponse(status: 200, body: [UInt8](repeating: 0x7B, count: 3 << 20))
        var broken = HTTPServerResponse(status: 200, body: Array(#"{"id":"1","sid":"SM"}"#.utf8))
        broken.delivery = .truncated(after: 8)
        for response in [huge, broken] {
            for (provider, answer) in try await Self.answers(response) {
                guard case .unknown = answer else { return #expect(Bool(false), "\(provider): \(answer)") }
            }
        }
    }

    @Test(arguments: ["-1", "99999999999999999999", "1e3", "soon", "Thu, 01 Jan 2999 00:00:00 GMT", "0x10"])
    func `a wait that is asked for is a day at most`(wait: String) async throws {
        let response = HTTPServerResponse(status: 429, headers: [HTTPServerField("Retry-After", wait)])
        for (provider, answer) in try await Self.answers(response) {
            guard case .refused(let refusal) = answer, case .retry(let after) = refusal.kind else {
                return #expect(Bool(false), "\(provider): \(answer)")
            }
            #expect((after ?? .zero) >= .zero && (after ?? .zero) <= .seconds(86_400))
        }
    }

    @Test(arguments: [
        "", "[", "[[]]", "{}", #"{"messages":null}"#, #"{"messages":[null,7,{"sid":{}}],"next_page_uri":{}}"#, "[null,7,{}]",
        #"[{"messageID":{},"body":[]},{"idMessage":[],"timestamp":"x","chatId":{}}]"#, String(repeating: "[", count: 100_000),
        #"{"participants":"x","rooms":"x"}"#, #"{"participants":[null],"rooms":[null,{"name":{}}]}"#,
    ])
    func `a look-up in hostile records finds nothing, and a room is not taken for full`(body: String) async throws {
        let endpoint = try Self.endpoint(HTTPServerResponse(status: 200, body: Array(body.utf8)))
        let text = OutgoingText(attemptID: "a", channel: .whatsapp, from: "+15557122661", to: "+15558675310", content: .text("t"))
        let twilio = Twilio(accountSID: "AC1", secret: Secret("k"), endpoint: endpoint)
        let green = GreenAPI(instanceID: "7103000000", token: Secret("k"), endpoint: endpoint)
        for known in [
            await twilio.lookUp(LostRequest(twilio.prepare(text), sentAt: 0), over: Self.client),
            await green.lookUp(LostRequest(green.prepare(text), sentAt: 0), over: Self.client),
        ] {
            if case .found = known { #expect(Bool(false), "\(known)") }
        }
        let liveKit = LiveKit(apiKey: "k", secret: Secret("s"), endpoint: endpoint)
        if case .known(let people) = await liveKit.participants(in: "r", now: Date(), over: Self.client) {
            #expect(people.isEmpty)
        }
        if case .known(let rooms) = await liveKit.rooms(now: Date(), over: Self.client) { #expect(rooms.isEmpty) }
    }

    @Test(arguments: [
        (#"{"identity":"a","sid":"PA_1","state":"ACTIVE","joinedAt":"1763640000"}"#, true, 1_763_640_000),
        (#"{"identity":"a","state":2,"joinedAt":1763640000}"#, true, 1_763_640_000),
        (#"{"identity":"a","state":"JOINED"}"#, true, nil),
        (#"{"identity":"a"}"#, false, nil), (#"{"identity":"a","state":"JOINING","joinedAt":"0"}"#, false, nil),
        (#"{"identity":"a","state":"DISCONNECTED","joinedAt":"x"}"#, false, nil),
        (#"{"identity":"a","state":{},"joinedAt":-5}"#, false, nil),
    ])
    func `a participant is there when LiveKit says so`(item: String, isPresent: Bool, joinedAt: Int?) async throws {
        let endpoint = try Self.endpoint(HTTPServerResponse(status: 200, body: Array(#"{"participants":[\#(item)]}"#.utf8)))
        let liveKit = LiveKit(apiKey: "k", secret: Secret("s"), endpoint: endpoint)
        guard case .known(let people) = await liveKit.participants(in: "r", now: Date(), over: Self.client) else {
            return #expect(Bool(false))
        }
        #expect(people.map(\.isPresent) == [isPresent])
        #expect(people.map(\.joinedAt) == [joinedAt])
    }
}
