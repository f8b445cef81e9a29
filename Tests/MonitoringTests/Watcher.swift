import HTTPServer
import Synchronization

/// Sentry and healthchecks.io as far as the fleet sees them: takes everything down, answers as told.
final class Watcher: Sendable {
    private final class Notes: Sendable { let requests = Mutex<[HTTPServerRequest]>([]) }

    private let notes = Notes()
    private let server: HTTPServer

    init(answer: @escaping @Sendable (HTTPServerRequest) async -> HTTPServerResponse = { _ in HTTPServerResponse() }) throws {
        let notes = notes
        server = try HTTPServer.start(asyncHandler: { request in
            notes.requests.withLock { $0.append(request) }
            return await answer(request)
        })
    }

    var dsn: String { "http://abc123@127.0.0.1:\(server.port)/42" }
    var pingURL: String { "http://127.0.0.1:\(server.port)/ping/uuid" }
    var requests: [HTTPServerRequest] { notes.requests.withLock { $0 } }
    /// What was said, in order: pings by their target, envelopes by their item type and the words after it.
    var targets: [String] { requests.map(\.target) }

    /// The payloads of the envelopes of one type.
    func payloads(_ type: String) -> [String] {
        requests.filter { $0.target == "/api/42/envelope/" }.flatMap { request in
            var lines = String(decoding: request.body, as: UTF8.self).split(separator: "\n")[1...]
            var found: [String] = []
            while let header = lines.popFirst(), let payload = lines.popFirst() {
                if header.contains("\"\(type)\"") { found.append(String(payload)) }
            }
            return found
        }
    }
}
