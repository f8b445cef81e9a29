internal import Glibc
internal import Synchronization

/// A relay that answers as told, and lies as told: one script for every connection.
///
/// Threads with blocking sockets, since what is tested is what happens to bytes and connections.
final class ScriptedRelay: Sendable {
    /// Where a relay answers, or what it does there.
    enum Turn: String, Sendable, CaseIterable {
        case greeting
        case hello = "EHLO"
        case mail = "MAIL"
        case recipient = "RCPT"
        case data = "DATA"
        /// In the middle of the message, after its first bytes.
        case middle
        /// At the message's end.
        case message
        case quit = "QUIT"
    }

    enum Act: Sendable {
        case reply(String)
        /// Says this and closes.
        case farewell(String)
        case close
        case reset
        case hang
        /// Waits for `open()`, then says this.
        case gate(thenReply: String)
        /// Waits until so many messages have begun, over as many connections, then says this.
        case meeting(of: Int, thenReply: String)
    }

    let port: UInt16
    private let listener: Int32
    private let acts: [Turn: Act]
    private struct Heard {
        var commands: [String] = []
        var messages: [[UInt8]] = []
        var connections = 0
        var ended = 0
        var isOpen = false
    }

    private let heard = Mutex(Heard())

    init(_ acts: [Turn: Act] = [:]) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        port = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                precondition(bind(listener, raw, length) == 0 && listen(listener, 64) == 0, "no loopback socket")
                getsockname(listener, raw, &length)
            }
            return UInt16(bigEndian: $0.pointee.sin_port)
        }
        self.listener = listener
        self.acts = acts
        detach { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                heard.withLock { $0.connections += 1 }
                detach { [self] in
                    converse(connection)
                    Glibc.close(connection)
                    heard.withLock { $0.ended += 1 }
                }
            }
        }
    }

    /// Ends the listening; connections that hang stay with their threads until the peer goes.
    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    var url: String { "smtp://127.0.0.1:\(port)" }
    var commands: [String] { heard.withLock { $0.commands } }
    /// Every message that came whole, as it was on the wire between DATA and the lone dot.
    var messages: [[UInt8]] { heard.withLock { $0.messages } }
    var connections: Int { heard.withLock { $0.connections } }
    /// How many connections are over.
    var ended: Int { heard.withLock { $0.ended } }

    /// Lets those go on that wait at a gate.
    func open() { heard.withLock { $0.isOpen = true } }

    private final class Work: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private func detach(_ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(Work(run)).toOpaque())
        pthread_detach(thread)
    }

    private func converse(_ connection: Int32) {
        var buffer: [UInt8] = []
        guard act(.greeting, "220 relay.test ESMTP", connection) else { return }
        while let line = readLine(connection, &buffer) {
            heard.withLock { $0.commands.append(line) }
            let turn = Turn(rawValue: String(line.prefix(4)))
            switch turn {
            case .hello:
                guard act(.hello, "250-relay.test\r\n250-SIZE 99999999\r\n250 8BITMIME", connection) else { return }
            case .data:
                guard act(.data, "354 go on", connection) else { return }
                if case .reply(let text) = acts[.data], !text.hasPrefix("354") { continue }
                guard readMessage(connection, &buffer), act(.message, "250 2.0.0 Ok: queued as 4XYZ", connection) else { return }
            case .quit:
                _ = act(.quit, "221 bye", connection)
                return
            case let turn?: guard act(turn, "250 fine", connection) else { return }
            case nil: say("250 fine", connection)
            }
        }
    }

    /// False when the conversation is over.
    private func act(_ turn: Turn, _ usual: String, _ connection: Int32) -> Bool {
        switch acts[turn] ?? .reply(usual) {
        case .reply(let text): say(text, connection)
        case .gate(let text):
            while !heard.withLock({ $0.isOpen }) { usleep(5000) }
            say(text, connection)
        case .meeting(let count, let text):
            while heard.withLock({ $0.commands.count { $0 == "DATA" } }) < count { usleep(5000) }
            say(text, connection)
        case .farewell(let text):
            say(text, connection)
            return false
        case .close: return false
        case .reset:
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
            return false
        case .hang:
            var rest: [UInt8] = []
            while readLine(connection, &rest) != nil {}
            return false
        }
        return true
    }

    private func say(_ text: String, _ connection: Int32) {
        if text.isEmpty { return }
        let bytes = Array((text + "\r\n").utf8)
        _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    private func readMessage(_ connection: Int32, _ buffer: inout [UInt8]) -> Bool {
        let end = Array("\r\n.\r\n".utf8)
        var isPastMiddle = false
        while true {
            if !isPastMiddle, buffer.count >= 5 {
                guard act(.middle, "", connection) else { return false }
                isPastMiddle = true
            }
            // What came before has been looked at.
            let tail = max(0, buffer.count - 65536 - end.count)
            if let range = buffer[tail...].firstRange(of: end) {
                let message = Array(buffer[..<range.lowerBound]) + [0x0D, 0x0A]
                heard.withLock { $0.messages.append(message) }
                buffer.removeSubrange(..<range.upperBound)
                return true
            }
            guard receive(connection, &buffer) else { return false }
        }
    }

    private func readLine(_ connection: Int32, _ buffer: inout [UInt8]) -> String? {
        while true {
            if let end = buffer.firstIndex(of: 0x0A) {
                let line = String(decoding: buffer[..<end].filter { $0 != 0x0D }, as: UTF8.self)
                buffer.removeSubrange(...end)
                return line
            }
            guard receive(connection, &buffer) else { return nil }
        }
    }

    private func receive(_ connection: Int32, _ buffer: inout [UInt8]) -> Bool {
        var room = [UInt8](repeating: 0, count: 65536)
        let count = recv(connection, &room, room.count, 0)
        if count > 0 { buffer += room[..<count] }
        return count > 0
    }
}
