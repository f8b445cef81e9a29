internal import HTTPServer

/// A message as Twilio shows it: nearly every number is a string, and what is not known is null.
struct TwilioMessage: Encodable {
    private let effect: Effect
    private let account: String
    private let service: String?

    init(_ effect: Effect, account: String, service: String? = nil) {
        self.effect = effect
        self.account = account
        self.service = service
    }

    private enum Key: String, CodingKey {
        case account_sid, api_version, body, date_created, date_sent, date_updated, direction, error_code, error_message, from
        case num_media, num_segments, price, price_unit, messaging_service_sid, sid, status, subresource_uris, to, uri
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        let path = "/2010-04-01/Accounts/\(account)/Messages/\(effect.id)"
        let date = WireDate.rfc2822(effect.acceptedAt)
        // A messaging service picks the sender later, and only then are the segments known.
        let isWaiting = effect.from.isEmpty
        try fields.encode(account, forKey: .account_sid)
        try fields.encode("2010-04-01", forKey: .api_version)
        try fields.encode(effect.body, forKey: .body)
        try fields.encode(date, forKey: .date_created)
        try fields.encode(date, forKey: .date_updated)
        try fields.encode("outbound-api", forKey: .direction)
        try fields.encode(isWaiting ? nil : effect.from, forKey: .from)
        try fields.encode("0", forKey: .num_media)
        try fields.encode(isWaiting ? "0" : "\(segments)", forKey: .num_segments)
        try fields.encode(service, forKey: .messaging_service_sid)
        try fields.encode(effect.id, forKey: .sid)
        try fields.encode(isWaiting ? "accepted" : "queued", forKey: .status)
        try fields.encode(["media": "\(path)/Media.json"], forKey: .subresource_uris)
        try fields.encode(effect.to, forKey: .to)
        try fields.encode("\(path).json", forKey: .uri)
        for key in [Key.date_sent, .error_code, .error_message, .price, .price_unit] { try fields.encodeNil(forKey: key) }
    }

    /// 160 ASCII characters or 70 others fit in one segment, 153 or 67 in each of several.
    private var segments: Int {
        let body = effect.body ?? ""
        let isPlain = body.utf8.allSatisfy { $0 < 0x80 }
        let length = body.utf16.count
        return length <= (isPlain ? 160 : 70) ? 1 : (length + (isPlain ? 152 : 66)) / (isPlain ? 153 : 67)
    }
}

/// `GET …/Messages.json`.
struct TwilioMessageList: Encodable {
    private let messages: [TwilioMessage]
    private let page: Int
    private let page_size: Int
    private let start: Int
    private let end: Int
    private let uri: String
    private let first_page_uri: String
    private let next_page_uri: String?
    private let previous_page_uri: String?

    /// Numbers and channels hold nothing else that a query could not.
    private static func encode(_ value: String) -> String {
        value.replacing("+", with: "%2B").replacing(":", with: "%3A").replacing(" ", with: "+")
    }

    /// The messages that `To` and `From` ask for, newest first. Nothing is sent on, so a filter by `DateSent` finds nothing.
    static func answer(_ query: [FormDecoding.Pair], account: String, _ ledger: Ledger) -> HTTPServerResponse {
        let to = query.first { $0.name == "To" }?.value
        let from = query.first { $0.name == "From" }?.value
        let size = min(1000, max(1, query.first { $0.name == "PageSize" }.flatMap { Int($0.value) } ?? 50))
        let asksForSent = query.contains { $0.name.hasPrefix("DateSent") }
        let page = max(0, query.first { $0.name == "Page" }.flatMap { Int($0.value) } ?? 0)
        let all =
            asksForSent
            ? [] : ledger.messages(.twilio).filter { (to == nil || to == $0.to) && (from == nil || from == $0.from) }
        let found = all.dropFirst(min(page, 1000) * size).prefix(size)
        func uri(_ page: Int) -> String {
            let names = ["To", "From"].compactMap { name in query.first { $0.name == name }.map { "\(name)=\(encode($0.value))&" }
            }
            return "/2010-04-01/Accounts/\(account)/Messages.json?\(names.joined())PageSize=\(size)&Page=\(page)"
        }
        let list = TwilioMessageList(
            messages: found.map { TwilioMessage($0, account: account) }, page: page, page_size: size, start: page * size,
            end: max(page * size, page * size + found.count - 1), uri: uri(page), first_page_uri: uri(0),
            next_page_uri: all.count > (page + 1) * size ? uri(page + 1) + "&PageToken=PA\(page + 1)" : nil,
            previous_page_uri: page > 0 ? uri(page - 1) : nil)
        return .json(200, list)
    }
}
