internal import HTTPClient
internal import Testing

/// What is known of a request's bytes after each kind of failure (D-11).
struct HTTPClientFailureTests {
    @Test func `a closed port means that nothing was sent`() async {
        await #expect(throws: HTTPClientError.couldNotConnect) {
            try await HTTPClient().send(HTTPRequest(.post, url: "http://127.0.0.1:1/", body: [1]))
        }
    }

    @Test func `a name without an address means that nothing was sent`() async {
        await #expect(throws: HTTPClientError.couldNotResolve) {
            try await HTTPClient().send(HTTPRequest(.post, url: "http://no-such-host.invalid/", body: [1]))
        }
    }

    @Test func `a broken TLS handshake means that nothing was sent`() async {
        let server = ScriptedServer([[.reset]])
        await #expect(throws: HTTPClientError.couldNotConnect) {
            try await HTTPClient().send(HTTPRequest(.post, url: "https://127.0.0.1:\(server.port)/", body: [1]))
        }
    }

    @Test func `a close after the request was read leaves the outcome open`() async {
        let server = ScriptedServer([[.readAndClose]])
        await #expect(throws: HTTPClientError.connectionLost(requestMayHaveBeenSent: true)) {
            try await HTTPClient().send(HTTPRequest(.post, url: server.url(), body: [1]))
        }
    }

    @Test func `an answer that breaks off leaves the outcome open`() async {
        let server = ScriptedServer([[.answer("HTTP/1.1 202 Accepted\r\nContent-Length: 10\r\n\r\nhalf")]])
        await #expect(throws: HTTPClientError.connectionLost(requestMayHaveBeenSent: true)) {
            try await HTTPClient().send(HTTPRequest(.post, url: server.url(), body: [1]))
        }
    }

    @Test func `a time-out after the request was read leaves the outcome open`() async {
        let server = ScriptedServer([[.readAndHang]])
        await #expect(throws: HTTPClientError.timedOut(requestMayHaveBeenSent: true)) {
            try await HTTPClient().send(HTTPRequest(.post, url: server.url(), body: [1], timeout: .milliseconds(100)))
        }
    }

    @Test func `a time-out while waiting for a connection means that nothing was sent`() async throws {
        let server = ScriptedServer([[.readAndHang]])
        let client = HTTPClient(HTTPClientConfiguration(maxConnectionsPerHost: 1))
        let first = Task { try await client.send(HTTPRequest(.post, url: server.url(), body: [1])) }
        for await _ in server.arrivals { break }
        await #expect(throws: HTTPClientError.timedOut(requestMayHaveBeenSent: false)) {
            try await client.send(HTTPRequest(.post, url: server.url(), body: [1], timeout: .milliseconds(100)))
        }
        first.cancel()
        await #expect(throws: HTTPClientError.cancelled(requestMayHaveBeenSent: true)) { try await first.value }
    }

    @Test func `words that are no HTTP are a malformed answer`() async {
        let server = ScriptedServer([[.answer("220 mail.example ESMTP\r\n")]])
        await #expect(throws: HTTPClientError.malformedResponse) {
            try await HTTPClient().send(HTTPRequest(.post, url: server.url(), body: [1]))
        }
    }

    @Test func `cancelling the task gives the transfer up`() async {
        let server = ScriptedServer([[.readAndHang]])
        let client = HTTPClient()
        let task = Task { try await client.send(HTTPRequest(.post, url: server.url(), body: [1])) }
        for await _ in server.arrivals { break }
        task.cancel()
        await #expect(throws: HTTPClientError.cancelled(requestMayHaveBeenSent: true)) { try await task.value }
    }

    @Test func `a task cancelled before it sends sends nothing`() async {
        let server = ScriptedServer([[ScriptedServer.ok]])
        let client = HTTPClient()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await client.send(HTTPRequest(.post, url: server.url(), body: [1]))
        }
        await #expect(throws: HTTPClientError.cancelled(requestMayHaveBeenSent: false)) { try await task.value }
        #expect(server.received.isEmpty)
    }

    @Test func `shutting down ends what is under way and refuses the rest`() async {
        let server = ScriptedServer([[.readAndHang]])
        let client = HTTPClient()
        let task = Task { try await client.send(HTTPRequest(.post, url: server.url(), body: [1])) }
        for await _ in server.arrivals { break }
        client.shutdown()
        await #expect(throws: HTTPClientError.shutDown(requestMayHaveBeenSent: true)) { try await task.value }
        await #expect(throws: HTTPClientError.shutDown(requestMayHaveBeenSent: false)) {
            try await client.send(HTTPRequest(url: server.url()))
        }
    }

    @Test(arguments: [
        (HTTPRequest(url: "ftp://127.0.0.1/"), HTTPClientError.RequestDefect.url),
        (HTTPRequest(url: "http://127.0.0.1/ x"), .url),
        (HTTPRequest(url: "http://127.0.0.1/", body: [1]), .bodyWithoutPurpose),
        (HTTPRequest(url: "http://127.0.0.1/", headers: ["X-A": "1\r\nX-B: 2"]), .header),
        (HTTPRequest(url: "http://127.0.0.1/", headers: ["X A": "1"]), .header),
    ])
    func `a request that cannot be sent is refused`(request: HTTPRequest, defect: HTTPClientError.RequestDefect) async {
        await #expect(throws: HTTPClientError.malformedRequest(defect)) { try await HTTPClient().send(request) }
    }

    @Test func `a description names no URL`() {
        #expect("\(HTTPClientError.timedOut(requestMayHaveBeenSent: true))" == "timed_out, request may have been sent")
        #expect("\(HTTPClientError.malformedRequest(.url))" == "malformed_request (url), nothing sent")
    }
}
