import Primitives
import Providers
import TestSupport
import Testing
import Webhooks

/// Ten thousand damaged bodies for each reader: none stops the process, and whatever is read is fit to store.
///
/// One after another and on threads of their own: seconds of computing must not starve tests that watch the time.
@Suite(.serialized) struct HostileBodiesTests {
    private static let rounds = 10_000

    /// The same damage in every run (xorshift).
    private struct Dice: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }

    private static let bombs: [[UInt8]] = [
        [0], [0xFF], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], Array("\u{202E}".utf8),
        Array("\u{2028}\u{2029}\u{85}".utf8), Array("\u{0}".utf8),
        Array(#"\u0000"#.utf8), Array(#"\ud800"#.utf8), Array(#"\ude00\ud83d"#.utf8), Array("\"".utf8), Array("\\".utf8),
        Array("null".utf8), Array("true".utf8), Array("1e999".utf8), Array("-0".utf8), Array("9223372036854775808".utf8),
        Array("0.000000000000000000000000000000001".utf8), Array(repeating: UInt8(ascii: "9"), count: 400),
        Array(repeating: UInt8(ascii: "["), count: 31), Array(repeating: UInt8(ascii: "["), count: 500),
        Array(String(repeating: #"{"a":"#, count: 200).utf8), Array("{}".utf8), Array("[]".utf8), Array(",".utf8),
        Array(":".utf8),
        Array(String(repeating: "e\u{301}\u{302}", count: 500).utf8), Array("%00".utf8), Array("%".utf8), Array("%FF".utf8),
        Array("&&==&".utf8), Array("\r\n\r\n".utf8), Array("\r\n--xYzZY\r\n".utf8), Array("--xYzZY--".utf8),
        Array("; name=\"".utf8),
        Array("'; drop table x; --".utf8), Array("\u{FEFF}".utf8),
    ]

    private static func damage(_ body: [UInt8], _ dice: inout Dice) -> [UInt8] {
        var body = body
        for _ in 0..<Int.random(in: 1...4, using: &dice) {
            let place = Int.random(in: 0...body.count, using: &dice)
            switch Int.random(in: 0..<7, using: &dice) {
            case 0 where place < body.count: body[place] = UInt8.random(in: 0...255, using: &dice)
            case 1: body.removeSubrange(place..<min(body.count, place + Int.random(in: 0...40, using: &dice)))
            case 2: body.insert(contentsOf: bombs.randomElement(using: &dice) ?? [], at: place)
            case 3: replaceValue(in: &body, from: place, &dice)
            case 4: body.removeSubrange(place...)
            case 5 where !body.isEmpty:
                let from = Int.random(in: 0..<body.count, using: &dice)
                body.insert(contentsOf: body[from..<min(body.count, from + 60)], at: place)
            default: body.insert(UInt8.random(in: 0...255, using: &dice), at: place)
            }
        }
        return body
    }

    /// Puts something else where a value stands, so that the body stays JSON, or a form.
    private static func replaceValue(in body: inout [UInt8], from place: Int, _ dice: inout Dice) {
        let values = [
            "null", "true", "[]", "{}", "-1", "1e999", "1e-999", "123456789012345678901234567890", #""""#, #""\u0000x\u0000""#,
            #""\ud800""#,
            #""‮ ""#, "\"" + String(repeating: "x", count: 1500) + "\"", #"["a",{"b":[]}]"#, #"{"name":{"name":{}}}"#,
            String(repeating: "[", count: 40) + String(repeating: "]", count: 40),
        ]
        guard let colon = body[place...].firstIndex(where: { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "=") }) else { return }
        let ends = [",", "}", "]", "&"].map { UInt8(ascii: $0) }
        let end = body[(colon + 1)...].firstIndex { ends.contains($0) } ?? body.endIndex
        body.replaceSubrange((colon + 1)..<end, with: Array((values.randomElement(using: &dice) ?? "").utf8))
    }

    private func attack(
        _ seed: UInt64, _ samples: [WebhookRequest], _ read: @escaping @Sendable (WebhookRequest) throws -> [WebhookEvent]
    ) async throws {
        let readable = try await blocking { try count(seed, samples, read) }
        // Else the damage would be too plain to find anything.
        #expect(readable > Self.rounds / 20, "\(readable)")
    }

    /// How many damaged bodies could be read.
    private func count(
        _ seed: UInt64, _ samples: [WebhookRequest], _ read: (WebhookRequest) throws -> [WebhookEvent]
    ) throws -> Int {
        var dice = Dice(state: seed)
        var readable = 0
        for round in 0..<Self.rounds {
            var request = samples[round % samples.count]
            request.body = Self.damage(request.body, &dice)
            do {
                let events = try read(request)
                readable += 1
                let defects = events.flatMap(defects)
                if !defects.isEmpty { Issue.record("\(defects) in round \(round)") }
            } catch is WebhookError {
                continue
            }
        }
        return readable
    }

    /// What of an event is not fit to store, in words; the macro for each of millions of looks would take minutes.
    private func defects(_ event: WebhookEvent) -> [String] {
        var defects: [String] = []
        func demand(_ isWell: Bool, _ what: String) { if !isWell { defects.append(what) } }
        func isPlain(_ word: String?, _ most: Int) -> Bool {
            guard let word else { return true }
            return (1...most).contains(word.utf8.count) && word.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        }
        func isLine(_ line: String?, _ most: Int) -> Bool {
            guard let line else { return true }
            return (1...most).contains(line.unicodeScalars.count) && !line.contains(where: \.isNewline) && !line.utf8.contains(0)
        }
        func isInstant(_ seconds: Double) -> Bool { (0...253_402_300_799).contains(seconds) }
        demand(isPlain(event.key, 200), "key")
        demand(isPlain(event.type, 64), "type")
        switch event.content {
        case .status(let report):
            for word in [report.providerID, report.attemptID, report.code] {
                demand(isPlain(word, 300) && word?.contains("@") != true, "word of a report")
            }
            demand(isLine(report.message, 100) && report.message?.contains("@") != true, "message of a report")
            demand(isInstant(report.occurredAt), "instant")
        case .inbound(let message):
            for line in [
                message.providerID, message.account, message.sender, message.recipient, message.conversation, message.subject,
                message.profileName, message.buttonPayload,
            ] {
                demand(isLine(line, 1000), "line of a message")
            }
            demand(message.senderPhone.map { $0.first == "+" && (8...16).contains($0.utf8.count) } ?? true, "phone")
            demand(message.text.unicodeScalars.count <= 20_000 && !message.text.utf8.contains(0), "text")
            demand((0...100).contains(message.mediaCount) && isInstant(message.occurredAt), "number")
        case .room(let told):
            demand(isLine(told.room, 200) && isPlain(told.roomID, 128) && isLine(told.participant, 200), "room")
            demand(isInstant(told.occurredAt) && isInstant(told.joinedAt ?? 1), "instant")
        case .billing(let told):
            for word in [told.id, told.type, told.account, told.objectID, told.objectType, told.apiVersion] {
                demand(isPlain(word, 255), "word of a billing event")
            }
            demand(isInstant(told.createdAt), "instant")
        case .other: break
        }
        return defects
    }

    @Test func `Twilio's forms`() async throws {
        let samples = [
            TwilioReadingTests.undelivered, TwilioReadingTests.readReceipt, TwilioReadingTests.whatsapp,
            TwilioReadingTests.quickReply,
        ]
        .map { WebhookRequest(WebhookRequest.form, $0) }
        try await attack(1, samples) {
            [try TwilioWebhook.status($0, receivedAt: receivedAt), try TwilioWebhook.inbound($0, receivedAt: receivedAt)]
        }
    }

    @Test func `Resend's events`() async throws {
        let samples = [
            ResendReadingTests.sent, ResendReadingTests.bounced, ResendReadingTests.clicked, ResendReadingTests.failed,
        ]
        try await attack(2, samples.map { .json($0, [("svix-id", "msg_1")]) }) {
            [try ResendWebhook.event($0, receivedAt: receivedAt)]
        }
    }

    @Test func `SendGrid's events`() async throws {
        let lines = SendGridReadingTests.events.split(separator: "\n").map { line in
            "[" + line.drop { $0 != "{" }.prefix { $0 != "\n" }.dropLast() + "]"
        }
        try await attack(3, lines.map { .json($0) }) { try SendGridWebhook.events($0, receivedAt: receivedAt) }
    }

    @Test func `SendGrid's mails`() async throws {
        let sample = WebhookRequest.multipart(SendGridInboundTests.fields, files: 2)
        try await attack(4, [sample]) { [try SendGridInbound.message($0, receivedAt: receivedAt)] }
    }

    @Test func `Green API's notifications`() async throws {
        let samples = [
            GreenAPIReadingTests.incoming, GreenAPIReadingTests.delivered, GreenAPIReadingTests.failed,
            GreenAPIReadingTests.state,
        ]
        try await attack(5, samples.map { .json($0) }) { [try GreenAPIWebhook.event($0, receivedAt: receivedAt)] }
    }

    @Test func `LiveKit's events`() async throws {
        try await attack(6, [.json(RoomAndBillingTests.joined)]) { [try LiveKitWebhook.event($0, receivedAt: receivedAt)] }
    }

    @Test func `Stripe's events`() async throws {
        try await attack(7, [.json(RoomAndBillingTests.paid)]) { [try StripeWebhook.event($0, receivedAt: receivedAt)] }
    }

    @Test func `texts and names beyond all measure are cut, and an id of that kind is none`() throws {
        let long = String(repeating: "é", count: 30_000)
        let body = GreenAPIReadingTests.incoming.replacing("I use GREEN-API to send this message to you!", with: long)
            .replacing("John Doe", with: long)
        let message = try GreenAPIWebhook.event(.json(body), receivedAt: receivedAt).message
        #expect(message?.text.unicodeScalars.count == 20_000 && message?.profileName?.unicodeScalars.count == 200)
        let id = "evt_" + String(repeating: "1", count: 30_000)
        let event = try StripeWebhook.event(.json(RoomAndBillingTests.paid.replacing("evt_1", with: id)), receivedAt: receivedAt)
        #expect(event.content == .other && event.key.hasPrefix("sha256:"))
    }

    @Test func `large bodies are read in a moment`() async throws {
        let event = #"{"event":"delivered","sg_event_id":"e","sg_message_id":"m","timestamp":1}"#
        let huge: [WebhookRequest] = [
            .json("[" + Array(repeating: event, count: 3000).joined(separator: ",") + "]"),
            .json("[" + String(repeating: "[],", count: 300_000) + "0]"),
            .json("[" + String(repeating: "{},", count: 20_000) + "0]"),
            .json("{" + (0..<20_000).map { "\"a\($0)\":\($0)" }.joined(separator: ",") + "}"),
            .json("\"" + String(repeating: "\\u0000", count: 200_000) + "\""), .json(String(repeating: "[", count: 1 << 20)),
        ]
        // At the bound of values, and one beyond it.
        let (most, more) = (json(of: 99_999), json(of: 100_000))
        let multipart = WebhookRequest("multipart/form-data; boundary=b", String(repeating: "\r\n--b", count: 300_000))
        let form = WebhookRequest(WebhookRequest.form, String(repeating: "a=1&", count: 300_000))
        let time = try await blocking {
            ContinuousClock().measure {
                for request in huge { _ = try? SendGridWebhook.events(request, receivedAt: receivedAt) }
                #expect((try? SendGridWebhook.events(most, receivedAt: receivedAt))?.isEmpty == true)
                #expect(throws: WebhookError.unreadable) { try SendGridWebhook.events(more, receivedAt: receivedAt) }
                #expect(throws: WebhookError.unreadable) { try SendGridInbound.message(multipart, receivedAt: receivedAt) }
                #expect(throws: WebhookError.unreadable) { try TwilioWebhook.inbound(form, receivedAt: receivedAt) }
            }
        }
        #expect(time < .seconds(60))
    }

    private func json(of commas: Int) -> WebhookRequest { .json("[" + String(repeating: "0,", count: commas) + "0]") }
}
