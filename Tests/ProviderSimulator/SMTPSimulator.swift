internal import Glibc
internal import HTTPServer

/// A mail relay on a port of its own: plain SMTP on loopback, a thread for each connection.
final class SMTPSimulator: Sendable {
    /// The port it listens on.
    let port: UInt16
    private let listener: Int32
    private let ledger: Ledger

    /// Nil when there is no socket to be had.
    init?(_ ledger: Ledger) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(listener, raw, length) == 0 && listen(listener, 256) == 0 && getsockname(listener, raw, &length) == 0
            }
        }
        guard isListening else { return nil }
        port = UInt16(bigEndian: address.sin_port)
        self.listener = listener
        self.ledger = ledger
        detach { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                if connection < 0 { continue }
                detach { [ledger] in
                    var conversation = SMTPConversation(connection, ledger)
                    conversation.run()
                    close(connection)
                }
            }
        }
    }

    private final class Work: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private func detach(_ run: @escaping @Sendable () -> Void) {
        let work = Unmanaged.passRetained(Work(run))
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, work.toOpaque())
        if failure == 0 { pthread_detach(thread) } else { work.release() }
    }
}

/// One connection to the relay.
private struct SMTPConversation {
    private static let messageLimit = 42 << 20

    private let connection: Int32
    private let ledger: Ledger
    private var buffer: [UInt8] = []
    private var sender: String?
    private var recipient: String?
    private var isOver = false

    init(_ connection: Int32, _ ledger: Ledger) {
        self.connection = connection
        self.ledger = ledger
    }

    mutating func run() {
        say(fault(.greeting) ?? "220 simulator ESMTP")
        while !isOver, let line = readLine() {
            let words = line.split(separator: ":", maxSplits: 1)
            switch line.prefix(4).uppercased() {
            case "EHLO": say("250-simulator\r\n250-SIZE \(Self.messageLimit)\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES")
            case "HELO", "NOOP": say("250 2.0.0 Ok")
            case "RSET":
                (sender, recipient) = (nil, nil)
                say("250 2.0.0 Ok")
            case "MAIL":
                sender = words.count > 1 ? Self.address(words[1]) : nil
                say(sender == nil ? "501 5.1.7 Bad sender address syntax" : fault(.sender) ?? "250 2.1.0 Ok")
            case "RCPT": takeRecipient(words.count > 1 ? Self.address(words[1]) : nil)
            case "DATA": takeMessage()
            case "QUIT":
                say("221 2.0.0 Bye")
                return
            default: say("502 5.5.2 Command not recognized")
            }
        }
    }

    private mutating func takeRecipient(_ address: String?) {
        guard sender != nil else { return say("503 5.5.1 Need MAIL command") }
        guard let address else { return say("501 5.1.3 Bad recipient address syntax") }
        recipient = address
        if let (status, name) = MailAddress.magic(address) {
            note(status, [], [])
            return say("\(status) \(name) As asked for")
        }
        say(fault(.recipient) ?? "250 2.1.5 Ok")
    }

    private mutating func takeMessage() {
        guard let sender, let recipient else { return say("503 5.5.1 Need RCPT command") }
        say("354 End data with <CR><LF>.<CR><LF>")
        guard let message = readMessage() else { return isOver = true }
        let fault = ledger.nextFault(.smtp, recipient, stage: .message)
        let effect = Effect(
            provider: .smtp, to: recipient, from: sender, body: String(decoding: message, as: UTF8.self),
            key: Self.messageID(message))
        var effects: [Effect] = []
        if fault?.accepts != false,
            case .accepted(let settled) = ledger.settle(Acceptance(effects: [effect]) { _ in .dropped }, body: [])
        {
            effects = settled
        }
        self.sender = nil
        self.recipient = nil
        let usual = "250 2.0.0 Ok: queued as \(effects.first?.id ?? "")"
        let answer = fault.map { act($0, usual) } ?? usual
        // Noted before it is said: whoever has the answer may ask at once.
        note(Int(answer.prefix(3)) ?? 0, message, effects)
        if !answer.isEmpty { say(answer) }
    }

