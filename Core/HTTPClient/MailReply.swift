/// A relay's last word about a mail: that it took it, or why not.
public struct MailReply: Sendable, Equatable {
    /// What the relay answered to.
    public enum Stage: String, Sendable {
        /// Our coming, or our greeting.
        case greeting
        /// The wish for TLS.
        case encryption
        /// The credentials.
        case login
        /// The sender.
        case sender
        /// The recipient, or the wish to send.
        case recipient
        /// The whole message.
        case message
    }

    /// The three digits, as 250.
    public var code: Int
    /// The enhanced status code (RFC 3463), as `5.1.1`; nil where the relay gives none, or one of another class than the digits.
    public var enhancedCode: String?
    /// The relay's words, at most about 2000 bytes: they may hold anything.
    public var text: String
    /// What it answered to.
    public var stage: Stage

    /// A reply made by hand, as tests do.
    public init(code: Int, enhancedCode: String? = nil, text: String = "", stage: Stage) {
        self.code = code
        self.enhancedCode = enhancedCode
        self.text = text
        self.stage = stage
    }
}

/// Puts a relay's lines together into replies (RFC 5321 §4.2.1).
struct ReplyReader {
    private var text: [UInt8] = []
    /// The last complete reply, that to the farewell left out.
    private(set) var last: (code: Int, text: [UInt8])?
    /// What the replies are to.
    private(set) var stage = MailReply.Stage.greeting
    private var isOver = false

    /// Takes the beginning of a command of ours; true when it is the farewell.
    mutating func command(_ line: UnsafeRawBufferPointer) -> Bool {
        switch String(decoding: line.prefix(4), as: UTF8.self) {
        case "STAR": stage = .encryption
        case "AUTH": stage = .login
        case "MAIL": stage = .sender
        case "RCPT", "DATA": stage = .recipient
        case "QUIT": isOver = true
        // A further line of a login, or EHLO again after TLS.
        default: break
        }
        return isOver
    }

    /// Takes one line with its end; what is no reply is passed over.
    mutating func take(_ line: UnsafeRawBufferPointer) {
        guard !isOver, line.count >= 3, line[..<3].allSatisfy({ (0x30...0x39).contains($0) }) else { return }
        let code = line[..<3].reduce(0) { $0 * 10 + Int($1 - 0x30) }
        let isLast = line.count == 3 || line[3] != UInt8(ascii: "-")
        // Endless replies are kept short.
        if text.count < 2000 { text += line.dropFirst(4).prefix { $0 != 0x0D && $0 != 0x0A }.prefix(1000) + [0x20] }
        guard isLast else { return }
        last = (code, text)
        text = []
    }
}

extension MailReply {
    /// A reply as the loop gives it back, its code as the status and its words as the body.
    init(_ response: HTTPResponse, stage: Stage) {
        let words = String(decoding: response.body, as: UTF8.self)
        self.init(
            code: response.status, enhancedCode: Self.enhancedCode(in: words, of: response.status), text: words, stage: stage)
    }

    /// The code at the beginning of the words. Only subjects and details that exist or may come to: it goes into metrics.
    private static func enhancedCode(in words: String, of code: Int) -> String? {
        guard let word = words.split(separator: " ").first, word.utf8.count <= 7 else { return nil }
        let parts = word.split(separator: ".", omittingEmptySubsequences: false).compactMap { Int($0) }
        guard parts.count == 3, parts[0] == code / 100, (0...7).contains(parts[1]), (0...99).contains(parts[2]) else {
            return nil
        }
        return "\(parts[0]).\(parts[1]).\(parts[2])"
    }
}
