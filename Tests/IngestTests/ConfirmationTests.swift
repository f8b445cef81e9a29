import Foundation
import HTTPClient
import Postgres
import Redis
import TestSupport
import Testing

/// T+0 leaves exactly once, whichever of ingest and planner comes first (D-01).
struct ConfirmationTests {
    /// Mails of a step as files, and what the ledger says of them.
    private struct Sender: Sendable {
        let scene: SchedulingScene
        let outbox = "\(NSTemporaryDirectory())relance-outbox-\(UUID().uuidString)"

        /// Runs reminder-sender once, as a timer does.
        func tick() async throws {
            var environment = [
                "DATABASE_URL": scene.database.workerURL, "ADDRESS_HASH_KEY": "a-key-for-tests-only-0123456789",
                "OUTBOX_DIR": outbox, "EMAIL_PROVIDERS": "outbox",
            ].merging(SchedulingScene.environment) { $1 }
            environment["REDIS_URL"] = scene.ingest.redisURL
            let process = try await ChildProcess("reminder-sender", environment: environment)
            #expect(try await process.exit(within: .seconds(60)) == .status(0), "\(process.standardError)")
        }

        func mails() -> Int {
            let files = (try? FileManager.default.subpathsOfDirectory(atPath: outbox)) ?? []
            return files.count { $0.hasSuffix(".eml") }
        }

        func ledger() async throws -> [[String]] {
            try await scene.database.rows(
                "select state, count(*), count(distinct subject) from relance.deliveries where step = 'T+0' group by state")
        }
    }

    @Test func `a booking's confirmation is sent by the next who delivers, and never again`() async throws {
        let scene = try await SchedulingScene.make()
        let sender = Sender(scene: scene)
        #expect(try await scene.book().status == 201)
        for _ in 0..<2 {
            try await sender.tick()
            #expect(try await sender.ledger() == [["sent", "1", "1"]])
            #expect(sender.mails() == 1)
        }
    }

    @Test func `what the planner has planned is not planned again`() async throws {
        let scene = try await SchedulingScene.make()
        let sender = Sender(scene: scene)
        try await scene.database.execute(
            """
            insert into appointments (tenant_id, id, lead_id, closer_id, starts_at)
            values ('acme', 'a', 'lead', 'c1', now() + interval '3 days')
            """)
        try await sender.tick()
        #expect(try await scene.database.value("select relance.plan_due_steps('acme', 'a')") == "0")
        try await sender.tick()
        #expect(try await sender.ledger() == [["sent", "1", "1"]])
        #expect(sender.mails() == 1)
    }

    @Test func `bookings amid ticks are each confirmed once`() async throws {
        let scene = try await SchedulingScene.make()
        let sender = Sender(scene: scene)
        // Besides those through the API, rows of another application that planner and ingest come upon at the same time.
        for number in 0..<20 {
            try await scene.database.execute(
                """
                insert into appointments (tenant_id, id, lead_id, starts_at)
                values ('acme', $1, 'lead', now() + interval '3 days')
                """, [.text("planted-\(number)")])
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 { group.addTask { for _ in 0..<2 { try await sender.tick() } } }
            for number in 0..<20 {
                group.addTask {
                    #expect(try await scene.book(SchedulingScene.at(3000 + number * 60)).status == 201)
                    _ = try await scene.database.value("select relance.plan_due_steps('acme', 'planted-\(number)')")
                }
            }
            try await group.waitForAll()
        }
        try await sender.tick()
        #expect(try await sender.ledger() == [["sent", "40", "40"]])
        #expect(sender.mails() == 40)
    }

    @Test func `a booking wakes whoever delivers`() async throws {
        let scene = try await SchedulingScene.make()
        let redis = try #require(scene.ingest.redisURL)
        let instance = try await scene.database.value("select id from relance.instance")
        let channel = "relance:\(instance):hint:messages"
        var events = RedisSubscription(to: [channel], on: try RedisConfiguration(url: redis)).events().makeAsyncIterator()
        while let event = await events.next(), event != .subscribed {}
        #expect(try await scene.book().status == 201)
        #expect(await events.next() == .message(channel: channel, payload: []))
    }

    @Test func `the buttons of the mail that is sent open the pages`() async throws {
        let scene = try await SchedulingScene.make()
        let sender = Sender(scene: scene)
        let id = try await scene.book().appointmentID
        try await sender.tick()
        let file = try #require(FileManager.default.subpathsOfDirectory(atPath: sender.outbox).first { $0.hasSuffix(".eml") })
        let mail = try String(contentsOfFile: "\(sender.outbox)/\(file)", encoding: .utf8)
            .replacing("=\r\n", with: "").replacing("=\n", with: "").replacing("=3D", with: "=")
        let paths = Set(mail.matches(of: #/https://api\.example(/a/[A-Za-z0-9_.-]+)/#).map { String($0.1) })
        #expect(paths.count == 3, "confirm, move, cancel")
        var headings: Set<String> = []
        for path in paths {
            let page = try await scene.page(.get, path)
            #expect(page.status == 200)
            if let heading = page.html.firstMatch(of: #/<h1>([^<]+)</h1>/#) { headings.insert(String(heading.1)) }
        }
        #expect(headings.count == 3 && headings.contains("Déplacer votre rendez-vous"), "\(headings)")
        #expect(try await scene.status(id) == "SCHEDULED")
    }
}
