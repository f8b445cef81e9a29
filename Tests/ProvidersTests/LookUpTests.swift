private import Primitives
internal import HTTPClient
internal import Providers
internal import Testing

/// What providers' records say about a lost message, whatever is in them.
struct LookUpTests {
    private static let twilio = Twilio(accountSID: "AC1", secret: Secret("k"))
    private static let green = GreenAPI(instanceID: "7103000000", token: Secret("tok-en"))
    private static let sid = "SM0123456789abcdef0123456789abcdef"
    private static let other = "SM00000000000000000000000000000000"
    /// Thu, 24 Aug 2023 05:01:45 GMT.
    private static let created = 1_692_853_305

    private static func text(_ change: (inout OutgoingText) -> Void = { _ in }) -> OutgoingText {
        var text = OutgoingText(
            attemptID: "a", channel: .sms, from: "+15557122661", to: "+15558675310", content: .text("Olá & tchau"))
        change(&text)
        return text
    }

    private static func response(_ body: String, _ status: Int = 200) -> Result<HTTPResponse, HTTPClientError> {
        .success(HTTPResponse(status: status, headers: ["Date": "Thu, 24 Aug 2023 05:04:00 GMT"], body: Array(body.utf8)))
    }

    /// Asks, answering from a list; what is known in the end, and the URLs asked.
    private static func run(
        _ provider: some TextProvider, _ lost: LostRequest, _ answers: [Result<HTTPResponse, HTTPClientError>]
    ) -> (known: LookUpAnswer?, urls: [String]) {
        var lookUp = provider.lookUp(lost)
        var rest = answers.makeIterator()
        var urls: [String] = []
        var answer: Result<HTTPResponse, HTTPClientError>?
        while true {
            switch lookUp.next(answer) {
            case .know(let known): return (known, urls)
            case .ask(let request):
                urls.append(request.url)
                guard let next = rest.next() else { return (nil, urls) }
                answer = next
            }
        }
    }

    private static func message(
        sid: String = sid, body: String = "Olá & tchau", direction: String = "outbound-api", status: String = "queued",
        date: String = "Thu, 24 Aug 2023 05:01:45 +0000", code: String = "null"
    ) -> String {
        #"{"sid":"\#(sid)","body":"\#(body)","direction":"\#(direction)","status":"\#(status)","date_created":"\#(date)","error_code":\#(code)}"#
    }

    private static func page(_ messages: String..., next: String = "null") -> String {
        #"{"messages":[\#(messages.joined(separator: ","))],"page":0,"next_page_uri":\#(next)}"#
    }

    private static func lost(_ text: OutgoingText = text(), at: Int = created, known: Set<String> = []) -> LostRequest {
        LostRequest(twilio.prepare(text), sentAt: at, knownIDs: known)
    }

