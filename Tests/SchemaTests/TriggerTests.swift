import Postgres
import Primitives
import Schema
import TestSupport
import Testing

/// What a write to the business tables does by itself: revisions, arming, marks, activation.
@Suite struct TriggerTests {
    private static let booked = Timestamp(microseconds: 1_790_000_000_000_000)
    private static let later = booked + .seconds(3600)

    /// Runs statements at an instant of business time.
    private func run(_ statements: String..., at time: Timestamp = Self.later) async throws {
        let bound = statements.map { (SQLStatement(unsafe: $0, name: "test"), [PostgresValue]()) }
        try await sharedDatabase.value.connection.run { session throws in _ = try session.batch(at: .fixed(time), bound) }
    }

    /// An appointment of the test's own, ten days ahead, that the planner has just looked at.
    private func book(_ columns: String = "", _ values: String = "") async throws -> String {
        let id = uniqueName()
        try await run(
            """
            insert into appointments (tenant_id, id, lead_id, closer_id, starts_at, created_at\(columns))
            values ('acme', '\(id)', 'lead', 'closer', relance.now() + interval '10 days', relance.now()\(values))
            """, at: Self.booked)
        try await forget(id)
        return id
    }

    private func forget(_ id: String) async throws {
        try await run("delete from relance.appointment_due where appointment_id = '\(id)'")
    }

    private func isMarked(_ id: String) async throws -> Bool {
        try await sharedDatabase.value.count(
            "select count(*) from relance.appointment_due where appointment_id = $1 and next_due_at = '-infinity'", [.text(id)])
            == 1
    }

    /// Revision, and whether the appointment was armed when it was booked or later.
    private func revision(_ id: String) async throws -> String {
        try await sharedDatabase.value.value(
            """
            select revision || case armed_at when $2::timestamptz then ' booked' when $3::timestamptz then ' later' else ' ' || armed_at end
            from appointments where id = $1
            """, [.text(id), .timestamp(Self.booked), .timestamp(Self.later)])
    }

    // MARK: Revisions (D-03, D-04)

    @Test(arguments: [
        ("starts_at = starts_at + interval '1 hour'", "1 later", true),
        ("starts_at = starts_at - interval '9 days'", "1 later", true),
        ("status = 'CANCELLED'", "1 later", true),
        ("status = 'CANCELLED', starts_at = starts_at + interval '1 hour'", "1 later", true),
        ("status = 'CONFIRMED'", "0 booked", true),
        ("status = 'COMPLETED'", "0 booked", true),
        ("status = 'NO_SHOW'", "0 booked", true),
        ("closer_id = null", "0 booked", true),
        ("closer_id = 'boss'", "0 booked", true),
        ("lead_id = 'other'", "0 booked", true),
        ("created_at = created_at - interval '1 hour'", "0 booked", true),
        ("imported_at = now()", "0 booked", true),
        ("location = 'here', video = 'zoom', video_url = 'u', updated_at = now(), duration_min = 45", "0 booked", false),
        ("starts_at = starts_at, status = status, revision = revision", "0 booked", false),
        // Whole rows written back by whoever has not seen the triggers' work.
        ("revision = 7, armed_at = '-infinity'", "0 booked", false),
        ("starts_at = starts_at + interval '1 hour', revision = 0, armed_at = '-infinity'", "1 later", true),
    ])
    func `a write raises the revision and marks the appointment when it must`(
        change: String, revised: String, marked: Bool
    ) async throws {
        let id = try await book()
        try await run("update appointments set \(change) where id = '\(id)'")
        #expect(try await revision(id) == revised)
        #expect(try await isMarked(id) == marked)
    }

    @Test func `moved there and back again is two revisions, not none`() async throws {
        let id = try await book()
        try await run(
            "update appointments set starts_at = starts_at + interval '1 hour' where id = '\(id)'", at: Self.booked + .seconds(60)
        )
        try await run("update appointments set starts_at = starts_at - interval '1 hour' where id = '\(id)'")
        #expect(try await revision(id) == "2 later")
    }

    @Test func `cancelled and reinstated is two revisions, and the time of the cancel goes with it`() async throws {
        let id = try await book()
        try await run("update appointments set status = 'CANCELLED' where id = '\(id)'", at: Self.booked + .seconds(60))
        let cancelled = "select cancelled_at is not null from appointments where id = '\(id)'"
        #expect(try await sharedDatabase.value.value(cancelled) == "t")
        try await run("update appointments set status = 'SCHEDULED' where id = '\(id)'")
        #expect(try await revision(id) == "2 later")
        #expect(try await sharedDatabase.value.value(cancelled) == "f")
    }

    @Test func `one write for many rows counts each`() async throws {
        let (moved, kept) = (try await book(), try await book())
        try await run(
            "update appointments set starts_at = starts_at + case id when '\(moved)' then interval '1 hour' else '0' end where id in ('\(moved)', '\(kept)')"
        )
        #expect(try await revision(moved) == "1 later")
        #expect(try await revision(kept) == "0 booked")
        #expect(try await isMarked(moved))
        #expect(try await !isMarked(kept))
    }

    @Test func `a row may be born with its past`() async throws {
        let id = try await book(", revision, armed_at", ", 4, relance.now() - interval '1 day'")
        #expect(try await revision(id).hasPrefix("4 "))
        #expect(try await !revision(id).hasSuffix("booked"))
    }

    // MARK: Marks (D-01)

    @Test func `a new appointment is marked`() async throws {
        let id = uniqueName()
        try await run(
            "insert into appointments (tenant_id, id, lead_id, starts_at) values ('acme', '\(id)', 'lead', relance.now() + interval '1 day')"
        )
        #expect(try await isMarked(id))
    }

