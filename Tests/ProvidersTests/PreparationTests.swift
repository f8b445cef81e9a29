private import Primitives
internal import HTTPClient
internal import Providers
internal import Testing

/// What preparing makes of awkward input.
struct PreparationTests {
    private static let resend = Resend(apiKey: Secret("k"))

    private static func mail(_ change: (inout OutgoingEmail) -> Void = { _ in }) -> OutgoingEmail {
        var mail = OutgoingEmail(
            attemptID: "a1", from: .init("a@b.test"), to: .init("c@d.test"), subject: "s", html: "<p>h</p>", text: "t")
        change(&mail)
        return mail
    }

    @Test func `the same mail gives the same bytes`() {
        let mail = Self.mail { $0.headers = [.init("A", "1"), .init("B", "2"), .init("C", "3")] }
        #expect(Self.resend.prepare(mail) == Self.resend.prepare(mail))
    }

    @Test func `text survives JSON whatever is in it`() throws {
        let text = "\"\\/\u{0}\u{1}\u{1F}\n\r\t\u{7F}é☕👍\u{2028}<&>"
        let body = Self.resend.prepare(Self.mail { $0.text = text }).body
        #expect(try JSON(Array(body.utf8))["text"]?.text == text)
        #expect(!body.contains("\0"), "Postgres keeps no NUL in text")
    }

    @Test(arguments: [
        (nil, "a@b.test"), ("", "a@b.test"), ("Ana Lima", "Ana Lima <a@b.test>"), ("Lima, Ana", #""Lima, Ana" <a@b.test>"#),
        (#"The "A" \ team"#, #""The \"A\" \\ team" <a@b.test>"#), ("A\r\nBcc: x@y.test", #""ABcc: x@y.test" <a@b.test>"#),
    ])
    func `a name in a mailbox is quoted where it must be`(name: String?, expected: String) throws {
        let body = Self.resend.prepare(Self.mail { $0.from = .init("a@b.test", name: name) }).body
        #expect(try JSON(Array(body.utf8))["from"]?.text == expected)
    }

    @Test func `a tag that Resend would refuse is made to fit`() throws {
        let body = Self.resend.prepare(Self.mail { $0.tags = [.init("té nant", "t:1")] }).body
        let tags = try JSON(Array(body.utf8))["tags"]?.array
        #expect(tags?.first?["name"]?.text == "t___nant")
        #expect(tags?.first?["value"]?.text == "t_1")
        #expect(tags?.last?["value"]?.text == "a1")
    }

    @Test func `SendGrid gets no header that it reserves and no empty content`() throws {
        let sendGrid = SendGrid(apiKey: Secret("k"))
        let mail = Self.mail {
            $0.headers = [.init("Reply-To", "x"), .init("List-Unsubscribe", "<https://u.test/x>")]
            $0.text = ""
        }
        let body = try JSON(Array(sendGrid.prepare(mail).body.utf8))
        #expect(body["headers"] == .object(["List-Unsubscribe": .text("<https://u.test/x>")]))
        #expect(body["content"]?.array.count == 1)
    }

    @Test func `a callback keeps its own query`() {
        let twilio = Twilio(accountSID: "AC1", secret: Secret("t"))
        let text = OutgoingText(
            attemptID: "a&b", channel: .sms, from: "+1", to: "+2", content: .text("x"), statusCallback: "https://h.test/s?t=1")
        #expect(twilio.prepare(text).body.hasSuffix("StatusCallback=https%3A%2F%2Fh.test%2Fs%3Ft%3D1%26attempt%3Da%2526b"))
    }

    @Test func `a prepared request and a printed provider hold no credential`() {
        let provider = Twilio(accountSID: "AC1", secret: Secret("tok-en"))
        let prepared = provider.prepare(OutgoingText(attemptID: "a", channel: .sms, from: "+1", to: "+2", content: .text("x")))
        var dumped = ""
        dump(provider, to: &dumped)
        let basic = provider.httpRequest(for: prepared).headers["Authorization"] ?? "none"
        for text in ["\(prepared)", "\(provider)", String(reflecting: provider), dumped] {
            #expect(!text.contains("tok-en"))
            #expect(!text.contains(basic.dropFirst(6)))
        }
    }

    @Test func `a stored endpoint cannot change the host`() {
        let prepared = PreparedRequest(provider: .resend, endpoint: "@evil.test/", contentType: "text/plain", body: "")
        #expect(Self.resend.httpRequest(for: prepared).url == "https://api.resend.com/@evil.test/")
    }
}
