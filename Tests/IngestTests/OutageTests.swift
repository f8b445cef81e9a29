import API
import Glibc
import HTTPClient
import Ingest
import Postgres
import Synchronization
import TestSupport
import Testing

struct OutageTests {
    /// What callers were told.
    private final class Tally: Sendable {
        private let state = Mutex<(acknowledged: [String], refused: Int)>(([], 0))
        var acknowledged: [String] { state.withLock { $0.acknowledged } }
        var refused: Int { state.withLock { $0.refused } }
        func note(_ lead: String, _ status: Int) {
            state.withLock { if status == 200 { $0.acknowledged.append(lead) } else { $0.refused += 1 } }
        }
    }

    @Test func `Postgres gone is 503, and its return needs nobody`() async throws {
        try await PrivateServers.with([.postgres]) { servers in
            let database = try await TestDatabase.create(onServer: servers.databaseURL)
            let ingest = try await IngestFixture.make(database: database)
            #expect(try await ingest.log("lead", "in").status == 200)
            try await servers.crash(.postgres)
            // Past the seconds for which the key is remembered.
            try await eventually("the refusal") {
                let reply = try await ingest.log("lead", "in")
                #expect(reply.status == 503 && reply.headers["Retry-After"] == "1")
                return try await ingest.send(.get, "/health/ready").status == 503
            }
            #expect(try await ingest.send(.get, "/health/live").status == 200)
            try await servers.start(.postgres)
            try await eventually("the return") { try await ingest.log("lead", "in").status == 200 }
            try await eventually("readiness") { try await ingest.send(.get, "/health/ready").status == 200 }
        }
    }

    @Test func `Redis gone, frozen and back refuses nobody`() async throws {
        try await PrivateServers.with([.redis]) { servers in
            let ingest = try await IngestFixture.make(redisURL: servers.redisURL)
            let key = try await IngestFixture.addKey(.server, "acme", scopes: ["ingest"], perMinute: 500, to: ingest.database)
            func log() async throws -> Int {
                try await ingest.log("lead", "in", headers: ["Authorization": "Bearer \(key)"]).status
            }
            #expect(try await log() == 200)
            try await servers.freeze(.redis)
            for _ in 0..<20 { #expect(try await log() == 200) }
            try await servers.thaw(.redis)
            try await servers.crash(.redis)
            for _ in 0..<20 { #expect(try await log() == 200) }
            #expect(try await ingest.send(.get, "/health/ready").status == 200)
            #expect(try await ingest.send(.get, "/health").json["checks"]?["redis"] == "degraded")
            try await servers.start(.redis)
            try await eventually("redis in use again") {
                let status = try await log()
                let health = try await ingest.send(.get, "/health").json
                return status == 200 && health["checks"]?["redis"] == "ok"
            }
        }
    }

    @Test(arguments: [SIGKILL, SIGTERM])
    func `whatever was acknowledged before the end is there`(signal: Int32) async throws {
        let ingest = try await IngestFixture.make()
        let tally = Tally()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<24 {
                group.addTask {
                    for number in 0..<5000 {
                        let lead = "\(client)-\(number)"
                        do {
                            let reply = try await ingest.log(lead, number.isMultiple(of: 2) ? "in" : "out")
                            tally.note(lead, reply.status)
                        } catch is HTTPClientError {
                            return
                        }
                    }
                }
            }
            try await eventually("a load") { tally.acknowledged.count > 300 }
            ingest.program.send(signal)
            try await group.waitForAll()
        }
        let exit = try await ingest.program.exit()
        #expect(exit == (signal == SIGKILL ? .signal(SIGKILL) : .status(0)))
        let leads = tally.acknowledged
        let there = try await ingest.database.count(
            "select count(distinct lead_id) from lead_activities where lead_id = any($1)", [.texts(leads)])
        #expect(there == leads.count && tally.refused == 0)
        // Nothing came twice either.
        #expect(try await ingest.database.count("select count(*) - count(distinct lead_id) from lead_activities") == 0)
        if signal == SIGTERM {
            // A graceful end answers what it has committed.
            #expect(try await ingest.database.count("select count(*) from lead_activities") == leads.count)
        }
    }
}
