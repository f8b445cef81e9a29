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
        let tally = try await load(ingest) { tally in
            try await eventually("a load") { tally.acknowledged.count > 300 }
            ingest.program.send(signal)
        }
        let exit = try await ingest.program.exit()
        #expect(exit == (signal == SIGKILL ? .signal(SIGKILL) : .status(0)))
        try await expectAcknowledged(tally, in: ingest.database)
        #expect(tally.refused == 0)
        if signal == SIGTERM {
            // A graceful end answers what it has committed.
            #expect(
                try await ingest.database.count("select count(*) from lead_activities") == tally.acknowledged.count)
        }
    }

    @Test func `Postgres killed under load loses nothing that was acknowledged, and ingest goes on by itself`() async throws {
        try await PrivateServers.with([.postgres]) { servers in
            let database = try await TestDatabase.create(onServer: servers.databaseURL)
            let ingest = try await IngestFixture.make(database: database)
            let tally = try await load(ingest) { tally in
                try await eventually("a load") { tally.acknowledged.count > 300 }
                try await servers.kill(.postgres)
                try await eventually("refusals") { tally.refused > 20 }
                try await servers.start(.postgres)
                let before = tally.acknowledged.count
                try await eventually("a load again") { tally.acknowledged.count > before + 300 }
                ingest.program.send(SIGTERM)
            }
            #expect(try await ingest.program.exit() == .status(0))
            // The test's own connection has died as well; it makes a new one.
            _ = try? await database.count("select 1")
            try await expectAcknowledged(tally, in: database)
        }
    }

    @Test func `no session left in Postgres is 503, until there is one`() async throws {
        try await PrivateServers.with([.postgres]) { servers in
            let database = try await TestDatabase.create(onServer: servers.databaseURL)
            let ingest = try await IngestFixture.make(database: database)
            try await database.execute("alter role relance_ingest connection limit 0")
            try await database.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'relance_ingest'")
            try await eventually("the refusal") { try await ingest.log("lead", "in").status == 503 }
            try await database.execute("alter role relance_ingest connection limit -1")
            try await eventually("the return") { try await ingest.log("lead", "in").status == 200 }
        }
    }

    @Test func `more than can wait is refused with a time to come back, and nothing else is`() async throws {
        try await PrivateServers.with([.postgres]) { servers in
            let database = try await TestDatabase.create(onServer: servers.databaseURL)
            let ingest = try await IngestFixture.make(database: database, environment: ["INGEST_MAX_WAITING": "8"])
            // The keys are known; then the commits hang.
            #expect(try await ingest.log("first", "in").status == 200)
            try await servers.freeze(.postgres)
            let replies = try await withThrowingTaskGroup(of: IngestFixture.Reply.self) { group in
                for number in 0..<40 { group.addTask { try await ingest.log("lead-\(number)", "in") } }
                var replies: [IngestFixture.Reply] = []
                while let reply = try await group.next() {
                    replies.append(reply)
                    // All but those that wait or are being committed.
                    if replies.count == 20 { try await servers.thaw(.postgres) }
                }
                return replies
            }
            let refused = replies.filter { $0.status == 503 }
            #expect(refused.count >= 20 && refused.allSatisfy { $0.headers["Retry-After"] == "1" })
            #expect(replies.filter { $0.status == 200 }.count == 40 - refused.count)
            #expect(try await database.count("select count(*) from lead_activities") == 41 - refused.count)
            #expect(try await ingest.log("last", "in").status == 200)
        }
    }

    /// Has 24 clients log activities of leads with an alert each, until the program ends.
    private func load(_ ingest: IngestFixture, _ trouble: (Tally) async throws -> Void) async throws -> Tally {
        try await ingest.database.execute(
            """
            insert into max_alerts (tenant_id, lead_id, type, severity, message)
            select 'acme', c || '-' || n, 'NoReply3d', 'med', 'm' from generate_series(0, 23) c, generate_series(0, 999) n
            """)
        let tally = Tally()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<24 {
                group.addTask {
                    for number in 0..<20_000 {
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
            try await trouble(tally)
            try await group.waitForAll()
        }
        return tally
    }

    /// Everything acknowledged is there, once, and nothing is there by half.
    private func expectAcknowledged(_ tally: Tally, in database: TestDatabase) async throws {
        let leads = tally.acknowledged
        let there = try await database.count(
            "select count(distinct lead_id) from lead_activities where lead_id = any($1)", [.texts(leads)])
        #expect(there == leads.count)
        #expect(try await database.count("select count(*) - count(distinct lead_id) from lead_activities") == 0)
        let halves = try await database.count(
            """
            select count(*)
            from max_alerts m
            left join lead_activities a on a.tenant_id = m.tenant_id and a.lead_id = m.lead_id
            where m.type = 'NoReply3d' and (a.id is null) <> (m.resolved_at is null)
            """)
        #expect(halves == 0)
    }
}
