internal import HTTPClient
internal import HTTPServer
internal import Synchronization
internal import TestSupport
import Testing

struct HTTPServerTests {
    private static func url(_ server: HTTPServer, _ target: String = "/") -> String { "http://127.0.0.1:\(server.port)\(target)" }

    @Test func `a request reaches the handler whole and its answer comes back`() async throws {
        let server = try HTTPServer.start { request in
            .now(
                HTTPServerResponse(
                    status: 201,
                    headers: [HTTPServerField("X-Seen", "\(request.method) \(request.target) \(request.path) \(request.query)")],
                    body: request.body + Array((request.header("x-extra") ?? "none").utf8)))
        }
        let response = try await HTTPClient().send(
            HTTPRequest(.put, url: Self.url(server, "/a%20b?c=%2B&d"), headers: ["X-Extra": "!"], body: Array("body".utf8)))
        #expect(response.status == 201)
        #expect(response.headers["X-Seen"] == "PUT /a%20b?c=%2B&d /a%20b c=%2B&d")
        #expect(response.body == Array("body!".utf8))
        await server.stop()
    }

    @Test func `many sleeping connections are all woken`() async throws {
        let server = try HTTPServer.start(asyncHandler: { request in
            try? await Task.sleep(for: .milliseconds(5))
            return HTTPServerResponse(body: request.body)
        })
        let client = HTTPClient()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<400 {
                let body = Array("\(number)".utf8)
                group.addTask { try await client.send(HTTPRequest(.post, url: Self.url(server), body: body)).body == body }
            }
            for try await isSame in group { #expect(isSame) }
        }
        await server.stop()
    }

    @Test(arguments: [(64, 200), (65, 413)])
    func `a body is bounded`(size: Int, status: Int) async throws {
        let server = try HTTPServer.start(HTTPServerConfiguration(maxRequestBytes: 64)) { _ in .now(HTTPServerResponse()) }
        let response = try await HTTPClient().send(
            HTTPRequest(.post, url: Self.url(server), body: [UInt8](repeating: 1, count: size)))
        #expect(response.status == status)
        await server.stop()
    }

    @Test func `a body of megabytes is refused before it is read: whoever sends it all the same loses the connection`()
        async throws
    {
        let server = try HTTPServer.start(HTTPServerConfiguration(maxRequestBytes: 64)) { _ in .now(HTTPServerResponse()) }
        do throws(HTTPClientError) {
            let response = try await HTTPClient().send(
                HTTPRequest(.post, url: Self.url(server), body: [UInt8](repeating: 1, count: 3 << 20)))
            #expect(response.status == 413)
        } catch {
            #expect(error == .connectionLost(requestMayHaveBeenSent: true))
        }
        await server.stop()
    }

