import HTTPClient
import API
import Foundation
import Glibc
import Postgres
import TestSupport
import Testing

struct HostileTests {
    /// Bodies from a seed: sound ones that were damaged, and nonsense.
    private struct Generator {
        var random: SplitMix

        mutating func body() -> [UInt8] {
            switch Int.random(in: 0..<10, using: &random) {
            case 0: return (0..<Int.random(in: 0..<200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            case 1: return Array(String(repeating: "[", count: Int.random(in: 1..<30_000, using: &random)).utf8)
            case 2: return Array(String(repeating: #"{"a":"#, count: Int.random(in: 1..<5000, using: &random)).utf8)
            case 3: return Array(value(depth: 0).utf8)
            default:
                var bytes = Array(activity().utf8)
                for _ in 0..<Int.random(in: 0..<4, using: &random) where !bytes.isEmpty {
                    let index = Int.random(in: 0..<bytes.count, using: &random)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                    case 1: bytes.remove(at: index)
                    case 2: bytes.insert(contentsOf: Self.poison.randomElement(using: &random) ?? [], at: index)
                    default: bytes.removeLast(bytes.count - index)
                    }
                }
                return bytes
            }
        }

        private static let poison: [[UInt8]] = [
            [0], [0xFF, 0xFE], Array(#"\u0000"#.utf8), Array(#"\ud800"#.utf8), Array("1e309".utf8), Array("\"leadId\":1,".utf8),
            [UInt8](repeating: 0x39, count: 400), Array("'; drop table leads; --".utf8), [0xED, 0xA0, 0x80],
            Array("\u{202E}".utf8),
        ]

        private mutating func activity() -> String {
            let words = ["\"in\"", "\"out\"", "\"whatsapp\"", "\"sms\"", value(depth: 0), "\"\"", "null"]
            func word(_ random: inout SplitMix) -> String { words.randomElement(using: &random) ?? "" }
            let lead = String(repeating: "é", count: Int.random(in: 0..<210, using: &random))
            return """
                {"leadId":"\(lead)","channel":\(word(&random)),"direction":\(word(&random)),"status":\(word(&random)),\
                "messageSnippet":"\(String(repeating: "x", count: Int.random(in: 0..<300, using: &random)))","meta":\(value(depth: 0))}
                """
        }

        private mutating func value(depth: Int) -> String {
            switch Int.random(in: 0..<(depth > 5 ? 6 : 8), using: &random) {
            case 0: return "null"
            case 1: return "-0"
            case 2: return "1\(String(repeating: "0", count: Int.random(in: 0..<60, using: &random)))"
            case 3: return "0.\(Int.random(in: 0..<999, using: &random))E-\(Int.random(in: 0..<9999, using: &random))"
            case 4: return "true"
            case 5: return "\"\\u\(["0000", "00e9", "d83d\\ude00", "dfff"].randomElement(using: &random) ?? "")\""
            case 6: return "[" + (0..<3).map { _ in value(depth: depth + 1) }.joined(separator: ",") + "]"
            default: return "{" + (0..<3).map { "\"k\($0)\":\(value(depth: depth + 1))" }.joined(separator: ",") + "}"
            }
        }
    }

    /// A generator that gives the same each time.
    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    @Test(arguments: ["/api/activities/log", "/api/alerts/00000000-0000-4000-8000-000000000000/resolve"])
    func `no body is answered with a fault of ours, and none costs memory for good`(path: String) async throws {
        let ingest = try await IngestFixture.make()
        func flood(_ seed: UInt64, _ count: Int) async throws -> [Int: Int] {
            try await withThrowingTaskGroup(of: [Int: Int].self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        var generator = Generator(random: SplitMix(state: seed &+ UInt64(worker) &* 7919))
                        var statuses: [Int: Int] = [:]
                        for _ in 0..<count / 4 {
                            let reply = try await ingest.client.send(
                                .init(
                                    .post, url: "http://127.0.0.1:\(ingest.port)\(path)",
                                    headers: .init([
                                        .init("Authorization", "Bearer \(ingest.key)"), .init("X-Tenant", "acme"),
                                        .init("Content-Type", "application/json"),
                                    ]), body: generator.body()))
                            statuses[reply.status, default: 0] += 1
                        }
                        return statuses
                    }
                }
                return try await group.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
            }
        }
        var statuses = try await flood(1, 1000)
        let before = try Self.residentKilobytes(ingest.program.pid)
        statuses.merge(try await flood(2, 3000), uniquingKeysWith: +)
        let after = try Self.residentKilobytes(ingest.program.pid)
        #expect(statuses.keys.allSatisfy { [200, 400, 404, 413].contains($0) }, "\(statuses)")
        #expect((statuses[400] ?? 0) > 2000, "\(statuses)")
        #expect(after - before < 16 << 10, "\(before) kB, then \(after) kB")
        #expect(after < 96 << 10)
        #expect(ingest.program.isRunning && !ingest.program.standardError.contains("unexpectedly"))
    }

    @Test func `slow, broken and endless senders are cut off`() async throws {
        let ingest = try await IngestFixture.make(environment: ["INGEST_READ_TIMEOUT": "1s"])
        let head = "POST /api/activities/log HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(ingest.key)\r\nX-Tenant: acme\r\n"
        let started = ContinuousClock.now
        // A byte now and then would never be silent for long enough.
        #expect(
            try await RawClient.drip(port: ingest.port, head + "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"))
        #expect(try await RawClient.drip(port: ingest.port, "GET /health/live HTTP/1.1\r\nX-"))
        #expect(started.duration(to: .now) < .seconds(12))
        for bad in [
            head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", head + "Content-Length: -1\r\n\r\n", "\r\n\r\n\r\n",
            "GET /" + String(repeating: "a", count: 100_000) + " HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\n" + String(repeating: "X-A: b\r\n", count: 20_000) + "\r\n", "GET / HTTP/9.9\r\n\r\n",
        ] {
            let answer = try await RawClient.exchange(port: ingest.port, bad)
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4") || answer.hasPrefix("HTTP/1.1 505"), "\(answer.prefix(60))")
        }
        let pipelined = String(repeating: "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n", count: 20)
        let answers = try await RawClient.exchange(port: ingest.port, pipelined)
        #expect(answers.components(separatedBy: "HTTP/1.1 200").count == 21)
        #expect(try await ingest.send(.get, "/health/ready").status == 200)
    }

