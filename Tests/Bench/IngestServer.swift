private import Foundation
import Ingest
private import Postgres
import TestSupport

/// An HTTP server that is measured: ingest, or the same by FastAPI and asyncpg.
struct IngestServer: Sendable {
    /// Who serves.
    enum Kind: Sendable {
        case ours, peer
    }

    let process: ChildProcess
    let port: Int

    /// Starts one and waits until it answers.
    static func start(_ kind: Kind, _ stage: Stage) async throws -> IngestServer {
        let port = try freePort()
        let url = stage.database.workerURL.replacing("user=relance_worker", with: "user=relance_ingest")
        let process =
            switch kind {
            case .ours:
                try await ChildProcess(
                    "ingest",
                    environment: [
                        "DATABASE_URL": url, "REDIS_URL": stage.servers.redisURL, "INGEST_LISTEN": "127.0.0.1:\(port)",
                        "API_URL": "https://api.example.org", "ADDRESS_HASH_KEY": "0123456789abcdef0123456789abcdef",
                        "LINK_SIGNING_KEYS": "0123456789abcdef0123456789abcdef", "LOG_LEVEL": "error",
                    ])
            case .peer:
                try await ChildProcess(
                    "\(Repository.root)/.local/bench-python/bin/uvicorn",
                    [
                        "ingest:app", "--app-dir", "Tests/Bench/Peers", "--loop", "uvloop", "--http", "httptools", "--workers",
                        "2",
                        "--port", String(port), "--no-access-log", "--log-level", "warning",
                    ],
                    // libpq lets a socket's directory stand in the query; so does asyncpg, under the same name.
                    environment: ["DATABASE_URL": url, "PATH": "/usr/bin:/bin"])
            }
        let server = IngestServer(process: process, port: port)
        for _ in 0..<200 {
            if (try? await PlainHTTP.request("GET", "/health/live", port: port)) != nil { return server }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw BenchFailure("\(kind) does not answer: \(process.standardError.suffix(1000))")
    }

    /// Megabytes at its most, all processes of it together.
    func peakMegabytes() throws -> Double {
        var kilobytes = 0.0
        for pid in [process.pid] + ProcessorTime.descendants(of: process.pid) {
            let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
            let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
            kilobytes += line.flatMap { Double($0.split(whereSeparator: { $0 == " " || $0 == "\t" })[1]) } ?? 0
        }
        return kilobytes / 1024
    }

    /// Ends it.
    func stop() async throws {
        process.send(SIGTERM)
        try await process.exit(within: .seconds(30))
    }

    /// A server key of `org-0` that no limit stops.
    static func addKey(_ stage: Stage) async throws -> String {
        let key = APIKey.make(.server, tenantID: "org-0")
        try await stage.database.execute(
            """
            insert into relance.api_keys (tenant_id, kind, name, key_hash, hint, scopes, per_minute, created_by)
            values ('org-0', 'server', 'bench', decode($1, 'hex'), $2, '{ingest,read}', 2000000000, 'bench')
            """, [.text(key.hash), .text(key.hint)])
        return key.text
    }
}
