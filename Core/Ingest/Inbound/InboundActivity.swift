internal import API
private import Crypto
private import FoundationEssentials
private import Primitives
internal import Webhooks

/// What a lead's history keeps of a message that the lead has written (M-15, M-23).
struct InboundActivity: Sendable {
    let id: String
    let channel: ActivityLog.Channel
    /// How the message begins: 100 characters at most.
    let snippet: String?
    /// JSON text. No address stands in it.
    let meta: String

    private static let longest = 100

    /// Nil for what is no message, or of no lead.
    init?(_ event: ReceivedEvent, _ circumstances: Circumstances) {
        guard let message = event.message, circumstances.leadID != nil else { return nil }
        id = UUIDv7.make(at: Date())
        channel =
            switch message.channel {
            case .sms: .sms
            case .whatsapp: .whatsapp
            case .email: .email
            }
        let text = [message.text, message.subject ?? ""].first { !$0.allSatisfy(\.isWhitespace) }
        snippet = text.map { String($0.drop(while: \.isWhitespace).prefix(Self.longest)) }
        var members: [JSON.Member] = [
            .init("provider", .string(event.source.provider)), .init("event", .string(event.event.key)),
        ]
        // Absence notices are no reply (D-30).
        if message.isAutomatic { members.append(.init("automated", true)) }
        if circumstances.match == .ambiguous { members.append(.init("ambiguous", true)) }
        if let word = message.optOut { members.append(.init("word", .string(word.rawValue))) }
        if message.mediaCount > 0 { members.append(.init("files", .int(message.mediaCount))) }
        if event.storedID != nil { members.append(.init("received_at", .string(event.receivedAt.description))) }
        meta = String(decoding: JSON.object(members).bytes, as: UTF8.self)
    }
}