    private static func residentKilobytes(_ pid: Int32) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return try #require(Int(line.filter(\.isNumber)))
    }
}

/// A client that sends what no HTTP library would.
private enum RawClient {
    /// Sends all, reads until the other side closes or is silent for half a second.
    static func exchange(port: Int, _ text: String) async throws -> String {
        try await blocking {
            let connection = try connected(port, patience: 500_000)
            defer { close(connection) }
            _ = text.withCString { send(connection, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = recv(connection, &buffer, buffer.count, 0)
                guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
                bytes += buffer[..<count]
            }
        }
    }

    /// Sends a beginning and then a byte every 100 ms, for 5 s at most.
    ///
    /// - Returns: whether it was cut off.
    static func drip(port: Int, _ text: String) async throws -> Bool {
        try await blocking {
            let connection = try connected(port, patience: 100_000)
            defer { close(connection) }
            _ = text.withCString { send(connection, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
            var byte: UInt8 = 0x78
            for _ in 0..<50 {
                guard send(connection, &byte, 1, Int32(MSG_NOSIGNAL)) == 1 else { return true }
                var buffer = [UInt8](repeating: 0, count: 512)
                let count = recv(connection, &buffer, buffer.count, 0)
                if count == 0 || (count < 0 && errno == ECONNRESET) { return true }
            }
            return false
        }
    }

    private static func connected(_ port: Int, patience: Int) throws -> Int32 {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var limit = timeval(tv_sec: 0, tv_usec: patience)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Unreachable() }
        return connection
    }

    private struct Unreachable: Error {}
}
