import API
import Foundation
import HTTPClient
import Ingest
import Postgres
import TestSupport
import Testing

struct ProgramTests {
    @Test(arguments: [
        (["INGEST_LISTEN": "8080"], "INGEST_LISTEN"), (["JWT_SECRET": "short"], "JWT_SECRET"),
        (["JWT_PUBLIC_KEY": "nonsense"], "JWT_PUBLIC_KEY"), (["TRUSTED_PROXIES": "10.0.0.0/99"], "TRUSTED_PROXIES"),
        (["INGEST_THREADS": "1"], "INGEST_THREADS"),
    ])
    func `a setting that is wrong is named before anything starts`(environment: [String: String], name: String) async throws {
        let process = try await ChildProcess(
            "ingest", environment: environment.merging(["DATABASE_URL": "postgresql:///nowhere?host=/nowhere"]) { $1 })
        #expect(try await process.exit() == .status(78))
        #expect(process.standardError.contains(name))
    }

    @Test func `a database that is away or not migrated is told`() async throws {
        let away = try await ChildProcess("ingest", environment: ["DATABASE_URL": "postgresql:///nowhere?host=/nowhere"])
        #expect(try await away.exit() == .status(69))
        let empty = try await TestDatabase.createEmpty()
        let process = try await ChildProcess("ingest", environment: ["DATABASE_URL": empty.url])
        #expect(try await process.exit() == .status(78))
        #expect(process.standardError.contains("relance migrate"))
    }

    @Test func `a socket of systemd's is served, and readiness is told`() async throws {
        let database = try await TestDatabase.create()
        let port = try freePort()
        let process = try await ChildProcess(
            "/usr/bin/systemd-socket-activate",
            ["-l", "127.0.0.1:\(port)", "-E", "DATABASE_URL", "\(Repository.products)/ingest"],
            environment: ["DATABASE_URL": database.workerURL.replacingOccurrences(of: "relance_worker", with: "relance_ingest")])
        try await eventually("an answer through the socket") {
            (try? await PlainHTTP.request("GET", "/health/ready", port: port).status) == 200
        }
        process.send(SIGTERM)
        #expect(try await process.exit() == .status(0))
    }
}
