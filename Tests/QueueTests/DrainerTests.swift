import Postgres
import Primitives
@testable import Queue
import Runtime
import Schema
import TestSupport
import Testing

@Suite struct DrainerTests {
    private func drainer(
        _ handler: ScriptedHandler, _ queue: QueueFixture, limit: Int? = nil, lease: Duration = .seconds(30),
        poll: Duration = .milliseconds(50), log: Log = Log(sink: { _ in })
    ) -> Drainer<ScriptedHandler> {
        Drainer(
            handler, connection: queue.newConnection("drainer"), holder: "drainer",
            policy: .init(lease: lease, limit: limit, poll: poll), failpoints: .none, log: log)
    }

    private func drain(
        _ drainer: Drainer<ScriptedHandler>, mode: Drainer<ScriptedHandler>.Mode = .untilEmpty, wake: WakeSignal = WakeSignal(),
        termination: Termination = Termination(), budget: Duration = .seconds(60)
    ) async throws -> DrainReport {
        try await drainer.drain(mode, at: .database, until: .now + budget, wake: wake, termination: termination)
    }

    // MARK: Until empty

    @Test func `a queue is drained to its end, each job once`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 500)
        let performed = Record<Int64>()
        let handler = ScriptedHandler([(queue.kind, 64)]) { jobs, inbox in
            jobs.forEach { performed.add($0.id) }
            inbox.finish(jobs.map { .init($0, .completed) })
        }
        let report = try await drain(drainer(handler, queue))
        #expect(report.claimed == 500)
        #expect(report.completed == 500)
        #expect(Set(performed.all).count == 500)
        #expect(performed.all.count == 500)
        #expect(try await queue.history("id").count == 500)
        #expect(try await queue.live("id").isEmpty)
    }

    @Test func `an empty queue ends the drain`() async throws {
        let queue = try await QueueFixture()
        #expect(try await drain(drainer(ScriptedHandler([(queue.kind, 8)]), queue)) == DrainReport())
    }

    @Test func `what comes back within moments is waited for, what takes longer is left to the next run`() async throws {
        let queue = try await QueueFixture()
        let ids = try await queue.enqueue(count: 2)
        let performed = Record<Int64>()
        let handler = ScriptedHandler([(queue.kind, 8)]) { jobs, inbox in
            for job in jobs {
                let isSecond = performed.all.contains(job.id)
                performed.add(job.id)
                let wait: Duration = job.id == ids[0] ? .milliseconds(300) : .seconds(60)
                inbox.finish([.init(job, isSecond ? .completed : .snoozed(for: wait))])
            }
        }
        let report = try await drain(drainer(handler, queue))
        #expect(report.completed == 1)
        #expect(performed.all.filter { $0 == ids[0] }.count == 2)
        #expect(performed.all.filter { $0 == ids[1] }.count == 1)
        #expect(try await queue.live("id") == ["\(ids[1])"])
    }

    @Test func `the wait for what comes back ends with the budget`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 1)
        let handler = ScriptedHandler([(queue.kind, 8)]) { jobs, inbox in
            inbox.finish(jobs.map { .init($0, .snoozed(for: .milliseconds(100))) })
        }
        let report = try await drain(drainer(handler, queue), budget: .milliseconds(500))
        #expect(report.snoozed >= 2)
        #expect(try await queue.live("id").count == 1)
    }

    @Test(arguments: [1, 3, 10])
    func `no more are claimed than the limit, over all lanes`(limit: Int) async throws {
        let queue = try await QueueFixture()
        let other = QueueFixture.newKind()
        try await queue.enqueue((0..<20).flatMap { _ in [queue.kind, other].map { NewJob(tenantID: "acme", kind: $0) } })
        let report = try await drain(drainer(ScriptedHandler([(queue.kind, 64), (other, 64)]), queue, limit: limit))
        #expect(report.claimed == limit)
        #expect(report.completed == limit)
    }

    @Test func `effects are written with their outcome`() async throws {
        let queue = try await QueueFixture()
        try await queue.database.execute("create table if not exists public.test_effects (job bigint primary key)")
        let ids = try await queue.enqueue(count: 20)
        let handler = ScriptedHandler([(queue.kind, 8)]) { jobs, inbox in
            inbox.finish(jobs.map { .init($0, .completed, effect: $0.id) })
        }
        _ = try await drain(drainer(handler, queue))
        #expect(
            try await queue.database.count("select count(*) from public.test_effects where job = any ($1)", [.ints(ids)]) == 20)
    }

    @Test func `jobs that come due or come back while draining are drained too`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue([NewJob(tenantID: "acme", kind: queue.kind, runAt: Timestamp(microseconds: 1))])
        try await queue.database.execute("update relance.jobs set state = 'scheduled' where kind = $1", [.text(queue.kind.name)])
        let handler = ScriptedHandler([(queue.kind, 8)]) { jobs, inbox in
            inbox.finish(jobs.map { .init($0, $0.attempts < 3 ? .retry(after: .zero, reason: "again") : .completed) })
        }
        let report = try await drain(drainer(handler, queue))
        #expect(report.retried == 2)
        #expect(report.completed == 1)
    }

    @Test func `a lane full of slow jobs does not hold up another`() async throws {
        let (slow, fast) = (try await QueueFixture(), try await QueueFixture())
        try await slow.enqueue(count: 4)
        try await fast.enqueue(count: 200)
        let gate = Gate()
        let slowKind = slow.kind.name
        let handler = ScriptedHandler([(slow.kind, 4), (fast.kind, 4)]) { jobs, inbox in
            inbox.finish(jobs.filter { $0.kind != slowKind }.map { .init($0, .completed) })
            let slow = jobs.filter { $0.kind == slowKind }
            if slow.isEmpty { return }
            await gate.pass()
            inbox.finish(slow.map { .init($0, .completed) })
        }
        async let report = drain(drainer(handler, slow))
        try await eventually(within: .seconds(20)) { try await fast.history("id").count == 200 }
        #expect(try await slow.live("state") == Array(repeating: "running", count: 4))
        gate.open()
        #expect(try await report.completed == 204)
    }

    @Test func `one slow job does not keep its own lane empty`() async throws {
        let queue = try await QueueFixture()
        let ids = try await queue.enqueue(count: 60)
        let gate = Gate()
        // A lane of twelve with ten that do not answer: the two places left do all the work.
        let stuck = Set(ids.prefix(10))
        let handler = ScriptedHandler([(queue.kind, 12)]) { jobs, inbox in
            inbox.finish(jobs.filter { !stuck.contains($0.id) }.map { .init($0, .completed) })
            let slow = jobs.filter { stuck.contains($0.id) }
            if slow.isEmpty { return }
            await gate.pass()
            inbox.finish(slow.map { .init($0, .completed) })
        }
        async let report = drain(drainer(handler, queue))
        try await eventually(within: .seconds(20)) { try await queue.history("id").count == 50 }
        gate.open()
        #expect(try await report.completed == 60)
    }

    // MARK: Ends

    @Test func `termination gives back what has not begun, unspent, and finishes what has`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 10)
        let (gate, termination) = (Gate(), Termination())
        let handler = ScriptedHandler([(queue.kind, 4)]) { jobs, inbox in
            for (index, job) in jobs.enumerated() {
                if index > 0, !inbox.mayBegin {
                    inbox.finish([.init(job, .returned)])
                } else {
                    await gate.pass()
                    inbox.finish([.init(job, .completed)])
                }
            }
        }
        async let report = drain(drainer(handler, queue), termination: termination)
        try await eventually { gate.arrived == 1 }
        termination.request()
        gate.open()
        let result = try await report
        #expect(result.completed == 1)
        #expect(result.returned == 3)
        #expect(try await queue.live("state || attempts") == Array(repeating: "available0", count: 9))
    }

    @Test func `a drain that is asked to stop before it starts claims nothing`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 1)
        let termination = Termination()
        termination.request()
        #expect(try await drain(drainer(ScriptedHandler([(queue.kind, 4)]), queue), termination: termination) == DrainReport())
        #expect(try await drain(drainer(ScriptedHandler([(queue.kind, 4)]), queue), budget: .zero) == DrainReport())
        #expect(try await queue.live("state || attempts") == ["available0"])
    }

    @Test func `past the deadline nothing begins any more, and what has begun is finished`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 2)
        let handler = ScriptedHandler([(queue.kind, 2)]) { jobs, inbox in
            // The first begins in time; the second waits until it may not.
            inbox.finish([.init(jobs[0], .completed)])
            while inbox.mayBegin { try? await Task.sleep(for: .milliseconds(5)) }
            inbox.finish([.init(jobs[1], .returned)])
        }
        let report = try await drain(drainer(handler, queue), budget: .milliseconds(500))
        #expect(report.completed == 1)
        #expect(report.returned == 1)
    }

    @Test func `a cancelled drain ends as a terminated one does`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 1)
        let gate = Gate()
        let handler = ScriptedHandler([(queue.kind, 1)]) { jobs, inbox in
            await gate.pass()
            inbox.finish(jobs.map { .init($0, .completed) })
        }
        let task = Task { try await drain(drainer(handler, queue), mode: .resident) }
        try await eventually { gate.arrived == 1 }
        task.cancel()
        gate.open()
        #expect(try await task.value.completed == 1)
    }

    @Test func `an error that would meet every job ends the drain with it`() async throws {
        struct Defect: Error {}
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 3)
        let handler = ScriptedHandler([(queue.kind, 1)]) { jobs, inbox in
            inbox.fail(Defect())
            inbox.finish(jobs.map { .init($0, .returned) })
        }
        await #expect(throws: Defect.self) { try await drain(drainer(handler, queue)) }
        #expect(try await queue.live("state || attempts") == Array(repeating: "available0", count: 3))
    }

    @Test func `many drains of one process leave nothing behind`() async throws {
        let queue = try await QueueFixture()
        let termination = Termination()
        struct Reference: Sendable { weak let inbox: JobInbox<Int64>? }
        let inboxes = Record<Reference>()
        let handler = ScriptedHandler([(queue.kind, 4)]) { jobs, inbox in
            inboxes.add(Reference(inbox: inbox))
            inbox.finish(jobs.map { .init($0, .completed) })
        }
        let drainer = drainer(handler, queue)
        for _ in 1...50 {
            try await queue.enqueue(count: 1)
            #expect(try await drain(drainer, termination: termination).completed == 1)
        }
        #expect(inboxes.all.count == 50)
        #expect(inboxes.all.allSatisfy { $0.inbox == nil })
    }

    // MARK: Resident

    @Test func `a resident drain starts a job at its wake-up`() async throws {
        let queue = try await QueueFixture()
        let (wake, termination) = (WakeSignal(), Termination())
        // Its own polling would take an hour.
        async let report = drain(
            drainer(ScriptedHandler([(queue.kind, 4)]), queue, poll: .seconds(3600)), mode: .resident, wake: wake,
            termination: termination, budget: .seconds(86_400))
        for round in 1...3 {
            try await queue.enqueue(count: 1)
            wake.raise()
            try await eventually { try await queue.history("id").count == round }
        }
        termination.request()
        #expect(try await report.completed == 3)
    }

    @Test func `a resident drain takes a wake-up while a slow job is in hand`() async throws {
        let queue = try await QueueFixture()
        let (wake, termination, gate) = (WakeSignal(), Termination(), Gate())
        let slow = try await queue.enqueue(count: 1)
        let handler = ScriptedHandler([(queue.kind, 4)]) { jobs, inbox in
            if jobs.contains(where: { slow.contains($0.id) }) { await gate.pass() }
            inbox.finish(jobs.map { .init($0, .completed) })
        }
        async let report = drain(
            drainer(handler, queue, poll: .seconds(3600)), mode: .resident, wake: wake, termination: termination,
            budget: .seconds(86_400))
        try await eventually { gate.arrived == 1 }
        try await queue.enqueue(count: 1)
        wake.raise()
        try await eventually { try await queue.history("id").count == 1 }
        gate.open()
        termination.request()
        #expect(try await report.completed == 2)
    }

    @Test func `jobs of a dead process run elsewhere as soon as their lease is over`() async throws {
        let queue = try await QueueFixture()
        try await queue.enqueue(count: 3)
        _ = try await queue.claim(lease: .milliseconds(300), by: "dead")
        let termination = Termination()
        let drainer = drainer(ScriptedHandler([(queue.kind, 4)]), queue, poll: .seconds(3600))
        let (kind, connection) = (queue.kind, queue.newConnection())
        async let report = drainer.drain(
            .resident, at: .database, until: .now + .seconds(86_400), wake: WakeSignal(), termination: termination
        ) {
            // As a resident instance sleeps.
            let (statement, values) = JobQueue.nextDue([kind])
            let seconds = try await connection.query(statement, values) { row throws(PostgresError) in
                try row.optionalDouble("seconds")
            }
            return seconds.first.flatMap { $0 }.map { .milliseconds(Int64($0 * 1000)) } ?? .seconds(3600)
        }
        try await eventually { try await queue.history("id").count == 3 }
        termination.request()
        #expect(try await report.rescued == 3)
    }

    @Test func `what has not begun may not begin once renewals have been overdue for long`() async throws {
        let inbox = JobInbox<Int64>(signal: WakeSignal())
        #expect(inbox.mayBegin)
        inbox.allowBeginning(until: .now + .seconds(3600))
        #expect(inbox.mayBegin)
        inbox.allowBeginning(until: .now)
        #expect(!inbox.mayBegin)
        inbox.allowBeginning(until: .now + .seconds(3600))
        inbox.close()
        #expect(!inbox.mayBegin)
    }
}

