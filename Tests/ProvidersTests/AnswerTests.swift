private import Primitives
internal import HTTPClient
internal import HTTPServer
internal import Providers
internal import Testing

/// Every row of the error tables of the providers page, §1.3, §2.4, §3.3 and §4.1.
struct AnswerTests {
    private static let resend = Resend(apiKey: Secret("k"))
    private static let sendGrid = SendGrid(apiKey: Secret("k"))
    private static let twilio = Twilio(accountSID: "AC1", secret: Secret("k"))
    private static let green = GreenAPI(instanceID: "7103000000", token: Secret("k"))
    private static let client = HTTPClient()

    /// What a provider's answer is read as, over the wire.
    private static func read(
        _ provider: Provider, _ status: Int, _ body: String = "", _ headers: [HTTPServerField] = []
    ) async throws -> ProviderAnswer {
        let response = HTTPServerResponse(status: status, headers: headers, body: Array(body.utf8))
        let endpoint = ProviderEndpoint(try CannedServer.shared.get().url(answering: response))
        let mail = OutgoingEmail(attemptID: "a", from: .init("a@b.test"), to: .init("c@d.test"), subject: "s", text: "t")
        let text = OutgoingText(attemptID: "a", channel: .whatsapp, from: "+1", to: "+2", content: .text("t"))
        switch provider {
        case .resend: return await send(Resend(apiKey: Secret("k"), endpoint: endpoint)) { $0.prepare(mail) }
        case .sendgrid: return await send(SendGrid(apiKey: Secret("k"), endpoint: endpoint)) { $0.prepare(mail) }
        case .greenAPI:
            return await send(GreenAPI(instanceID: "7103000000", token: Secret("k"), endpoint: endpoint)) { $0.prepare(text) }
        default: return await send(Twilio(accountSID: "AC1", secret: Secret("k"), endpoint: endpoint)) { $0.prepare(text) }
        }
    }

    private static func send<Sender: MessageProvider>(
        _ provider: Sender, _ prepare: (Sender) -> PreparedRequest
    ) async -> ProviderAnswer {
        await provider.send(prepare(provider), over: client).answer
    }

    /// What kind of answer it is, in a word, for tables.
    private static func verdict(_ answer: ProviderAnswer) -> String {
        switch answer {
        case .accepted: "accepted"
        case .refused(let refusal):
            switch refusal.kind {
            case .permanent: "permanent"
            case .configuration: "configuration"
            case .retry: "retry"
            case .optedOut: "optedOut"
            case .needsTemplate: "needsTemplate"
            }
        case .unknown(let uncertainty): uncertainty.replayIsSafe ? "replay" : "unknown"
        }
    }

