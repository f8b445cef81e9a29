import NoShows
import Postgres
import Primitives
import Schema
import TestSupport
import Testing

/// A run that is repeated, or done by several at once, or by a leader that is one no more, changes nothing (I3, K-41).
@Suite(.serialized)
struct InstancesTests {
    private static let start: Timestamp = "2026-06-10T12:00:00Z"

    /// Some of each cause, due together.
    private func clinic() async throws -> Clinic {
        let clinic = try await Clinic()
        for index in 0..<40 {
            let id = "a\(index)"
            try await clinic.book(
                id, at: Self.start.minutes(-60), start: Self.start, lead: index % 2 == 0 ? "l1" : "l2",
                video: index % 5 == 0 ? "external" : "livekit")
            if index % 3 == 0 { try await clinic.join(id, at: Self.start, as: "closer") }
            if index % 4 == 0 { try await clinic.join(id, at: Self.start, as: "lead") }
        }
        return clinic
    }

    private func picture(_ clinic: Clinic) async throws -> [[String]] {
        try await clinic.database.rows(
            """
            select 'mark', appointment_id, cause, state, '' from no_show_marks
            union all
            select 'message', m.appointment_id, d.step, d.channel || d.recipient_id, d.state || coalesce(d.reason, '')
            from relance.deliveries d join no_show_marks m on m.id::text = d.subject
            union all
            select 'appointment', id, status, '', '' from appointments
            union all
            select 'pointer', appointment_id, next_due_at::text, '', '' from relance.no_show_due
            union all
            select 'blacklist', coalesce(lead_id, ''), source, '', '' from blacklist_entries
            order by 1, 2, 3, 4
            """)
    }

    @Test func `five at once do what one does, and a repetition nothing`() async throws {
        let alone = try await clinic()
        try await alone.tick(at: Self.start.minutes(15))
        let together = try await clinic()
        let connections = (0..<5).map { _ in
            PostgresConnection(PostgresConfiguration(url: together.database.workerURL, applicationName: "planner"))
        }
        try await withThrowingTaskGroup { group in
            for connection in connections {
                group.addTask {
                    // All of them believe that they lead, in small batches.
                    _ = try await together.planner(batchSize: 3, on: connection)
                        .plan(at: .fixed(Self.start.minutes(15)), runID: Clinic.runID) { 1 }
                }
            }
            try await group.waitForAll()
        }
        try await together.tick(at: Self.start.minutes(15))
        let expected = try await picture(alone)
        #expect(try await picture(together) == expected)
        #expect(try await together.tick(at: Self.start.minutes(15)).examined == 0)
        #expect(try await picture(together) == expected)
    }

    @Test func `an old epoch writes nothing`() async throws {
        let clinic = try await clinic()
        let before = try await picture(clinic)
        let report = try await clinic.tick(at: Self.start.minutes(15), epoch: 2)
        #expect(report.wasFenced && report.marked.isEmpty)
        #expect(try await picture(clinic) == before)
    }

    @Test(arguments: [1000, 7])
    func `a rehearsal says what the run then does, and writes nothing`(batchSize: Int) async throws {
        let clinic = try await clinic()
        let before = try await picture(clinic)
        let lines = try await NoShowPreview.read(
            [.appointments, .rates], clinic.worker, inquiry: clinic.inquiry, at: .fixed(Self.start.minutes(15)),
            runID: "00000000-0000-4000-8000-000000000003", limit: 1000, batchSize: batchSize)
        #expect(try await picture(clinic) == before)
        #expect(try await clinic.database.count("select count(*) from relance.leases") == 1)
        try await clinic.tick(at: Self.start.minutes(15))
        let marks = try await clinic.database.rows("select appointment_id, 'mark: ' || cause from no_show_marks order by 1")
        #expect(
            lines.filter { $0.verdict.hasPrefix("mark") }.map { [$0.appointmentID, $0.verdict] }.sorted { $0[0] < $1[0] }
                == marks.sorted { $0[0] < $1[0] })
        let sent = try await clinic.database.count("select count(*) from relance.deliveries where state = 'pending'")
        #expect(sent > 0 && lines.filter { $0.verdict == "send" }.count == sent)
    }

    @Test func `an idle tick looks at two indexes, however many appointments there are`() async throws {
        let clinic = try await Clinic()
        try await clinic.write(
            at: Self.start,
            """
            insert into appointments (tenant_id, id, lead_id, closer_id, starts_at, created_at)
            select 'acme', 'x' || g, 'l1', 'c1', $1::timestamptz + g * interval '1 minute', relance.now() from generate_series(60, 20059) g
            """, [.timestamp(Self.start)])
        // The first tick finds Monday's slot to be over.
        try await clinic.tick(at: Self.start)
        try await clinic.database.execute("vacuum analyze")
        let plan = try await clinic.database.rows(
            """
            explain (analyze, buffers, costs off, timing off, summary off)
            select exists (select from relance.no_show_due where next_due_at <= '\(Self.start)'),
                exists (select from relance.no_show_rate_due where next_due_at <= '\(Self.start)')
            """
        ).map { $0[0] }.joined(separator: "\n")
        #expect(plan.contains("no_show_due_next") && !plan.contains("Seq Scan on no_show_due"), "\(plan)")
        #expect(try await clinic.tick(at: Self.start.minutes(1)) == NoShowReport())
    }

    @Test func `whoever comes while the mark is being made is not blamed`() async throws {
        let clinic = try await Clinic()
        try await clinic.book(at: Self.start.minutes(-60), start: Self.start)
        try await clinic.join(at: Self.start, as: "closer")
        // A webhook's transaction, open: it has written that the lead came.
        let webhook = try await TestDatabase.connection(to: clinic.database)
        try await webhook.execute("begin")
        try await webhook.execute(
            """
            select relance.travel_to('\(Self.start.minutes(14))');
            """)
        try await webhook.execute(
            """
            insert into call_participants (tenant_id, call_id, identity, role, joined_at)
            select tenant_id, id, 'lead:l1', 'lead', '\(Self.start.minutes(14))' from calls
            """)
        // The tick sees nothing of it, and leaves the appointment that the webhook holds.
        try await clinic.tick(at: Self.start.minutes(15))
        try await webhook.execute("commit")
        try await clinic.tick(at: Self.start.minutes(16))
        #expect(try await clinic.story() == "SCHEDULED")
        #expect(try await clinic.database.count("select count(*) from relance.no_show_due") == 0)
    }
}