    @Test func `Twilio is asked by both numbers and no date, or by one where a service sends`() {
        let numbers = Self.run(Self.twilio, Self.lost(), [])
        #expect(
            numbers.urls == [
                "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json?To=%2B15558675310&From=%2B15557122661&PageSize=50"
            ])
        let service = Self.run(
            Self.twilio, Self.lost(Self.text { $0.from = "MG0123456789abcdef0123456789abcdef" }), [])
        #expect(service.urls[0].hasSuffix("?To=%2B15558675310&PageSize=50"))
        let whatsApp = Self.run(Self.twilio, Self.lost(Self.text { $0.channel = .whatsapp }), [])
        #expect(whatsApp.urls[0].hasSuffix("?To=whatsapp%3A%2B15558675310&From=whatsapp%3A%2B15557122661&PageSize=50"))
    }

    @Test(arguments: [
        (message(), LookUpAnswer.found(providerID: sid, failureCode: nil)),
        (message(date: "Thu, 24 Aug 2023 05:00:45 +0000"), .found(providerID: sid, failureCode: nil)),
        (message(date: "Thu, 24 Aug 2023 05:00:44 +0000"), .notFound), (message(date: "soon"), .notFound),
        (message(body: "Olá"), .notFound), (message(direction: "inbound"), .notFound), (message(sid: "SM1"), .notFound),
        (message(sid: other), .notFound),
        (message(status: "undelivered", code: "30003"), .found(providerID: sid, failureCode: "30003")),
        (message(status: "failed"), .found(providerID: sid, failureCode: "failed")), ("", .notFound), ("7", .notFound),
        (#"{"sid":null,"body":{}}"#, .notFound),
        (message(date: "Thu, 24 Aug 2023 05:02:45 +0000", code: #""\u0000""#) + ",[]", .found(providerID: sid, failureCode: nil)),
    ])
    func `Twilio's list is matched by text, time and direction`(messages: String, expected: LookUpAnswer) {
        #expect(Self.run(Self.twilio, Self.lost(known: [Self.other]), [Self.response(Self.page(messages))]).known == expected)
    }

    @Test func `of two equal texts the one next to the request is the lost one`() {
        let page = Self.page(Self.message(sid: Self.other, date: "Thu, 24 Aug 2023 05:03:00 +0000"), Self.message())
        #expect(
            Self.run(Self.twilio, Self.lost(), [Self.response(page)]).known
                == .found(providerID: Self.sid, failureCode: nil))
    }

    @Test func `further pages are read, a few and only of the same list`() {
        let path = "/2010-04-01/Accounts/AC1/Messages.json?Page=1&PageToken=PA1"
        let more = Self.response(Self.page(next: #""\#(path)""#))
        let found = Self.run(Self.twilio, Self.lost(), [more, Self.response(Self.page(Self.message()))])
        #expect(found.known == .found(providerID: Self.sid, failureCode: nil))
        #expect(found.urls.last == "https://api.twilio.com" + path)
        let endless = Self.run(Self.twilio, Self.lost(), [more, more, more, more, more])
        #expect(endless.known == .notFound && endless.urls.count == 4)
        for uri in ["@evil.test/", "https://evil.test/", "/2010-04-01/Accounts/AC2/Messages.json?Page=1"] {
            let answers = [Self.response(Self.page(next: #""\#(uri)""#)), more]
            #expect(Self.run(Self.twilio, Self.lost(), answers).known == .unavailable(reason: "foreign_page"))
        }
    }

    @Test func `a template is not looked for, as its words are not known`() {
        let template = Self.text { $0.content = .template(contentSID: "HX0123456789abcdef0123456789abcdef", variables: [:]) }
        let looked = Self.run(Self.twilio, Self.lost(template), [])
        #expect(looked.known == .notFound && looked.urls.isEmpty)
    }

    @Test(arguments: [
        (response("", 401), "http_401"), (response("", 503), "http_503"), (response("<html>"), "unreadable_records"),
        (response(""), "unreadable_records"), (response(#"{"messages":7}"#), "unreadable_records"),
        (.failure(.timedOut(requestMayHaveBeenSent: true)), "timed_out"), (.failure(.responseTooLarge), "response_too_large"),
    ])
    func `records that cannot be read prove nothing`(answer: Result<HTTPResponse, HTTPClientError>, reason: String) {
        #expect(Self.run(Self.twilio, Self.lost(), [answer]).known == .unavailable(reason: reason))
        let lost = LostRequest(Self.green.prepare(Self.text()), sentAt: Self.created)
        #expect(Self.run(Self.green, lost, [answer]).known == .unavailable(reason: reason))
        #expect(Self.run(Self.green, lost, [Self.response("[]"), answer]).known == .unavailable(reason: reason))
    }

    private static func sent(
        id: String = "\"3EB0\"", chat: String = "15558675310@c.us", text: String = #""textMessage":"Olá & tchau""#,
        at: String = "1692853305", status: String = "sent"
    ) -> String {
        #"{"type":"outgoing","idMessage":\#(id),"timestamp":\#(at),"chatId":"\#(chat)",\#(text),"statusMessage":"\#(status)","sendByApi":true}"#
    }

    @Test(arguments: [
        (sent(), LookUpAnswer.found(providerID: "3EB0", failureCode: nil)),
        (sent(text: #""extendedTextMessage":{"text":"Olá & tchau"}"#), .found(providerID: "3EB0", failureCode: nil)),
        (sent(text: #""extendedTextMessage":"Olá & tchau""#), .notFound), (sent(chat: "1@c.us"), .notFound),
        (sent(text: #""textMessage":"Olá""#), .notFound), (sent(id: "null"), .notFound), (sent(id: "\"known\""), .notFound),
        (sent(at: "1692853244"), .notFound), (sent(at: "\"1692853305\""), .found(providerID: "3EB0", failureCode: nil)),
        (sent(at: "1e99"), .notFound),
        (sent(status: "noAccount"), .found(providerID: "3EB0", failureCode: "no_account")),
        (sent(status: "failed"), .found(providerID: "3EB0", failureCode: "failed")),
        (sent(status: "yellowCard"), .found(providerID: "3EB0", failureCode: nil)), ("", .notFound), ("7,null", .notFound),
    ])
    func `Green API's outgoing messages are matched by chat, text and time`(list: String, expected: LookUpAnswer) {
        let lost = LostRequest(Self.green.prepare(Self.text()), sentAt: Self.created, knownIDs: ["known"])
        let looked = Self.run(Self.green, lost, [Self.response("[]"), Self.response("[\(list)]")])
        #expect(looked.known == expected)
        #expect(looked.urls[0].hasSuffix("/waInstance7103000000/showMessagesQueue/tok-en"))
        #expect(looked.urls[1].hasSuffix("/waInstance7103000000/lastOutgoingMessages/tok-en?minutes=7"))
    }

    @Test func `Green API's queue is looked into first`() {
        let queue =
            #"[{"messageID":"F1","type":"sendFileByUrl","body":{"chatId":"15558675310@c.us","urlFile":"u"}},{"messageID":"B1","type":"sendMessage","body":{"chatId":"15558675310@c.us","message":"Olá & tchau"}}]"#
        let lost = LostRequest(Self.green.prepare(Self.text()), sentAt: Self.created)
        let looked = Self.run(Self.green, lost, [Self.response(queue)])
        #expect(looked.known == .found(providerID: "B1", failureCode: nil) && looked.urls.count == 1)
    }

    @Test func `nothing that is told or stored holds Green API's token`() async {
        let green = GreenAPI(instanceID: "7103000000", token: Secret("tok-en"), endpoint: ProviderEndpoint("http://127.0.0.1:1"))
        let prepared = green.prepare(Self.text())
        let client = HTTPClient()
        var dumped = ""
        dump(green, to: &dumped)
        dump(prepared, to: &dumped)
        dump(await green.send(prepared, over: client).answer, to: &dumped)
        dump(await green.lookUp(LostRequest(prepared, sentAt: 0), over: client), to: &dumped)
        dump(green.answer(to: Self.response("no such page: sendMessage/tok-en?", 404)), to: &dumped)
        #expect(dumped.contains("could_not_connect"))
        #expect(!dumped.contains("tok-en"))
    }
}
