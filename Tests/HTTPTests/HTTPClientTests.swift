internal import HTTPClient
internal import Synchronization
internal import Testing

struct HTTPClientTests {
    @Test func `a request arrives as it was given and the answer comes back whole`() async throws {
        let server = ScriptedServer([[ScriptedServer.ok]])
        let client = HTTPClient(HTTPClientConfiguration(userAgent: "relance/test"))
        let response = try await client.send(
            HTTPRequest(
                .post, url: server.url("/a?b=c"), headers: ["Content-Type": "text/plain", "X-Empty": ""], body: Array("olá".utf8))
        )
        #expect(response.status == 200)
        #expect(response.headers["x-TEST"] == "yes")
        #expect(response.body == Array("ok".utf8))
        let request = try #require(server.received.first)
        #expect(request.hasPrefix("POST /a?b=c HTTP/1.1\r\n"))
        #expect(request.contains("\r\nUser-Agent: relance/test\r\n"))
        #expect(request.contains("\r\nX-Empty:\r\n"))
        #expect(request.contains("\r\nContent-Length: 4\r\n"))
        #expect(!request.contains("Expect:"))
        #expect(request.hasSuffix("\r\n\r\nolá"))
    }

    @Test(arguments: HTTPRequest.Method.allCases)
    func `every method is sent under its name`(method: HTTPRequest.Method) async throws {
        let server = ScriptedServer([[.answer("HTTP/1.1 204 No Content\r\n\r\n")]])
        let response = try await HTTPClient().send(HTTPRequest(method, url: server.url()))
        #expect(response.status == 204)
        let request = try #require(server.received.first)
        #expect(request.hasPrefix("\(method.rawValue) / HTTP/1.1\r\n"))
        #expect(!request.contains("Content-Type"))
    }

    @Test func `a connection is used again, and a redirect is not followed`() async throws {
        let server = ScriptedServer([
            [ScriptedServer.ok, .answer("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"), ScriptedServer.ok]
        ])
        let client = HTTPClient()
        var statuses: [Int] = []
        for _ in 0..<3 { statuses.append(try await client.send(HTTPRequest(url: server.url())).status) }
        #expect(statuses == [200, 302, 200])
    }

    @Test func `an interim answer is passed over`() async throws {
        let interim = "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n"
        let server = ScriptedServer([[.answer(interim + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]])
        let response = try await HTTPClient().send(HTTPRequest(url: server.url()))
        #expect(response.status == 200)
        #expect(response.headers["X-Early"] == nil)
    }

    @Test func `a POST lost on a reused connection is never sent again`() async throws {
        // Scripts two to four are what libcurl would try of its own accord.
        let server = ScriptedServer([[ScriptedServer.ok, .readAndClose], [ScriptedServer.ok], [ScriptedServer.ok]])
        let client = HTTPClient()
        let request = HTTPRequest(.post, url: server.url(), body: Array("once".utf8))
        _ = try await client.send(request)
        await #expect(throws: HTTPClientError.connectionLost(requestMayHaveBeenSent: true)) { try await client.send(request) }
        #expect(server.received.count == 2)
    }

    @Test func `a large POST lost on a reused connection is never sent again`() async throws {
        let server = ScriptedServer([[ScriptedServer.ok, .readAndClose], [ScriptedServer.ok]])
        let client = HTTPClient()
        let request = HTTPRequest(.post, url: server.url(), body: [UInt8](repeating: 0x61, count: 3 << 20))
        _ = try await client.send(request)
        await #expect(throws: HTTPClientError.connectionLost(requestMayHaveBeenSent: true)) { try await client.send(request) }
        #expect(server.received.count == 2)
    }

    @Test func `a GET lost on a reused connection is repeated`() async throws {
        let server = ScriptedServer([[ScriptedServer.ok, .readAndClose], [ScriptedServer.ok]])
        let client = HTTPClient()
        for _ in 0..<2 { #expect(try await client.send(HTTPRequest(url: server.url())).status == 200) }
        #expect(server.received.count == 3)
    }

    @Test func `a connection that the server closed while idle is not used`() async throws {
        let server = ScriptedServer([[ScriptedServer.ok], [ScriptedServer.ok]])
        let client = HTTPClient()
        let request = HTTPRequest(.post, url: server.url(), body: [1])
        _ = try await client.send(request)
        try await Task.sleep(for: .milliseconds(50))  // lets the server's FIN arrive; nothing tells when it has
        #expect(try await client.send(request).status == 200)
    }

    @Test func `a body larger than allowed fails`() async throws {
        let server = ScriptedServer([[.answer("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n01234567890")]])
        await #expect(throws: HTTPClientError.responseTooLarge) {
            try await HTTPClient().send(HTTPRequest(url: server.url(), maxResponseBytes: 10))
        }
    }

    @Test func `concurrent requests share few connections`() async throws {
        let server = ScriptedServer([[ScriptedServer.Step](repeating: ScriptedServer.ok, count: 50)])
        let client = HTTPClient(HTTPClientConfiguration(maxConnectionsPerHost: 1))
        try await withThrowingTaskGroup(of: Int.self) { group in
            let request = HTTPRequest(.post, url: server.url(), body: [0x61])
            for _ in 0..<50 { group.addTask { try await client.send(request).status } }
            for try await status in group { #expect(status == 200) }
        }
        #expect(server.received.count == 50)
    }
}
