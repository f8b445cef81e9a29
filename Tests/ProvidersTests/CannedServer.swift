internal import HTTPServer
internal import Synchronization

/// A provider's end of the wire that answers what a test says: one server, a base path for each answer.
final class CannedServer: Sendable {
    static let shared = Result { try CannedServer() }

    private final class Answers: Sendable {
        let list = Mutex<[HTTPServerResponse]>([])
    }

    private let answers = Answers()
    private let server: HTTPServer

    private init() throws {
        let answers = answers
        server = try HTTPServer.start(HTTPServerConfiguration(port: 0)) { request in
            let number = request.path.split(separator: "/").first.flatMap { Int($0) } ?? -1
            return .now(
                answers.list.withLock { $0.indices.contains(number) ? $0[number] : HTTPServerResponse(status: 404) })
        }
    }

    /// The base URL under which everything gets this answer.
    func url(answering response: HTTPServerResponse) -> String {
        let number = answers.list.withLock { list in
            list.append(response)
            return list.count - 1
        }
        return "http://127.0.0.1:\(server.port)/\(number)"
    }
}
