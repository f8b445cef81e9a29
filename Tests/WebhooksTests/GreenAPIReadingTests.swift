import Providers
import Testing
import Webhooks

struct GreenAPIReadingTests {
    static let incoming =
        #"{"typeWebhook":"incomingMessageReceived","instanceData":{"idInstance":7103000000,"wid":"11001234567@c.us","typeInstance":"whatsapp"},"timestamp":1588091580,"idMessage":"F7AEC1B7086ECDC7E6E45923F5EDB825","senderData":{"chatId":"79001234568@c.us","sender":"79001234568@c.us","chatName":"John","senderName":"John","senderContactName":"John Doe"},"messageData":{"typeMessage":"textMessage","textMessageData":{"textMessage":"I use GREEN-API to send this message to you!"}}}"#
    static let delivered =
        #"{"typeWebhook":"outgoingMessageStatus","chatId":"79001234568@c.us","instanceData":{"idInstance":7103000000,"wid":"11001234567@c.us","typeInstance":"whatsapp"},"timestamp":1586700802,"idMessage":"3EB0608D6A2901063D63","status":"delivered","sendByApi":true}"#
    static let failed = delivered.replacing(
        #""status":"delivered""#,
        with: #""status":"failed","description":"SWE004: the number of participants in the group has been exceeded - 300""#)
    static let state =
        #"{"typeWebhook":"stateInstanceChanged","instanceData":{"idInstance":7103000000,"wid":"","typeInstance":"whatsapp"},"timestamp":1586700690,"stateInstance":"notAuthorized"}"#

    private func read(_ body: String) throws -> WebhookEvent {
        try GreenAPIWebhook.event(.json(body), receivedAt: receivedAt)
    }

    /// The incoming sample with other message data.
    private func message(_ data: String) throws -> InboundMessage? {
        let start = Self.incoming.firstRange(of: #""messageData":"#)?.upperBound ?? Self.incoming.endIndex
        return try read(Self.incoming[..<start] + data + "}").message
    }

    @Test func `an incoming text names sender, account and words`() throws {
        let event = try read(Self.incoming)
        let message = try #require(event.message)
        #expect(event.key == "7103000000:incomingMessageReceived:F7AEC1B7086ECDC7E6E45923F5EDB825")
        #expect(message.provider == .greenAPI && message.channel == .whatsapp && message.account == "7103000000")
        #expect(message.sender == "+79001234568" && message.senderPhone == "+79001234568" && message.recipient == "+11001234567")
        #expect(message.text == "I use GREEN-API to send this message to you!")
        #expect(message.profileName == "John Doe" && message.conversation == nil && message.occurredAt == 1_588_091_580)
    }

    @Test(arguments: [
        (
            #"{"typeMessage":"extendedTextMessage","extendedTextMessageData":{"text":"https://x","title":"t","isForwarded":false}}"#,
            "https://x", 0
        ),
        (#"{"typeMessage":"quotedMessage","extendedTextMessageData":{"text":"oui"},"quotedMessage":{"stanzaId":"1"}}"#, "oui", 0),
        (
            #"{"typeMessage":"imageMessage","fileMessageData":{"downloadUrl":"https://x","caption":"ma carte","fileName":"1.jpg","jpegThumbnail":"AA=="}}"#,
            "ma carte", 1
        ),
        (#"{"typeMessage":"audioMessage","fileMessageData":{"downloadUrl":"https://x"}}"#, "", 1),
        (#"{"typeMessage":"reactionMessage","extendedTextMessageData":{"text":"👍"},"quotedMessage":{}}"#, "👍", 0),
        (#"{"typeMessage":"locationMessage","locationMessageData":{"latitude":1.5,"longitude":1e400}}"#, "", 0),
        (#"{"typeMessage":"textMessage","textMessageData":{"textMessage":"{{SWE001}}"}}"#, "", 0), (#"{"typeMessage":7}"#, "", 0),
    ]) func `each kind of message has its text and files`(data: String, text: String, files: Int) throws {
        let message = try #require(try message(data))
        #expect(message.text == text && message.mediaCount == files)
    }

    @Test(arguments: ["editedMessage", "deletedMessage", "pollUpdateMessage"])
    func `what changes an older message is no new one`(type: String) throws {
        #expect(try message(#"{"typeMessage":"\#(type)","editedMessageData":{"textMessage":"x"}}"#) == nil)
    }

    @Test func `a group is answered in the group, and its STOP is not for us`() throws {
        let body = Self.incoming.replacing(#""chatId":"79001234568@c.us""#, with: #""chatId":"120363043968066561@g.us""#)
            .replacing("I use GREEN-API to send this message to you!", with: "STOP")
        let message = try #require(try read(body).message)
        #expect(message.sender == "+79001234568" && message.conversation == "120363043968066561@g.us" && message.optOut == nil)
        #expect(
            try read(Self.incoming.replacing("I use GREEN-API to send this message to you!", with: "Stop")).message?.optOut
                == .optOut)
    }

    @Test func `a hidden number is never taken for one`() throws {
        let message = try #require(try read(Self.incoming.replacing("79001234568@c.us", with: "120650379300963@lid")).message)
        #expect(message.sender == "120650379300963@lid" && message.senderPhone == nil)
        #expect(message.conversation == "120650379300963@lid")
    }

    @Test(arguments: [
        ("pending", StatusReport.Status?.some(.accepted), String?.none), ("sent", .sent, nil), ("delivered", .delivered, nil),
        ("read", .read, nil), ("failed", .failed, "failed"), ("fail", .failed, "fail"), ("noAccount", .failed, "noaccount"),
        ("notInGroup", .failed, "notingroup"), ("yellowCard", .deferred, "yellowcard"),
        ("noActiveSession", .failed, "noactivesession"),
        ("teleported", nil, nil),
    ]) func `each status has a meaning and a key of its own`(name: String, status: StatusReport.Status?, code: String?) throws {
        let event = try read(Self.delivered.replacing(#""delivered""#, with: "\"\(name)\""))
        #expect(event.key == "7103000000:outgoingMessageStatus:3EB0608D6A2901063D63:\(name)")
        #expect(event.report?.status == status && event.report?.code == code)
        if status != nil {
            #expect(event.report?.providerID == "3EB0608D6A2901063D63" && event.report?.occurredAt == 1_586_700_802)
        }
    }

    @Test func `a failure keeps its number, not its sentence`() throws {
        let report = try #require(try read(Self.failed).report)
        #expect(report.code == "SWE004" && report.message == nil)
    }

    @Test func `what concerns the instance, or is ours, is left`() throws {
        let own = Self.incoming.replacing("incomingMessageReceived", with: "outgoingAPIMessageReceived")
        for body in [
            Self.state, own, own.replacing("API", with: ""), #"{"typeWebhook":"quotaExceeded","quotaData":{"used":1}}"#, "{}",
            #"{"typeWebhook":["x"]}"#,
        ] {
            #expect(try read(body).content == .other)
        }
        #expect(try read(Self.state).key.hasPrefix("sha256:"))
        #expect(try read(Self.state).type == "stateInstanceChanged")
        #expect(throws: WebhookError.unreadable) { try read("[]") }
    }

    @Test func `an instance's number may come as a text`() throws {
        #expect(try read(Self.delivered.replacing("7103000000", with: "\"7103000000\"")).key == read(Self.delivered).key)
    }
}