/// What a drain does when Postgres goes away under it.
@Suite struct DrainerOutageTests {
    @Test func `outcomes are kept through killed backends, a restart and a crash, and written once`() async throws {
        try await PrivateServers.with([.postgres]) { servers in
            let database = try await TestDatabase.create(onServer: servers.databaseURL)
            try await database.execute("create table public.test_effects (job bigint primary key)")
            let queue = try await QueueFixture(in: database)
            let ids = try await queue.enqueue(count: 120)
            let performed = Record<Int64>()
            let gates = [Gate(), Gate(), Gate()]
            let handler = ScriptedHandler([(queue.kind, 40)]) { jobs, inbox in
                jobs.forEach { performed.add($0.id) }
                // Each batch has its outcomes ready when Postgres is away.
                await gates[min(2, (performed.all.count - 1) / 40)].pass()
                inbox.finish(jobs.map { .init($0, .completed, effect: $0.id) })
            }
            let drainer = Drainer(
                handler, connection: queue.newConnection("drainer"), holder: "drainer", policy: .init(patience: .seconds(60)),
                failpoints: .none, log: Log(sink: { _ in }))
            async let report = drainer.drain(
                .untilEmpty, at: .database, until: .now + .seconds(120), wake: WakeSignal(), termination: Termination())

            try await eventually { gates[0].arrived >= 1 }
            try await database.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'drainer'")
            gates[0].open()
            try await eventually(within: .seconds(20)) { gates[1].arrived >= 1 }
            try await servers.stop(.postgres)
            gates[1].open()
            try await servers.start(.postgres)
            try await eventually(within: .seconds(20)) { gates[2].arrived >= 1 }
            try await servers.crash(.postgres)
            gates[2].open()
            try await servers.start(.postgres)

            let result = try await report
            #expect(result.claimed == 120)
            #expect(result.completed + result.stale == 120)
            _ = try? await database.execute("select 1")
            #expect(try await queue.history("id") == ids.map { "\($0)" })
            #expect(try await database.count("select count(*) from public.test_effects") == 120)
            #expect(Set(performed.all).count == performed.all.count)
        }
    }

