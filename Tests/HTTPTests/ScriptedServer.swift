internal import Glibc
internal import Synchronization

/// A peer that misbehaves as told, below HTTP: each connection gets the next script, and each step of it answers one request.
///
/// It is a thread with blocking sockets, since what is tested is what happens to bytes and connections.
final class ScriptedServer: Sendable {
    enum Step: Sendable {
        /// Reads a request and sends these bytes.
        case answer(String)
        /// Reads a request and closes without a word.
        case readAndClose
        /// Reads a request, then says nothing until the peer goes.
        case readAndHang
        /// Closes with a reset before reading.
        case reset
    }

    static let ok = Step.answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Test: yes\r\n\r\nok")

    let port: UInt16
    /// One element for each request read.
    let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation
    private let listener: Int32
    private let requests = Mutex<[String]>([])

    /// Listens on a free loopback port; connections after the last script are closed unread.
    init(_ scripts: [[Step]]) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                precondition(bind(listener, raw, length) == 0 && listen(listener, 64) == 0, "no loopback socket")
                getsockname(listener, raw, &length)
            }
            return UInt16(bigEndian: $0.pointee.sin_port)
        }
        (arrivals, arrival) = AsyncStream.makeStream()
        self.listener = listener
        self.port = port
        let owned = Unmanaged.passRetained(Work(server: self, scripts: scripts))
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
                work.server.serve(work.scripts)
                return nil
            }, owned.toOpaque())
        pthread_detach(thread)
    }

    /// Every request read so far, whole.
    var received: [String] { requests.withLock { $0 } }

    func url(_ path: String = "/") -> String { "http://127.0.0.1:\(port)\(path)" }

    private final class Work: Sendable {
        let server: ScriptedServer
        let scripts: [[Step]]
        init(server: ScriptedServer, scripts: [[Step]]) {
            self.server = server
            self.scripts = scripts
        }
    }

    private func serve(_ scripts: [[Step]]) {
        for script in scripts {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { break }
            play(script, connection)
            close(connection)
        }
        close(listener)
    }

    private func play(_ script: [Step], _ connection: Int32) {
        for step in script {
            if case .reset = step {
                var linger = linger(l_onoff: 1, l_linger: 0)
                setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
                return
            }
            guard let request = readRequest(connection) else { return }
            requests.withLock { $0.append(request) }
            arrival.yield()
            switch step {
            case .answer(let text): _ = text.withCString { send(connection, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
            case .readAndHang: _ = readRequest(connection)
            case .readAndClose, .reset: return
            }
        }
    }

    /// Reads up to the end of the announced body; nil when the peer goes first.
    private func readRequest(_ connection: Int32) -> String? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            let head = text.prefix(upTo: text.firstRange(of: "\r\n\r\n")?.lowerBound ?? text.endIndex)
            if head.endIndex < text.endIndex {
                let length = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
                let wanted = length.flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? 0
                if bytes.count >= head.utf8.count + 4 + wanted { return text }
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
        }
    }
}
