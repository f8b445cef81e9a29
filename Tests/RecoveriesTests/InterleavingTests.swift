import Messaging
import Postgres
import Primitives
import Providers
import Recoveries
import Runtime
import Schema
import Synchronization
import TestSupport
import Testing

/// Whatever visitors do, whenever ticks come, wherever a process dies: the promises to the people written to hold.
@Suite struct InterleavingTests {
    /// What happened, as far as the promises speak of it.
    private struct Story {
        var activities: [String: [Timestamp]] = [:]
        var owners: [String: String] = [:]
        var forms: [String: String] = [:]
        /// By address: instants after which nobody may be written to about what was begun before.
        var submissions: [String: [Timestamp]] = [:]
        /// By address: nothing at all after it.
        var farewells: [String: Timestamp] = [:]
        /// By form: from when to when it was not active.
        var pauses: [String: [(Timestamp, Timestamp)]] = [:]
    }

    private static let start = Reception.monday
    private static let length = 11 * 1440

    @Test(arguments: UInt64(1)...6) func `the promises hold under any interleaving`(seed: UInt64) async throws {
        var random = SplitMix(state: seed &* 0x2545_F491_4F6C_DD1D)
        let reception = try await Reception()
        let postman = Postman()
        let chance = Mutex(SplitMix(state: seed))
        postman.answer {
            // Taken in, and the answer lost on its way.
            chance.withLock { Int.random(in: 0..<8, using: &$0) } == 0
                ? .unknown(Uncertainty(code: "timed_out", reason: "no answer", replayIsSafe: true)) : nil
        }
        var story = Story()
        let minutes = (0..<170).map { _ in Int.random(in: 0..<Self.length, using: &random) }.sorted()
        for minute in minutes {
            let now = Self.start.minutes(minute)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<3: try await act(at: now, minute, &story, reception, &random)
            default: try await tick(at: now, reception, postman, &random)
            }
            if minute % 11 == 0 { #expect(try await reception.forgotten(at: now) == 0, "\(now)") }
        }
        postman.answer { nil }
        for day in 11...26 {
            try await reception.database.execute(
                "update relance.jobs set leased_until = clock_timestamp() where state = 'running'")
            try await postman.tick(reception, at: Self.start.hours(day * 24 + 1))
        }
        try await expectPromises(story, reception, postman)
    }

    private func tick(
        at now: Timestamp, _ reception: Reception, _ postman: Postman, _ random: inout SplitMix
    ) async throws {
        // A process that died left its jobs behind.
        try await reception.database.execute(
            "update relance.jobs set leased_until = clock_timestamp() - interval '1 s' where state = 'running'")
        let crashes = [
            nil, nil, nil, "plan.picked=fail", "plan.written=fail@1", "plan.committed=fail@1", "message.composed=fail@1",
            "attempt.opened=fail@1", "jobs.claimed=fail@1", "jobs.settled=fail@1",
        ]
        let failpoints = try Failpoints(crashes[Int.random(in: 0..<crashes.count, using: &random)])
        failpoints.arm()
        let order = Int.random(in: 0..<3, using: &random)
        if order != 1 {
            _ = try? await reception.planner(failpoints: failpoints).plan(at: .fixed(now), runID: Reception.runID) { 1 }
        }
        if order != 2 { _ = try? await postman.deliver(reception, at: now, failpoints: failpoints) }
        if order == 0 { try await reception.plan(at: now) }
    }