    /// What a fault of a stage before the message says instead; nil when none befalls.
    private mutating func fault(_ stage: Fault.Stage) -> String? {
        guard let fault = ledger.nextFault(.smtp, recipient, stage: stage) else { return nil }
        let answer = act(fault, "250 2.0.0 Ok")
        note(Int(answer.prefix(3)) ?? 0, [], [])
        return answer
    }

    /// The answer that a fault leads to, empty for none, in which case the conversation is over.
    private mutating func act(_ fault: Fault, _ usual: String) -> String {
        usleep(
            UInt32(clamping: fault.delay.components.seconds * 1_000_000 + fault.delay.components.attoseconds / 1_000_000_000_000))
        switch fault.kind {
        case .delay: return usual
        case .status, .statusAfterAccept: return "\(fault.status ?? 451) \(fault.code ?? "4.3.0") As asked for"
        case .garbage: return "<html> it works"
        case .drip:
            for character in usual + "\r\n" {
                usleep(UInt32(clamping: fault.dripInterval.components.attoseconds / 1_000_000_000_000))
                send(String(character))
            }
            return ""
        case .truncate, .hangAfterAccept: break
        case .resetBeforeAccept, .resetAfterAccept:
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        }
        isOver = true
        if fault.kind == .truncate { send("25") }
        return ""
    }

    /// Postel's law goes no further than this: `<address>` and perhaps parameters.
    private static func address(_ text: Substring) -> String? {
        guard let open = text.firstIndex(of: "<"), let end = text.firstIndex(of: ">"), open < end else { return nil }
        return MailAddress.bare(String(text[text.index(after: open)..<end]))
    }

    private static func messageID(_ message: [UInt8]) -> String? {
        let head = String(decoding: message.prefix(8192), as: UTF8.self)
        let line = head.split(separator: "\r\n", omittingEmptySubsequences: false).prefix { !$0.isEmpty }
            .first { $0.lowercased().hasPrefix("message-id:") }
        return line.map { $0.dropFirst(11).filter { !" <>".contains($0) } }
    }

    private func note(_ status: Int, _ message: [UInt8], _ effects: [Effect]) {
        let fields = [HTTPServerField("from", sender ?? ""), HTTPServerField("to", recipient ?? "")]
        let request = HTTPServerRequest(method: "SMTP", target: "/", headers: fields, body: message)
        ledger.note(request, .smtp, status: status, effects: effects)
    }

    private func say(_ text: String) {
        if !text.isEmpty { send(text + "\r\n") }
    }

    private func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// The message up to the lone dot, without the dots that transparency adds.
    private mutating func readMessage() -> [UInt8]? {
        var message: [UInt8] = []
        while message.count <= Self.messageLimit, let line = readBytes() {
            if line == [UInt8(ascii: ".")] { return message }
            message += (line.first == UInt8(ascii: ".") ? line.dropFirst() : line[...]) + [0x0D, 0x0A]
        }
        return nil
    }

    private mutating func readLine() -> String? {
        readBytes().map { String(decoding: $0, as: UTF8.self) }
    }

    /// One line without its CRLF; nil at the connection's end, or when there is none within 64 KiB.
    private mutating func readBytes() -> [UInt8]? {
        var searched = 0
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0A) {
                let line = buffer[..<end]
                defer { buffer.removeSubrange(...end) }
                return Array(line.last == 0x0D ? line.dropLast() : line)
            }
            searched = buffer.count
            guard searched < 65_536 else { return nil }
            var room = [UInt8](repeating: 0, count: 4096)
            let count = recv(connection, &room, room.count, 0)
            guard count > 0 else { return nil }
            buffer += room[..<count]
        }
    }
}