    @Test func `a resident drain outlives an outage that it had nothing to do with`() async throws {
        try await PrivateServers.with([.postgres]) { servers in
            let database = try await TestDatabase.create(onServer: servers.databaseURL)
            let queue = try await QueueFixture(in: database)
            let termination = Termination()
            let drainer = Drainer(
                ScriptedHandler([(queue.kind, 4)]), connection: queue.newConnection("drainer"), holder: "drainer",
                policy: .init(poll: .milliseconds(20), patience: .seconds(3600)), failpoints: .none, log: Log(sink: { _ in }))
            let asked = Gate()
            asked.open()
            let (kind, connection) = (queue.kind, queue.newConnection())
            let task = Task {
                try await drainer.drain(
                    .resident, at: .database, until: .now + .seconds(3600), wake: WakeSignal(), termination: termination
                ) {
                    await asked.pass()
                    let (statement, values) = JobQueue.nextDue([kind])
                    _ = try await connection.query(statement, values) { row throws(PostgresError) in
                        try row.optionalDouble("seconds")
                    }
                    return .seconds(3600)
                }
            }
            try await eventually { asked.arrived >= 2 }
            try await servers.restart(.postgres)
            _ = try? await database.execute("select 1")
            try await queue.enqueue(count: 1)
            try await eventually(within: .seconds(20)) { try await queue.history("id").count == 1 }
            termination.request()
            #expect(try await task.value.completed == 1)
        }
    }
}
