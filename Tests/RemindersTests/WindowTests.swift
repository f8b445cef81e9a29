import Primitives
import Reminders
import TestSupport
import Testing

/// Every step's window: never early; due within it, whatever the lateness; missed after it, with a reason and one alert (D-02).
@Suite(.serialized)
struct WindowTests {
    /// A step of an appointment that was booked on the 1st at noon for the 10th at noon.
    struct Step: Sendable {
        let name: String
        let line: String
        let due: Timestamp
        let expires: Timestamp
    }

    private static let booked: Timestamp = "2026-06-01T12:00:00Z"
    private static let start: Timestamp = "2026-06-10T12:00:00Z"
    private static let steps = [
        Step(name: "T+0", line: "T+0 email l1", due: "2026-06-01T12:00:00Z", expires: "2026-06-02T12:00:00Z"),
        Step(name: "T+10", line: "T+10 whatsapp c1", due: "2026-06-01T12:10:00Z", expires: "2026-06-01T14:10:00Z"),
        Step(name: "J-1", line: "J-1 email l1", due: "2026-06-09T12:00:00Z", expires: "2026-06-10T10:00:00Z"),
        Step(name: "H-1", line: "H-1 email l1", due: "2026-06-10T11:00:00Z", expires: "2026-06-10T11:55:00Z"),
        Step(name: "T-0", line: "T-0 email c1", due: "2026-06-10T12:00:00Z", expires: "2026-06-10T12:20:00Z"),
    ]

    /// Five appointments, so placed in time that one tick meets the same edge of every step's window.
    ///
    /// - Parameter offset: from the edge to the tick.
    /// - Returns: each step's line in the ledger, if it has one.
    private func lines(ofTick offset: Duration, from edge: KeyPath<Step, Timestamp>) async throws -> [String?] {
        let agenda = try await Agenda()
        let tick: Timestamp = "2026-06-15T00:00:00Z"
        for step in Self.steps {
            let shift = tick - step[keyPath: edge] - offset
            try await agenda.book(step.name, at: Self.booked + shift, start: Self.start + shift)
        }
        try await agenda.plan(at: tick)
        var lines: [String?] = []
        for step in Self.steps {
            lines.append(try await agenda.ledger(appointment: step.name).first { $0.hasPrefix(step.line) })
        }
        return lines
    }

    @Test func `no step is planned before it is due`() async throws {
        #expect(try await lines(ofTick: .microseconds(-1), from: \.due) == Self.steps.map { _ in nil })
    }

    @Test func `a step is planned from the instant it is due`() async throws {
        #expect(try await lines(ofTick: .zero, from: \.due) == Self.steps.map { $0.line + " pending" })
    }

    @Test func `a late tick still plans a step up to its expiry`() async throws {
        #expect(try await lines(ofTick: .microseconds(-1), from: \.expires) == Self.steps.map { $0.line + " pending" })
    }

    @Test func `a step that expired before any tick is missed`() async throws {
        #expect(try await lines(ofTick: .zero, from: \.expires) == Self.steps.map { $0.line + " missed no_tick_before_expiry" })
    }

    @Test func `the ledger keeps each step's own window`() async throws {
        let agenda = try await Agenda()
        try await agenda.book(at: Self.booked, start: Self.start)
        try await agenda.plan(at: "2026-06-20T00:00:00Z")
        let windows = try await agenda.database.rows(
            "select step, extract(epoch from due_at)::bigint, extract(epoch from expires_at)::bigint from relance.deliveries")
        for step in Self.steps {
            #expect(windows.contains([step.name, "\(step.due.seconds)", "\(step.expires.seconds)"]), "\(step.name)")
        }
    }

    @Test func `each message that is planned has a job, and nothing else has`() async throws {
        let agenda = try await Agenda()
        try await agenda.book(at: Self.booked, start: Self.start)
        for step in Self.steps { try await agenda.plan(at: step.due) }
        let orphans = try await agenda.database.count(
            """
            select count(*) from relance.deliveries d
            full join relance.jobs j on (j.args ->> 'delivery')::bigint = d.id and j.tenant_id = d.tenant_id
                and j.kind = 'message.' || d.channel and j.expires_at = d.expires_at and j.dedupe_key = d.dedupe_key
            where (d.state = 'pending') is distinct from (j.id is not null)
            """)
        #expect(orphans == 0)
        #expect(try await agenda.database.count("select count(*) from relance.jobs where state = 'available'") == 6)
    }