    private func act(
        at now: Timestamp, _ minute: Int, _ story: inout Story, _ reception: Reception, _ random: inout SplitMix
    ) async throws {
        let email = "p\(Int.random(in: 0..<4, using: &random))@example.com"
        let form = ["f1", "f2"][Int.random(in: 0..<2, using: &random)]
        let isPaused = story.pauses[form]?.last.map { $0.1 == .distantFuture } ?? false
        switch Int.random(in: 0..<16, using: &random) {
        case 0..<7:
            if isPaused { return }
            let id = "v\(minute)"
            try await reception.breakOff(id, at: now, email: email, form: form)
            (story.activities[id], story.owners[id], story.forms[id]) = ([now], email, form)
        case 7..<10:
            guard let id = story.activities.keys.sorted().randomElement(using: &random), let owner = story.owners[id] else {
                return
            }
            if story.pauses[story.forms[id] ?? ""]?.last?.1 == .distantFuture { return }
            try await reception.breakOff(id, at: now, email: owner, form: story.forms[id] ?? "f1")
            // An ended visit stays as it was.
            let active = try await reception.database.value(
                "select last_activity_at = $2 from form_abandons where id = $1", [.text(id), .timestamp(now)])
            if active == "t" { story.activities[id, default: []].append(now) }
        case 10..<12:
            try await reception.submit("s\(minute)", at: now, email: email, form: form)
            story.submissions[email, default: []].append(now)
        case 12:
            try await reception.write(
                at: now,
                """
                insert into relance.suppressions (tenant_id, channel, address_hash, scope, reason)
                values ('acme', 'email', decode($1, 'hex'), 'marketing', 'unsubscribed') on conflict do nothing
                """, [.text(Reception.addresses.hash(email))])
            story.farewells[email] = story.farewells[email] ?? now
        case 13:
            try await reception.write(
                at: now,
                "insert into leads (tenant_id, id, name, email, status) values ('acme', $1, 'L', $1, 'DISQUALIFIED') on conflict do nothing",
                [.text(email)])
            story.farewells[email] = story.farewells[email] ?? now
        default:
            try await reception.write(
                at: now, "update forms set status = $2 where id = $1", [.text(form), .text(isPaused ? "ACTIVE" : "PAUSED")])
            if isPaused {
                let last = story.pauses[form]?.removeLast()
                story.pauses[form, default: []].append((last?.0 ?? now, now))
            } else {
                story.pauses[form, default: []].append((now, .distantFuture))
            }
        }
    }

    private func expectPromises(_ story: Story, _ reception: Reception, _ postman: Postman) async throws {
        let rows = try await reception.database.rows("select id, subject, step from relance.deliveries")
        let ledger = Dictionary(uniqueKeysWithValues: rows.map { (Int64($0[0]) ?? 0, (abandon: $0[1], step: $0[2])) })
        let after = ["+1h": 1, "+24h": 24, "+72h": 72]
        var steps: [String: Set<String>] = [:]
        for mail in postman.mails {
            let (abandon, step) = try #require(ledger[mail.deliveryID])
            #expect(steps[abandon, default: []].insert(step).inserted, "\(abandon) \(step) went out twice")
            let last = try #require(story.activities[abandon]?.last { $0 <= mail.at })
            #expect(last.hours(after[step] ?? 0) <= mail.at && mail.at < last.hours(168), "\(abandon) \(step) at \(mail.at)")
            let begun = try #require(story.activities[abandon]?.first)
            #expect(!(story.submissions[mail.to] ?? []).contains { begun <= $0 && $0 <= mail.at }, "\(abandon) had submitted")
            #expect(story.farewells[mail.to].map { mail.at < $0 } ?? true, "\(mail.to) had left")
            let form = story.forms[abandon] ?? ""
            #expect(!(story.pauses[form] ?? []).contains { $0.0 <= mail.at && mail.at < $0.1 }, "\(form) was paused")
            let newer = story.activities.filter { other, instants in
                other != abandon && story.owners[other] == mail.to && instants.contains { $0 > last && $0 <= mail.at }
            }
            #expect(newer.isEmpty, "\(abandon) was superseded")
            let local = try await reception.database.value(
                "select to_char($1::timestamptz at time zone 'Europe/Paris', 'ID HH24')", [.timestamp(mail.at)])
            let clock = local.split(separator: " ").compactMap { Int($0) }
            #expect(clock[0] <= 6 && (9..<20).contains(clock[1]), "sent at \(mail.at)")
        }
        for (person, mails) in Dictionary(grouping: postman.mails, by: \.to) {
            for (one, next) in zip(mails, mails.dropFirst()) {
                #expect(one.at.hours(12) <= next.at, "\(person): \(one.at), \(next.at)")
            }
            for (one, fourth) in zip(mails, mails.dropFirst(3)) { #expect(one.at.hours(168) <= fourth.at, "\(person)") }
        }
        #expect(!postman.mails.isEmpty)
        // Nothing is left: everything planned has one end, every sequence too.
        #expect(
            try await reception.database.rows("select subject, step, state from relance.deliveries where settled_at is null")
                == [])
        #expect(try await reception.database.rows("select id from form_abandons where ended_at is null") == [])
        #expect(try await reception.database.count("select count(*) from relance.abandon_due") == 0)
        #expect(try await reception.database.count("select count(*) from relance.jobs") == 0)
    }
}

extension Timestamp {
    /// Later than anything here.
    fileprivate static let distantFuture: Timestamp = "9000-01-01T00:00:00Z"
}
