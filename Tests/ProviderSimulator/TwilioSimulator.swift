internal import HTTPServer

/// `POST` and `GET …/Messages.json` as Twilio takes them (providers page, §1).
struct TwilioSimulator {
    private let form: [String: String]

    private struct Failure: Encodable {
        let code: Int
        let message: String
        let more_info: String
        let status: Int
    }

    static func rule(_ request: HTTPServerRequest, path: Substring, ledger: Ledger) -> Ruling {
        let parts = path.split(separator: "/")
        guard parts.count >= 4, parts[0] == "2010-04-01", parts[1] == "Accounts", isSID(parts[2], "AC") else {
            return refuse(20404, "The requested resource was not found")
        }
        guard mayEnter(request, account: parts[2]) else { return refuse(20003, "Authenticate") }
        switch (request.method, parts.count) {
        case ("GET", 4) where parts[3] == "Messages.json":
            guard let query = FormDecoding.pairs(request.query.utf8) else { return refuse(20404, "Malformed query") }
            return .answer(TwilioMessageList.answer(query, account: String(parts[2]), ledger))
        case ("POST", 4) where parts[3] == "Messages.json":
            let isForm = request.header("Content-Type")?.hasPrefix("application/x-www-form-urlencoded") == true
            guard isForm, let pairs = FormDecoding.pairs(request.body) else {
                return refuse(21604, "A 'To' phone number is required.")
            }
            let form = Dictionary(pairs.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
            return TwilioSimulator(form: form).rule(account: String(parts[2]))
        default: return refuse(20404, "The requested resource was not found")
        }
    }

    private static func mayEnter(_ request: HTTPServerRequest, account: Substring) -> Bool {
        guard let header = request.header("Authorization"), header.hasPrefix("Basic "),
            let text = JSONText.decodeBase64(String(header.dropFirst(6)))
        else { return false }
        let parts = text.split(separator: ":", maxSplits: 1)
        return parts.count == 2 && (parts[0] == account || isSID(parts[0], "SK")) && !parts[1].contains("invalid")
    }

    private func rule(account: String) -> Ruling {
        guard let to = form["To"], !to.isEmpty else { return Self.refuse(21604, "A 'To' phone number is required.") }
        let service = form["MessagingServiceSid"]
        let from = form["From"]
        guard from != nil || service != nil else { return Self.refuse(21603, "A 'From' or 'MessagingServiceSid' is required.") }
        let (toChannel, toNumber) = Self.channel(to)
        guard Self.isE164(toNumber) else { return Self.refuse(21211, "Invalid 'To' Phone Number: \(to)") }
        if let from {
            let (fromChannel, fromNumber) = Self.channel(from)
            guard fromChannel == toChannel else { return Self.refuse(21910, "'From' and 'To' are of different channels") }
            guard Self.isE164(fromNumber) || (toChannel == "" && Self.isNamedSender(fromNumber)) else {
                return Self.refuse(21212, "Invalid 'From' Phone Number: \(from)")
            }
        }
        if let service, !Self.isSID(service, "MG") { return Self.refuse(21705, "The Messaging Service Sid is invalid") }
        if let (code, message) = contentFailure ?? optionFailure { return Self.refuse(code, message) }
        if let code = Self.magic(toNumber) { return Self.refuse(code, "As asked for: \(to)") }
        let effect = Effect(provider: .twilio, to: to, from: from ?? "", body: form["Body"] ?? "", key: attempt)
        return .accept(
            Acceptance(
                effects: [effect],
                answer: { effects in
                    effects.first.map { HTTPServerResponse.json(201, TwilioMessage($0, account: account, service: service)) }
                        ?? .dropped
                }))
    }

    private var contentFailure: (Int, String)? {
        let body = form["Body"] ?? ""
        let template = form["ContentSid"]
        if body.isEmpty && template == nil && form["MediaUrl"] == nil {
            return (21602, "Message body or media urls are required.")
        }
        if body.unicodeScalars.count > 1600 { return (21617, "The concatenated message body exceeds the 1600 character limit.") }
        if let template, !Self.isSID(template, "HX") { return (21655, "The ContentSid is invalid.") }
        if let variables = form["ContentVariables"] {
            if template == nil { return (21654, "ContentSid is required with ContentVariables.") }
            if JSONText.read([String: String].self, Array(variables.utf8)) == nil {
                return (21656, "The ContentVariables are invalid.")
            }
        }
        return nil
    }

    private var optionFailure: (Int, String)? {
        if let callback = form["StatusCallback"] {
            let rest =
                callback.hasPrefix("https://")
                ? callback.dropFirst(8) : callback.hasPrefix("http://") ? callback.dropFirst(7) : ""
            let host = rest.prefix { !"/?#:".contains($0) }
            if host.isEmpty || host.contains("_") { return (21609, "The StatusCallback URL is not a valid URL.") }
        }
        if let period = form["ValidityPeriod"], !(Int(period).map { (1...36_000).contains($0) } ?? false) {
            // The page names no number for it.
            return (400, "The ValidityPeriod is out of range.")
        }
        return nil
    }

    /// The attempt in the callback's query: what ties a message to our row.
    private var attempt: String? {
        let query = (form["StatusCallback"] ?? "").drop { $0 != "?" }.dropFirst()
        return FormDecoding.pairs(query.utf8)?.first { $0.name == "attempt" }?.value
    }

    static func failure(_ code: Int, _ message: String, status: Int? = nil, retryAfter: Int? = nil) -> HTTPServerResponse {
        let usual = [20003: 401, 20404: 404, 20429: 429, 20500: 500, 20503: 503][code] ?? 400
        let wait = retryAfter.map { [HTTPServerField("Retry-After", "\($0)")] } ?? []
        let body = Failure(
            code: code, message: message, more_info: "https://www.twilio.com/docs/errors/\(code)", status: status ?? usual)
        return .json(status ?? usual, body, headers: wait)
    }

    private static func refuse(_ code: Int, _ message: String) -> Ruling {
        .answer(failure(code, message))
    }

    /// `+15005550001` and `…07` as Twilio's own test numbers; `+1000` and five digits asks for that code.
    private static func magic(_ number: String) -> Int? {
        switch number {
        case "+15005550001": 21211
        case "+15005550007": 21612
        default: number.hasPrefix("+1000") && number.utf8.count == 10 ? Int(number.dropFirst(5)) : nil
        }
    }

    private static func channel(_ address: String) -> (String, String) {
        let parts = address.split(separator: ":", maxSplits: 1)
        return parts.count == 2 ? (String(parts[0]), String(parts[1])) : ("", address)
    }

    private static func isE164(_ number: String) -> Bool {
        let digits = number.utf8.dropFirst()
        return number.utf8.first == UInt8(ascii: "+") && (7...15).contains(digits.count) && digits.first != UInt8(ascii: "0")
            && digits.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// A short code, or a name of at most 11 letters and digits.
    private static func isNamedSender(_ sender: String) -> Bool {
        (3...11).contains(sender.utf8.count)
            && sender.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || $0 == 0x20 }
    }

    private static func isSID(_ text: some StringProtocol, _ prefix: String) -> Bool {
        text.utf8.count == 34 && text.hasPrefix(prefix) && text.dropFirst(2).allSatisfy(\.isHexDigit)
    }
}
