import HTTPClient
import API
import Foundation
import Glibc
import Postgres
import TestSupport
import Testing

/// One after the other: a flood of requests at a time is enough for whoever else is being tested.
@Suite(.serialized) struct HostileTests {
    // What providers post is attacked in WebhookHostileTests, with their signatures.
    @Test(arguments: RouteCase.all.filter { $0.body != nil && $0.caller != .anybody })
    private func `no body is answered with a fault of ours, and none costs memory for good`(route: RouteCase) async throws {
        let ingest = try await IngestFixture.make()
        try await RouteCase.furnish(ingest)
        let callers = try await Callers(ingest)
        let headers = try callers.headers(for: route)
        let target = route.target(try await route.subject?.make(ingest, "acme") ?? "x")
        let sound = route.body ?? ""
        func flood(_ seed: UInt64, _ count: Int) async throws -> [Int: Int] {
            try await withThrowingTaskGroup(of: [Int: Int].self) { group in
                for worker in 0..<8 {
                    group.addTask {
                        var generator = HostileBodies(like: sound, seed: seed &+ UInt64(worker) &* 7919)
                        var statuses: [Int: Int] = [:]
                        for _ in 0..<count / 8 {
                            let body = generator.body()
                            let all =
                                route.caller == .anybody
                                ? try callers.headers(.anybody, of: "").merging(headers) { new, _ in new } : headers
                            let status = try await ingest.answer(route.method, target, body, headers: all)
                            statuses[status, default: 0] += 1
                        }
                        return statuses
                    }
                }
                return try await group.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
            }
        }
        var statuses = try await flood(1, 2000)
        let before = try ingest.residentKilobytes
        statuses.merge(try await flood(2, 8000), uniquingKeysWith: +)
        let after = try ingest.residentKilobytes
        #expect(statuses.keys.allSatisfy { $0 < 500 }, "\(statuses)")
        if route.caller != .anybody {
            #expect((statuses[400] ?? 0) > 2000 && (statuses[401] ?? 0) == 0 && (statuses[403] ?? 0) == 0, "\(statuses)")
            // Among so many some are sound, or the rest would prove little.
            #expect([200, 201, 409, 422].reduce(0) { $0 + (statuses[$1] ?? 0) } > 20, "\(statuses)")
        }
        #expect(after - before < 16 << 10, "\(before) kB, then \(after) kB")
        #expect(after < 128 << 10)
        #expect(ingest.program.isRunning && !ingest.program.standardError.contains("unexpectedly"))
    }

    @Test func `no path, query or header is answered with a fault of ours, on any route`() async throws {
        let ingest = try await IngestFixture.make()
        let callers = try await Callers(ingest)
        let junk = [
            "%00", "%", "%zz", "%ff%fe", "%F0%9F%98%80", "..;", "%2e%2e%2f", "'", "9223372036854775808", "-1", "0", "1e3", "%20",
            String(repeating: "a", count: 3000), "null", "a%7Cb", "00000000-0000-4000-8000-00000000000g", "%E2%80%AE",
        ]
        for route in RouteCase.all {
            var targets = route.path.contains("{") ? junk.map { route.target($0) } : []
            for name in ["limit", "cursor", "state", "unread", "x", "%00", "%ff"] {
                targets += junk.map { "\(route.target())?\(name)=\($0)" }
            }
            targets += ["?", "?&&&", "?=", "?a", "?limit=1&limit=2", "?" + String(repeating: "a=b&", count: 200)].map {
                route.target() + $0
            }
            for target in targets {
                let reply = try await ingest.send(route.method, target, route.body, headers: try callers.headers(for: route))
                #expect(reply.status < 500, "\(route.method) \(target.prefix(100)): \(reply.status)")
            }
            for (name, values) in [
                ("Idempotency-Key", junk),
                ("Content-Type", ["", ";", "application/json;charset=utf-16", "multipart/form-data; boundary="]),
                ("X-Tenant", junk),
                ("Authorization", ["", "Bearer", "Bearer ", "bearer rl_", "Basic x", "Bearer a.b.c", "Bearer " + junk[13]]),
                ("Origin", ["null", "https://evil.example", junk[13]]), ("X-Forwarded-For", [",,,", "::1%eth0", "1.2.3.4:80"]),
            ] {
                for value in values {
                    // Whoever is not known is limited by address: another for each.
                    let stranger = try callers.headers(.anybody, of: "")["X-Forwarded-For"] ?? nil
                    var all = try callers.headers(for: route)
                    all["X-Forwarded-For"] = stranger
                    all[name] = value
                    let reply = try await ingest.send(route.method, route.target(), route.body, headers: all)
                    #expect(reply.status < 500, "\(route.method) \(route.path) \(name): \(value.prefix(60)): \(reply.status)")
                }
            }
        }
        #expect(ingest.program.isRunning)
    }

    @Test func `a body past its route's limit is refused by its announcement, on every route`() async throws {
        let ingest = try await IngestFixture.make()
        let callers = try await Callers(ingest)
        let before = try ingest.residentKilobytes
        for route in RouteCase.all where route.method != .get {
            var head =
                "\(route.method.rawValue) \(route.target()) HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
            for case (let name, let value?) in try callers.headers(route.caller, of: "acme") { head += "\(name): \(value)\r\n" }
            let announced = try await RawClient.exchange(port: ingest.port, head + "Content-Length: 104857600\r\n\r\n{")
            #expect(
                announced.hasPrefix("HTTP/1.1 413")
                    && announced.contains(route.showsPages ? "Content-Type: text/html" : "application/problem+json"),
                "\(route.testDescription): \(announced)")
            // A length beyond any integer, and chunks that never end.
            for hostile in [
                "Content-Length: 99999999999999999999999\r\n\r\n", "Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
                "Transfer-Encoding: chunked\r\n\r\n"
                    + String(repeating: "1000\r\n\(String(repeating: "x", count: 4096))\r\n", count: 400),
                "Transfer-Encoding: chunked\r\n\r\n-5\r\nx\r\n", "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                "Expect: 100-continue\r\nContent-Length: 104857600\r\n\r\n",
            ] {
                let answer = try await RawClient.exchange(port: ingest.port, head + hostile)
                #expect(
                    !answer.hasPrefix("HTTP/1.1 5") || answer.hasPrefix("HTTP/1.1 501"),
                    "\(route.testDescription) \(hostile.prefix(40)): \(answer.prefix(80))")
            }
        }
        #expect(try ingest.residentKilobytes - before < 16 << 10)
        #expect(try await ingest.send(.get, "/health/ready").status == 200)
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
}

/// A client that sends what no HTTP library would.
enum RawClient {
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