    @Test func `a bulk load marks those that are live and not long past`() async throws {
        let name = uniqueName()
        try await run(
            """
            insert into appointments (tenant_id, id, lead_id, starts_at, status)
            select 'acme', '\(name)' || '.' || n, 'lead', relance.now() + (n - 500) * interval '1 hour',
                case n % 5 when 0 then 'CANCELLED' when 1 then 'CONFIRMED' else 'SCHEDULED' end
            from generate_series(1, 1000) n
            """)
        let marked = try await sharedDatabase.value.count(
            "select count(*) from relance.appointment_due where appointment_id like $1 and next_due_at = '-infinity'",
            [.text("\(name).%")])
        // Hours 477 to 1000 start within the last day or later; a fifth of them is cancelled.
        #expect(marked == (477...1000).filter { $0 % 5 != 0 }.count)
    }

    @Test func `an appointment that is written over by its key is marked`() async throws {
        let id = try await book()
        try await run(
            """
            insert into appointments (tenant_id, id, lead_id, starts_at) values ('acme', '\(id)', 'lead', relance.now() + interval '3 days')
            on conflict (tenant_id, id) do update set starts_at = excluded.starts_at
            """)
        #expect(try await isMarked(id))
        #expect(try await revision(id) == "1 later")
    }

    @Test(arguments: [
        "update reminder_steps set offset_min = -1500 where tenant_id = 'TENANT' and step = 'J-1'",
        "update reminder_steps set is_enabled = false where tenant_id = 'TENANT' and step = 'J-1'",
        "update reminder_steps set channels = '{email,whatsapp}' where tenant_id = 'TENANT' and step = 'J-1'",
        "update organization_settings set sms_enabled = true where tenant_id = 'TENANT'",
        "update users set is_active = false where tenant_id = 'TENANT' and id = 'closer'",
        "update users set role = 'MANAGER' where tenant_id = 'TENANT' and id = 'closer'",
        "insert into closer_settings (tenant_id, user_id, whatsapp_opt_in) values ('TENANT', 'closer', true)",
    ])
    func `a change of configuration or staff marks the appointments ahead, of its tenant alone`(statement: String) async throws {
        let (tenant, bystander) = (uniqueName(), try await book())
        try await run(
            "insert into organizations (id, name) values ('\(tenant)', 'T')",
            "insert into users (tenant_id, id, name, role) values ('\(tenant)', 'closer', 'C', 'CLOSER')",
            "insert into leads (tenant_id, id, name) values ('\(tenant)', 'lead', 'L')",
            """
            insert into appointments (tenant_id, id, lead_id, closer_id, starts_at, status)
            select '\(tenant)', '\(tenant)' || n, 'lead', 'closer', relance.now() + (n - 3) * interval '1 day',
                case n when 5 then 'CANCELLED' else 'SCHEDULED' end
            from generate_series(1, 6) n
            """, "delete from relance.appointment_due where tenant_id = '\(tenant)'",
            statement.replacing("TENANT", with: tenant))
        let marked = try await sharedDatabase.value.rows(
            "select substr(appointment_id, length(tenant_id) + 1) from relance.appointment_due where tenant_id = $1 order by 1",
            [.text(tenant)])
        #expect(marked.map { $0[0] } == ["3", "4", "6"])
        #expect(try await !isMarked(bystander))
    }

    // MARK: Activation (D-02)

    @Test(arguments: [
        ("is_enabled = true", "booked"), ("is_enabled = false", "booked"), ("offset_min = -1500", "later"),
        ("offset_min = offset_min", "booked"),
    ])
    func `a step is activated by its creation and by a new offset`(change: String, activated: String) async throws {
        #expect(try await activation(after: [change]) == activated)
    }

    @Test func `a step that was switched off is activated anew when it is switched on`() async throws {
        #expect(try await activation(after: ["is_enabled = false", "is_enabled = true"]) == "later")
    }

    /// When step J-1 of a new organisation counts as activated, after changes.
    private func activation(after changes: [String]) async throws -> String {
        let tenant = uniqueName()
        try await run("insert into organizations (id, name) values ('\(tenant)', 'T')", at: Self.booked)
        for change in changes {
            try await run("update reminder_steps set \(change) where tenant_id = '\(tenant)' and step = 'J-1'")
        }
        return try await sharedDatabase.value.value(
            """
            select case activated_at when $2::timestamptz then 'booked' when $3::timestamptz then 'later' else activated_at::text end
            from reminder_steps where tenant_id = $1 and step = 'J-1'
            """, [.text(tenant), .timestamp(Self.booked), .timestamp(Self.later)])
    }

    @Test func `a new organisation has its settings, its calendar, the five steps and the two notices`() async throws {
        let tenant = uniqueName()
        try await run("insert into organizations (id, name) values ('\(tenant)', 'T')")
        let database = try await sharedDatabase.value
        #expect(
            try await database.rows(
                "select step, offset_min, channels::text from reminder_steps where tenant_id = $1 order by step", [.text(tenant)])
                == [
                    ["H-1", "-60", "{email,sms}"], ["J-1", "-1440", "{email}"], ["T+0", "0", "{email}"],
                    ["T+10", "10", "{whatsapp}"],
                    ["T-0", "0", "{in_app,email,whatsapp}"], ["cancelled", "0", "{email}"], ["moved", "0", "{email}"],
                ])
        for table in ["organization_settings", "calendar_configs"] {
            #expect(try await database.count("select count(*) from \(table) where tenant_id = $1", [.text(tenant)]) == 1)
        }
    }
}
