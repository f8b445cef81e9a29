import API
import HTTPClient
import Primitives
import TestSupport

/// Another ingest on the same database.
struct SecondInstance: Sendable {
    let port: Int
    let program: ChildProcess

    static func start(_ scene: SchedulingScene) async throws -> SecondInstance {
        let port = try freePort()
        var environment = SchedulingScene.environment
        environment["DATABASE_URL"] = scene.ingest.databaseURL
        environment["REDIS_URL"] = scene.ingest.redisURL
        environment["INGEST_LISTEN"] = "127.0.0.1:\(port)"
        let program = try await ChildProcess("ingest", environment: environment)
        try await program.output(contains: "service started")
        return SecondInstance(port: port, program: program)
    }
}

extension SchedulingScene {
    /// Posts as a server of `acme`, to another instance where one is named.
    func send(_ path: String, _ body: String, port: Int?) async throws -> IngestFixture.Reply {
        let headers: HTTPHeaders = [
            "Authorization": "Bearer \(ingest.key)", "X-Tenant": "acme", "Content-Type": "application/json",
        ]
        let response = try await ingest.client.send(
            HTTPRequest(
                .post, url: "http://127.0.0.1:\(port ?? ingest.port)\(path)", headers: headers, body: Array(body.utf8)))
        return IngestFixture.Reply(
            status: response.status, headers: response.headers, json: (try? JSONReader.read(response.body)) ?? .null,
            body: response.body)
    }
}

enum TimestampText {
    /// Seconds since 1970 as requests say them.
    static func of(_ seconds: Int) -> String { Timestamp(microseconds: Int64(seconds) * 1_000_000).description }
}