    @Test func `large bodies that come at once share what they may hold, and give it back`() async throws {
        // The handlers sleep, so the bodies stay.
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let waiting = Task { for await _ in gate {} }
        let server = try HTTPServer.start(
            HTTPServerConfiguration(maxRequestBytes: 4 << 20, maxHeldBytes: 1 << 20),
            asyncHandler: { request in
                if request.path == "/wait" { await waiting.value }
                return HTTPServerResponse(body: Array("\(request.body.count)".utf8))
            })
        let client = HTTPClient()
        func post(_ path: String, _ bytes: Int) async throws -> (Int, [UInt8]) {
            let response = try await client.send(
                HTTPRequest(.post, url: Self.url(server, path), body: [UInt8](repeating: 1, count: bytes)))
            return (response.status, response.body)
        }
        try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                // Refused itself where one of the others below is just being read.
                while true {
                    let status = try await post("/wait", 1 << 20).0
                    if status != 503 { return status }
                }
            }
            try await eventually("the room is taken") { try await post("/", 512 << 10).0 == 503 }
            // What each has for itself is there all the same.
            #expect(try await post("/", 64 << 10).0 == 200)
            open.finish()
            #expect(try await group.next() == 200)
        }
        try await eventually("the room is free again") { try await post("/", 1 << 20).0 == 200 }
        await server.stop()
    }

    @Test func `a chunked body is bounded too`() async throws {
        let server = try HTTPServer.start(HTTPServerConfiguration(maxRequestBytes: 64)) { _ in .now(HTTPServerResponse()) }
        for (size, expected) in [(60, "HTTP/1.1 200"), (100, "HTTP/1.1 413"), (200_000, "")] {
            let chunk = String(size, radix: 16) + "\r\n" + String(repeating: "x", count: size) + "\r\n0\r\n\r\n"
            let answer = RawPeer.exchange(
                port: server.port, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk)
            #expect(answer.prefix(12) == expected)
        }
        await server.stop()
    }

    @Test(arguments: [
        (HTTPServerResponse.dropped, HTTPClientError.connectionLost(requestMayHaveBeenSent: true)),
        (HTTPServerResponse.reset, .connectionLost(requestMayHaveBeenSent: true)),
        (HTTPServerResponse(body: [1, 2, 3], delivery: .truncated(after: 2)), .connectionLost(requestMayHaveBeenSent: true)),
    ])
    func `a fault is delivered as told, at once or after sleeping`(response: HTTPServerResponse, error: HTTPClientError)
        async throws
    {
        let now = try HTTPServer.start { _ in .now(response) }
        let later = try HTTPServer.start(asyncHandler: { _ in response })
        for server in [now, later] {
            await #expect(throws: error) { try await HTTPClient().send(HTTPRequest(.post, url: Self.url(server), body: [1])) }
            await server.stop()
        }
    }

    @Test func `stopping lets the requests under way finish`() async throws {
        let (entered, signal) = AsyncStream.makeStream(of: Void.self)
        let server = try HTTPServer.start(asyncHandler: { _ in
            signal.yield()
            try? await Task.sleep(for: .milliseconds(50))
            return HTTPServerResponse(status: 204)
        })
        let answer = Task { try await HTTPClient().send(HTTPRequest(url: Self.url(server))).status }
        for await _ in entered { break }
        await server.stop()
        #expect(try await answer.value == 204)
        await #expect(throws: HTTPClientError.couldNotConnect) { try await HTTPClient().send(HTTPRequest(url: Self.url(server))) }
    }

    @Test func `whoever sends on while the server stops is answered or never heard`() async throws {
        for _ in 0..<20 {
            let begun = Mutex(0)
            let (answered, signal) = AsyncStream.makeStream(of: Void.self)
            let server = try HTTPServer.start(asyncHandler: { _ in
                begun.withLock { $0 += 1 }
                return HTTPServerResponse(status: 204)
            })
            let url = Self.url(server)
            let clients = (0..<8).map { _ in
                Task {
                    let client = HTTPClient()
                    var count = 0
                    while (try? await client.send(HTTPRequest(.post, url: url, body: [1])).status) == 204 {
                        count += 1
                        signal.yield()
                    }
                    return count
                }
            }
            var seen = 0
            for await _ in answered {
                seen += 1
                if seen == 40 { break }
            }
            await server.stop()
            var count = 0
            for client in clients { count += await client.value }
            #expect(begun.withLock { $0 } == count)
        }
    }

    @Test func `stopping drops what outlasts the grace`() async throws {
        let (entered, signal) = AsyncStream.makeStream(of: Void.self)
        let server = try HTTPServer.start(asyncHandler: { _ in
            signal.yield()
            try? await Task.sleep(for: .seconds(60))
            return HTTPServerResponse()
        })
        let answer = Task { try await HTTPClient().send(HTTPRequest(.post, url: Self.url(server))) }
        for await _ in entered { break }
        await server.stop(grace: .milliseconds(20))
        await #expect(throws: HTTPClientError.connectionLost(requestMayHaveBeenSent: true)) { try await answer.value }
    }

    @Test func `a malformed request is refused and does not hold up the stop`() async throws {
        let server = try HTTPServer.start { _ in .now(HTTPServerResponse()) }
        #expect(RawPeer.exchange(port: server.port, "GET / HTTP/1.1\r\nno colon\r\n\r\n").hasPrefix("HTTP/1.1 4"))
        _ = RawPeer.exchange(port: server.port, "nonsense\r\n\r\n")
        await server.stop(grace: .seconds(60))
    }

    @Test func `a taken port and a malformed address are told apart`() async throws {
        let server = try HTTPServer.start { _ in .now(HTTPServerResponse()) }
        #expect(throws: HTTPServerError.couldNotListen(errno: 98)) {
            try HTTPServer.start(HTTPServerConfiguration(port: server.port)) { _ in .now(HTTPServerResponse()) }
        }
        #expect(throws: HTTPServerError.malformedAddress) {
            try HTTPServer.start(HTTPServerConfiguration(address: "localhost.")) { _ in .now(HTTPServerResponse()) }
        }
        await server.stop()
    }

    @Test(arguments: [
        ("a=1&b=&c", [FormDecoding.Pair("a", "1"), .init("b", ""), .init("c", "")]),
        ("To=%2B1555&Body=Ol%C3%A1+%26+tchau", [.init("To", "+1555"), .init("Body", "Olá & tchau")]),
        ("a=1&a=2", [.init("a", "1"), .init("a", "2")]),
        ("", []),
        ("a=%2", nil),
        ("a=%zz", nil),
        ("a=%ff", nil),
    ])
    func `a form is read strictly`(text: String, expected: [FormDecoding.Pair]?) {
        #expect(FormDecoding.pairs(text.utf8) == expected)
    }
}