    @Test func `a missed step keeps how late the tick was`() async throws {
        let agenda = try await Agenda()
        try await agenda.book(at: Self.booked, start: Self.start)
        try await agenda.plan(at: "2026-06-10T10:30:00Z")
        let lateness = try await agenda.database.rows(
            "select step, lateness_s from relance.deliveries where state = 'missed' order by step")
        #expect(
            lateness == [["J-1", "\(22 * 3600 + 1800)"], ["T+0", "\(9 * 86_400 - 5400)"], ["T+10", "\(9 * 86_400 - 6000)"]])
    }

    @Test func `missed steps raise one alert for each tenant and step, however many batches a run takes`() async throws {
        let agenda = try await Agenda(["acme", "zeta"])
        for number in 1...5 { try await agenda.book("a\(number)", at: Self.booked, start: Self.start) }
        try await agenda.book(at: Self.booked, start: Self.start, organization: "zeta")
        let report = try await agenda.plan(at: "2026-06-10T10:30:00Z", batchSize: 2)
        #expect(report.missed == 18)
        let alerts = try await agenda.database.rows(
            "select tenant_id, detail ->> 'step', detail ->> 'missed' from relance.system_alerts order by 1, 2")
        #expect(
            alerts == [
                ["acme", "J-1", "5"], ["acme", "T+0", "5"], ["acme", "T+10", "5"], ["zeta", "J-1", "1"], ["zeta", "T+0", "1"],
                ["zeta", "T+10", "1"],
            ])
    }

    @Test func `after six hours without a tick what has not expired goes out late and the rest is missed`() async throws {
        let agenda = try await Agenda()
        // The last tick is at noon; the outage ends at 18:00.
        try await agenda.book("day-before", at: "2026-06-08T00:00:00Z", start: "2026-06-10T13:00:00Z")
        try await agenda.book("hour-before", at: "2026-06-08T00:00:00Z", start: "2026-06-09T18:30:00Z")
        try await agenda.book("over", at: "2026-06-08T00:00:00Z", start: "2026-06-09T14:00:00Z")
        try await agenda.plan(at: "2026-06-08T00:10:00Z")
        try await agenda.plan(at: "2026-06-09T12:00:00Z")
        try await agenda.book("fresh", at: "2026-06-09T12:30:00Z", start: "2026-06-12T12:00:00Z")
        try await agenda.plan(at: "2026-06-09T18:00:00Z")
        #expect(
            try await agenda.ledger(appointment: "fresh") == [
                "T+0 email l1 pending", "T+10 whatsapp c1 missed no_tick_before_expiry",
            ])
        #expect(try await agenda.ledger(appointment: "day-before").contains("J-1 email l1 pending"))
        #expect(try await agenda.ledger(appointment: "hour-before").contains("H-1 email l1 pending"))
        #expect(
            try await agenda.ledger(appointment: "over").suffix(3) == [
                "H-1 email l1 missed no_tick_before_expiry", "T-0 email c1 missed no_tick_before_expiry",
                "T-0 in_app c1 missed no_tick_before_expiry",
            ])
    }

    @Test func `an expired step with nobody to tell does not stop the planning of others`() async throws {
        let agenda = try await Agenda()
        try await agenda.book("unattended", at: Self.booked, start: Self.start, closer: nil)
        try await agenda.book("attended", at: Self.booked, start: "2026-06-11T12:00:00Z")
        try await agenda.plan(at: "2026-06-10T14:00:00Z")
        #expect(
            try await agenda.ledger(appointment: "unattended").filter { $0.hasPrefix("T-0") } == [
                "T-0 email none skipped no_recipient", "T-0 in_app none skipped no_recipient",
            ])
        #expect(try await agenda.ledger(appointment: "attended").contains("J-1 email l1 pending"))
    }
}
