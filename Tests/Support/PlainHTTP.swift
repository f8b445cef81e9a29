public import Foundation

/// The smallest HTTP client: one request over a socket of its own. The tests watch our servers through it, so that a fault of
/// our own HTTP client cannot hide itself.
public enum PlainHTTP {
    /// Sends one HTTP/1.0 request to the loopback interface and reads until the server closes.
    /// - Parameters:
    ///   - method: GET, PUT…
    ///   - path: From the first slash, query included.
    ///   - port: The server's port.
    ///   - headers: Sent after those that every request has.
    ///   - body: What to send with it.
    /// - Returns: The status and the body.
    /// - Throws: ``POSIXFailure``, ``PlainHTTPFailure``.
    public static func request(
        _ method: String, _ path: String, port: Int, headers: [(String, String)] = [], body: Data = Data()
    ) async throws -> (status: Int, body: Data) {
        var head = "\(method) \(path) HTTP/1.0\r\nHost: 127.0.0.1:\(port)\r\nContent-Length: \(body.count)\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        let message = Data((head + "\r\n").utf8) + body
        let answer = try await blocking { try exchange(message, port: port) }

        guard let end = answer.range(of: Data("\r\n\r\n".utf8)) else {
            throw PlainHTTPFailure(description: "no whole answer to \(path)")
        }
        let lines = String(decoding: answer[..<end.lowerBound], as: UTF8.self)
        let words = lines.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1].prefix(3)) else {
            throw PlainHTTPFailure(description: "no status line: \(lines.prefix(80))")
        }
        return (status, answer[end.upperBound...])
    }

    private static func exchange(_ message: Data, port: Int) throws -> Data {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw POSIXFailure("socket") }
        defer { close(socket) }
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        let connected = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw POSIXFailure("connect to 127.0.0.1:\(port)") }
        var rest = message[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw POSIXFailure("send") }
            rest = rest.dropFirst(count)
        }
        var answer = Data()
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count >= 0 else { throw POSIXFailure("recv") }
            guard count > 0 else { return answer }
            answer.append(contentsOf: buffer[..<count])
        }
    }
}

/// A server's answer was not HTTP.
public struct PlainHTTPFailure: Error, CustomStringConvertible {
    /// What was wrong with it.
    public let description: String
}
