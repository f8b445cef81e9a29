import Foundation
import TestSupport
import Testing

@Suite struct PlainHTTPTests {
    @Test func `a request reaches a server and its answer comes back`() async throws {
        let port = try freePort()
        let script = """
            import http.server
            class Handler(http.server.BaseHTTPRequestHandler):
                def do_PUT(self):
                    body = self.rfile.read(int(self.headers["Content-Length"]))
                    self.send_response(202)
                    self.end_headers()
                    self.wfile.write(self.path.encode() + b" " + self.headers["X-Word"].encode() + b" " + body)
                def log_message(self, *_): pass
            http.server.HTTPServer(("127.0.0.1", \(port)), Handler).serve_forever()
            """
        let server = try await ChildProcess("/usr/bin/python3", ["-c", script])
        let answer = try await eventually("an answer") {
            try? await PlainHTTP.request("PUT", "/a?b=c", port: port, headers: [("X-Word", "w")], body: Data("body".utf8))
        }
        #expect(answer.status == 202)
        #expect(String(decoding: answer.body, as: UTF8.self) == "/a?b=c w body")
        #expect(server.isRunning)
    }

    @Test func `nobody there is an error`() async throws {
        let port = try freePort()
        await #expect(throws: POSIXFailure.self) { _ = try await PlainHTTP.request("GET", "/", port: port) }
    }
}
