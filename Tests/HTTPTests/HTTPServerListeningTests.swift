internal import Foundation
internal import HTTPClient
internal import HTTPServer
internal import TestSupport
internal import Testing

struct HTTPServerListeningTests {
    /// Sends a request over a Unix socket by curl, which is not ours.
    private static func curl(_ path: String) async throws -> String {
        let process = try await ChildProcess("/usr/bin/curl", ["-sS", "-m", "5", "--unix-socket", path, "http://x/"])
        try await process.exit()
        return process.standardOutput + process.standardError
    }

    @Test func `a Unix socket serves whoever may reach its file, and an abandoned one is replaced`() async throws {
        let path = "\(TestServers.directory)/\(UUID().uuidString.prefix(8)).sock"
        let configuration = HTTPServerConfiguration(socket: .unix(path: path, mode: 0o600))
        let server = try HTTPServer.start(configuration) { request in
            .now(HTTPServerResponse(contentType: "text/plain", text: "from \(request.peer.debugDescription)"))
        }
        #expect(try await Self.curl(path) == #"from """#)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(throws: HTTPServerError.couldNotListen(errno: 98)) {
            try HTTPServer.start(configuration) { _ in .now(HTTPServerResponse()) }
        }
        await server.stop()
        let next = try HTTPServer.start(configuration) { _ in .now(HTTPServerResponse(contentType: "text/plain", text: "next")) }
        #expect(try await Self.curl(path) == "next")
        await next.stop()
    }

    @Test(arguments: ["", String(repeating: "x", count: 200)])
    func `a path that is no socket's is refused`(path: String) {
        #expect(throws: HTTPServerError.malformedAddress) {
            try HTTPServer.start(HTTPServerConfiguration(socket: .unix(path: path, mode: 0o600))) { _ in
                .now(HTTPServerResponse())
            }
        }
    }

    @Test func `a request is decided upon before its body is read`() async throws {
        let server = try HTTPServer.start(
            decide: { head in
                guard head.path == "/in" else { return .answer(HTTPServerResponse(status: 404)) }
                return .read(upTo: 4, unread: { HTTPServerResponse(status: $0, body: Array("four".utf8)) }) { request in
                    .now(HTTPServerResponse(body: request.body))
                }
            })
        func exchange(_ target: String, _ length: Int, _ body: String) -> String {
            RawPeer.exchange(port: server.port, "POST \(target) HTTP/1.1\r\nHost: x\r\nContent-Length: \(length)\r\n\r\n\(body)")
        }
        // Neither waits for the body that it announces.
        #expect(exchange("/out", 1_000_000, "").hasPrefix("HTTP/1.1 404"))
        #expect(exchange("/in", 1_000_000, "").hasPrefix("HTTP/1.1 413"))
        #expect(exchange("/in", 4, "abcd").hasSuffix("abcd"))
        await server.stop()
    }

    @Test func `whoever drips a request is cut off after the read time`() async throws {
        let server = try HTTPServer.start(HTTPServerConfiguration(readTimeout: .milliseconds(300))) { _ in
            .now(HTTPServerResponse())
        }
        let process = try await ChildProcess(
            "/bin/bash",
            [
                "-c",
                "exec 3<>/dev/tcp/127.0.0.1/\(server.port); printf 'GET / HTTP/1.1\\r\\nA' >&3; while printf a >&3; do sleep 0.05; done",
            ])
        try await process.exit(within: .seconds(10))
        #expect(process.elapsed < .seconds(8))
        await server.stop(grace: .zero)
    }
}