    @Test(arguments: [
        (400, "validation_error", "permanent"), (400, "invalid_idempotency_key", "permanent"),
        (401, "missing_api_key", "configuration"), (401, "restricted_api_key", "configuration"),
        (403, "invalid_api_key", "configuration"), (403, "invalid_api_Key", "configuration"),
        (403, "suspended_api_key", "configuration"), (403, "validation_error", "configuration"),
        (403, "invalid_from_address", "configuration"), (404, "not_found", "permanent"), (405, "method_not_allowed", "permanent"),
        (409, "invalid_idempotent_request", "unknown"), (409, "concurrent_idempotent_requests", "replay"),
        (422, "missing_required_field", "permanent"), (422, "missing_required_fields", "permanent"),
        (422, "invalid_access", "permanent"), (422, "invalid_parameter", "permanent"), (422, "invalid_region", "permanent"),
        (422, "invalid_attachment", "permanent"), (422, "validation_error", "permanent"),
        (429, "rate_limit_exceeded", "retry"), (429, "daily_quota_exceeded", "configuration"),
        (429, "monthly_quota_exceeded", "configuration"), (451, "security_error", "configuration"),
        (500, "application_error", "replay"), (500, "internal_server_error", "replay"), (503, "service_unavailable", "replay"),
    ])
    func `Resend's names are read`(status: Int, name: String, expected: String) async throws {
        let answer = try await Self.read(.resend, status, #"{"statusCode":\#(status),"message":"m","name":"\#(name)"}"#)
        #expect(Self.verdict(answer) == expected)
        #expect("\(answer)".contains("\"\(name.lowercased())\""))
    }

    @Test(arguments: [
        (200, #"{"id":"49a3999c"}"#, "accepted"), (200, "", "replay"), (200, "{}", "replay"), (200, #"{"id":""}"#, "replay"),
        (200, #"{"id":7}"#, "replay"), (204, "", "replay"), (200, "<html>", "replay"), (302, "", "configuration"),
        (401, "", "configuration"),
        (403, "<html>", "configuration"), (408, "", "replay"), (409, "", "replay"), (413, "", "permanent"),
        (418, "", "permanent"),
        (429, "", "retry"), (500, "<html>", "replay"), (502, "", "replay"), (504, "", "replay"),
    ])
    func `Resend's bare statuses are read`(status: Int, body: String, expected: String) async throws {
        #expect(Self.verdict(try await Self.read(.resend, status, body)) == expected)
    }

    @Test(arguments: [
        (200, "unknown"), (202, "unknown"), (204, "unknown"), (301, "configuration"), (400, "permanent"), (401, "configuration"),
        (403, "configuration"), (404, "permanent"), (405, "permanent"), (408, "unknown"), (413, "permanent"), (415, "permanent"),
        (429, "retry"), (500, "unknown"), (502, "unknown"), (503, "unknown"),
    ])
    func `SendGrid's statuses are read, without a word from it`(status: Int, expected: String) async throws {
        for body in ["", "<html>413</html>", #"{"errors":[{"message":"m","field":null,"help":null}]}"#, #"{"errors":"x"}"#] {
            #expect(Self.verdict(try await Self.read(.sendgrid, status, body)) == expected)
        }
    }

    @Test func `SendGrid's id is in a header`() async throws {
        #expect(
            try await Self.read(.sendgrid, 202, "", [HTTPServerField("x-message-id", "14c5d75ce93.dfd.64b469")])
                == .accepted(providerID: "14c5d75ce93.dfd.64b469"))
    }

    @Test(arguments: [
        ("permanent", [14107, 20404, 21211, 21214, 21217, 21602, 21604, 21612, 21614, 21617, 21620, 21623, 21654, 21656]),
        ("permanent", [30004, 30005, 30006, 30007, 30010, 30036, 63003, 63005, 63006, 63013, 63021, 63024, 63027, 63028, 63029]),
        ("permanent", [63030, 63032, 63036, 63049, 99999]),
        ("configuration", [20003, 21212, 21408, 21601, 21603, 21606, 21608, 21609, 21655, 21664, 21666, 21667, 21703, 21704]),
        ("configuration", [21705, 21910, 30002, 30032, 30034, 30035, 63001, 63002, 63007, 63008, 63015, 63020, 63040, 63041]),
        ("configuration", [63042, 63051, 11200]),
        (
            "retry",
            [20429, 21611, 21619, 30001, 30003, 30008, 30022, 30023, 30027, 63009, 63010, 63012, 63017, 63018, 63019, 63038]
        ),
        ("optedOut", [21610, 63014, 63033]), ("needsTemplate", [63016]), ("unknown", [20500, 20503, 30410]),
    ])
    func `Twilio's codes are read in both forms, as number or text`(expected: String, codes: [Int]) async throws {
        for code in codes {
            for body in [
                #"{"code":\#(code),"message":"m","more_info":"https://www.twilio.com/docs/errors/\#(code)","status":400}"#,
                #"{"code":"\#(code)","message":"m","status":400}"#,
                #"{"type":"t","title":"T","status":400,"code":\#(code),"detail":"d","instance":"i","errors":[]}"#,
            ] {
                let answer = try await Self.read(.twilio, 400, body)
                #expect(Self.verdict(answer) == expected)
                #expect("\(answer)".contains("\"\(code)\""))
            }
        }
    }

    @Test(arguments: [
        (200, #"{"idMessage":"3EB0C767D097B7C7C030"}"#, "accepted"), (200, "", "unknown"), (200, "{}", "unknown"),
        (200, #"{"idMessage":""}"#, "unknown"), (200, #"{"idMessage":{}}"#, "unknown"), (200, "<html>", "unknown"),
        (302, "", "configuration"), (400, "", "permanent"), (400, "bad request data", "permanent"),
        (400, #"{"message":"Validation failed. Details: 'message' length must be less than or equal to 20000"}"#, "permanent"),
        (400, #"{"message":"instance in starting process try later"}"#, "retry"),
        (400, "instance account not authorized", "configuration"),
        (400, #"{"correspondentsStatus":{"description":"Monthly quota"}}"#, "permanent"),
        (400, "correspondents limit reached", "configuration"), (401, "", "configuration"), (403, "", "configuration"),
        (404, "<html>", "configuration"), (408, "", "unknown"), (413, "", "permanent"), (429, "", "retry"),
        (466, #"{"invokeStatus":{"used":"100","total":100,"status":"QUOTE_EXCEEDED"}}"#, "configuration"),
        (466, "", "configuration"), (500, "", "unknown"), (502, "<html>", "unknown"), (504, "", "unknown"),
    ])
    func `Green API's statuses are read`(status: Int, body: String, expected: String) async throws {
        #expect(Self.verdict(try await Self.read(.greenAPI, status, body)) == expected)
    }

    @Test func `Green API is left alone for a second at least`() async throws {
        guard case .refused(let refusal) = try await Self.read(.greenAPI, 429) else { return #expect(Bool(false)) }
        #expect(refusal.kind == .retry(after: .seconds(1)))
    }

    private static let sid = "SM0123456789abcdef0123456789abcdef"

    @Test(arguments: [
        (201, #"{"sid":"\#(sid)","status":"queued","error_code":null}"#, "accepted"), (200, #"{"sid":"\#(sid)"}"#, "accepted"),
        (201, #"{"sid":"\#(sid)","status":"failed","error_code":21610}"#, "optedOut"),
        (201, #"{"sid":"\#(sid)","status":"failed","error_code":null}"#, "permanent"), (201, "", "unknown"),
        (201, #"{"sid":"SM01"}"#, "unknown"), (201, #"{"sid":null}"#, "unknown"), (201, "<html>", "unknown"),
        (302, "", "configuration"), (400, "", "permanent"), (401, "", "configuration"), (403, "<html>", "configuration"),
        (404, "", "permanent"), (408, "", "unknown"), (429, "", "retry"), (429, #"{"code":20429}"#, "retry"),
        (500, "", "unknown"),
        (500, #"{"code":21211}"#, "unknown"), (503, "<html>", "unknown"),
    ])
    func `Twilio's statuses are read`(status: Int, body: String, expected: String) async throws {
        #expect(Self.verdict(try await Self.read(.twilio, status, body)) == expected)
    }

    @Test(arguments: [
        (HTTPClientError.couldNotResolve, "retry"), (.couldNotConnect, "retry"), (.untrustedServer, "configuration"),
        (.malformedRequest(.url), "permanent"), (.timedOut(requestMayHaveBeenSent: false), "retry"),
        (.timedOut(requestMayHaveBeenSent: true), "open"), (.connectionLost(requestMayHaveBeenSent: false), "retry"),
        (.connectionLost(requestMayHaveBeenSent: true), "open"), (.responseTooLarge, "open"), (.malformedResponse, "open"),
        (.cancelled(requestMayHaveBeenSent: false), "retry"), (.cancelled(requestMayHaveBeenSent: true), "open"),
        (.shutDown(requestMayHaveBeenSent: true), "open"), (.other(code: 1, requestMayHaveBeenSent: true), "open"),
    ])
    func `without an answer, only bytes that never left are a refusal`(error: HTTPClientError, expected: String) {
        #expect(Self.verdict(Self.twilio.answer(to: .failure(error))) == (expected == "open" ? "unknown" : expected))
        #expect(Self.verdict(Self.sendGrid.answer(to: .failure(error))) == (expected == "open" ? "unknown" : expected))
        #expect(Self.verdict(Self.green.answer(to: .failure(error))) == (expected == "open" ? "unknown" : expected))
        #expect(Self.verdict(Self.resend.answer(to: .failure(error))) == (expected == "open" ? "replay" : expected))
    }

    @Test func `a refusal's words name nobody`() async throws {
        let message =
            #"Invalid 'To' Phone Number: +15552229999 for Ana.Lima@example.test in \"my secret\" of `to` \#(String(repeating: "k", count: 60))"#
        let answer = try await Self.read(.twilio, 400, #"{"code":21211,"message":"\#(message)"}"#)
        guard case .refused(let refusal) = answer else { return #expect(Bool(false)) }
        #expect(refusal.message == "Invalid 'To' Phone Number: [number] for [address] in [quoted] of to [long]")
    }
}
