import Postgres
import Primitives
import Queue
import TestSupport
import Testing

@Suite struct RescueTests {
    @Test func `a job is taken back when its lease has run out, not before`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 2)
        _ = try await queue.claim(1, by: "dead")
        try await queue.expireLeases()
        _ = try await queue.claim(1, by: "alive")
        #expect(try await queue.rescue() == QueueFixture.Rescue(rescued: 1, hasSuspects: true))
        #expect(try await queue.live("state") == ["available", "running"])
        #expect(try await queue.live("jsonb_array_length(errors)") == ["1", "0"])
        #expect(try await queue.live("errors -> 0 ->> 'by'")[0] == "dead")
        #expect(try await queue.rescue() == QueueFixture.Rescue(hasSuspects: true))
    }

    @Test func `suspects run alone, one by one, and are ordinary again afterwards`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 3)
        _ = try await queue.claim()
        try await queue.expireLeases()
        try await queue.rescue()
        #expect(try await queue.claim().isEmpty)
        for outcome in [JobOutcome.completed, .retry(after: .zero, reason: "r"), .snoozed(for: .zero)] {
            let suspect = try await queue.claimSuspect()
            #expect(suspect.map(\.isSuspect) == [true])
            try await queue.settle(suspect, outcome)
        }
        #expect(try await queue.live("is_suspect") == ["false", "false"])
        #expect(try await queue.claim().count == 2)
    }

    @Test func `a suspect that is given back unstarted is still one`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 1)
        _ = try await queue.claim()
        try await queue.expireLeases()
        try await queue.rescue()
        try await queue.settle(try await queue.claimSuspect(), .returned)
        #expect(try await queue.claimSuspect().count == 1)
    }

    @Test func `a begun job is no suspect: it is claimed at once, to be reconciled`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 2)
        let claimed = try await queue.claim().sorted { $0.id < $1.id }
        try await queue.database.execute("update relance.jobs set has_begun = true where id = $1", [.int(claimed[0].id)])
        try await queue.expireLeases()
        try await queue.rescue()
        #expect(try await queue.live("is_suspect") == ["false", "true"])
        #expect(try await queue.live("crashes") == ["0", "0"])
        #expect(try await queue.claim().map { [$0.hasBegun, $0.isSuspect] } == [[true, false]])
    }

    @Test func `a begun job whose reconciliation kills its process too becomes a suspect, and in the end poison`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 1)
        _ = try await queue.claim()
        try await queue.database.execute("update relance.jobs set has_begun = true where kind = $1", [.text(queue.kind.name)])
        try await queue.expireLeases()
        try await queue.rescue()
        _ = try await queue.claim()
        try await queue.expireLeases()
        try await queue.rescue()
        #expect(try await queue.live("is_suspect") == ["true"])
        for _ in 1...3 {
            _ = try await queue.claimSuspect()
            try await queue.expireLeases()
            try await queue.rescue()
        }
        #expect(try await queue.dead("reason || crashes") == ["poison3"])
    }

    @Test func `a job that kills its process alone for the third time is quarantined, its neighbours are not`() async throws {
        let queue = try await QueueFixture()
        let ids = try await queue.enqueue(count: 3)
        // The crash that made them suspects was in company: it condemns nobody.
        _ = try await queue.claim(by: "crash 0")
        try await queue.expireLeases()
        #expect(try await queue.rescue() == QueueFixture.Rescue(rescued: 3, hasSuspects: true))
        for round in 1...3 {
            let suspect = try await queue.claimSuspect(by: "crash \(round)")
            #expect(suspect.map(\.id) == [ids[0]])
            try await queue.expireLeases()
            let rescue = try await queue.rescue()
            #expect(rescue.rescued == (round < 3 ? 1 : 0))
            #expect(rescue.quarantined == (round < 3 ? 0 : 1))
            #expect(rescue.hasSuspects)
        }
        #expect(try await queue.dead("reason || crashes") == ["poison3"])
        #expect(try await queue.dead("jsonb_array_length(errors)") == ["4"])
        #expect(
            try await queue.dead("jsonb_path_query_array(errors, '$[*].by')") == [
                #"["crash 0", "crash 1", "crash 2", "crash 3"]"#
            ])
        for _ in 1...2 { try await queue.settle(try await queue.claimSuspect(), .completed) }
        #expect(try await queue.history("id") == ids.dropFirst().map { "\($0)" })
        #expect(try await queue.rescue() == QueueFixture.Rescue())
    }

    @Test func `suspects of a paused queue are not announced: nobody may run them`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 1)
        _ = try await queue.claim()
        try await queue.expireLeases()
        try await queue.rescue()
        try await queue.pause(queue.kind.queue)
        #expect(try await queue.rescue() == QueueFixture.Rescue())
        #expect(try await queue.claimSuspect().isEmpty)
        try await queue.resume(queue.kind.queue)
        #expect(try await queue.rescue() == QueueFixture.Rescue(hasSuspects: true))
    }

    @Test func `twenty rescuers take each job back once`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 200)
        _ = try await queue.claim(200)
        try await queue.expireLeases()
        let rescued = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 1...20 {
                group.addTask {
                    let (statement, values) = JobQueue.rescue([queue.kind])
                    return Int(
                        try await queue.newConnection().query(statement, values) { row throws(PostgresError) in try row.int(0) }[
                            0])
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(rescued == 200)
        #expect(try await Set(queue.live("jsonb_array_length(errors)")) == ["1"])
    }

    @Test func `a resident instance sleeps no longer than until the next lease runs out`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 1)
        #expect(try await queue.nextDue() == nil)
        _ = try await queue.claim(lease: .seconds(20))
        let seconds = try #require(try await queue.nextDue())
        #expect((0...20).contains(seconds))
        try await queue.expireLeases()
        #expect(try #require(try await queue.nextDue()) <= 0)
    }
}
