import Messaging
import Postgres
import Primitives
import Recoveries
import TestSupport
import Testing

/// What ends a sequence, whenever it happens: before a step is planned, and between its planning and its sending (D-51).
@Suite struct ExitTests {
    private static let monday = Reception.monday

    /// What somebody does, and how the sequence ends by it.
    struct Exit: Sendable, CustomTestStringConvertible {
        let change: String
        let reason: String
        var testDescription: String { "\(reason): \(change.prefix(60))" }

        init(_ change: String, _ reason: String) {
            self.change = change
            self.reason = reason
        }
    }

    private static let lead =
        "insert into leads (tenant_id, id, name, email, status, marketing_consent) values ('acme', 'l1', 'Ève', 'Eve@Example.com', "
    private static let submission =
        "insert into form_submissions (tenant_id, id, form_id, session_id, email, phone, created_at) values ('acme', 's1', "
    private static let blacklist =
        "insert into blacklist_entries (tenant_id, source, created_by, lead_id, email, phone) values ('acme', 'manual', 'test', "
    private static func suppress(_ reason: String, _ scope: String) -> String {
        """
        insert into relance.suppressions (tenant_id, channel, address_hash, scope, reason)
        values ('acme', 'email', decode('\(Reception.addresses.hash("eve@example.com"))', 'hex'), '\(scope)', '\(reason)')
        """
    }

    private static let exits = [
        Exit(submission + "'f2', null, 'Eve@example.com', null, relance.now())", "submitted"),
        Exit(submission + "'f2', null, null, '+33639980011', relance.now())", "submitted"),
        Exit(submission + "'f1', 'v1', null, null, relance.now())", "submitted"),
        Exit(
            """
            with l as (\(lead)'NEW', 'unknown') returning tenant_id, id)
            insert into appointments (tenant_id, id, lead_id, starts_at, created_at)
            select tenant_id, 'a1', id, relance.now() + interval '3 days', relance.now() from l
            """, "booked"),
        Exit(lead + "'APPOINTMENT_SCHEDULED', 'unknown')", "booked"),
        Exit(lead + "'WON', 'unknown')", "converted"),
        Exit(
            """
            with l as (\(lead)'NEW', 'unknown') returning tenant_id, id)
            insert into deals (tenant_id, id, lead_id, stage) select tenant_id, 'd1', id, 'WON' from l
            """, "converted"),
        Exit(lead + "'DISQUALIFIED', 'unknown')", "disqualified"),
        Exit(blacklist + "null, 'eve@example.com', null)", "lead_blacklisted"),
        Exit(blacklist + "null, null, '+33639980011')", "lead_blacklisted"),
        Exit(
            """
            with l as (\(lead)'NEW', 'unknown') returning tenant_id, id)
            \(blacklist)(select id from l), null, null)
            """, "lead_blacklisted"),
        // By a number that only the lead has.
        Exit(
            """
            with l as (
                insert into leads (tenant_id, id, name, email, phone)
                values ('acme', 'l1', 'Ève', 'Eve@Example.com', '+33639980012'))
            \(blacklist)null, null, '+33639980012')
            """, "lead_blacklisted"),
        Exit("update forms set status = 'PAUSED' where id = 'f1'", "form_not_active"),
        Exit("update forms set status = 'ARCHIVED' where id = 'f1'", "form_not_active"),
        Exit(suppress("unsubscribed", "marketing"), "unsubscribed"),
        Exit(suppress("bounced", "all"), "bounced"),
        Exit(suppress("complained", "marketing"), "complained"),
        Exit(suppress("operator", "all"), "suppressed"),
        Exit(
            """
            insert into leads (tenant_id, id, name, email, erased_at)
            values ('acme', 'l1', '', 'eve@example.com', relance.now())
            """, "erased"),
        Exit("update form_abandons set marketing_consent = 'denied'", "no_consent"),
        Exit(lead + "'NEW', 'denied')", "no_consent"),
        Exit("update organization_settings set requires_consent = true", "no_consent"),
        Exit(
            """
            insert into form_abandons (tenant_id, id, form_id, session_id, email, last_activity_at)
            values ('acme', 'v2', 'f2', 'v2', 'EVE@example.com', relance.now())
            """, "superseded"),
    ]

    @Test(arguments: exits) func `between planning and sending it keeps the mail from leaving`(exit: Exit) async throws {
        let reception = try await Reception()
        let postman = Postman()
        try await reception.breakOff(at: Self.monday, phone: "+33639980011")
        try await reception.plan(at: Self.monday.hours(1))
        #expect(try await reception.ledger() == ["+1h pending"])
        try await reception.write(at: Self.monday.minutes(61), exit.change)
        try await postman.deliver(reception, at: Self.monday.minutes(62))
        #expect(postman.mails.isEmpty)
        let ledger = try await reception.ledger()
        let isSuppressed = ["unsubscribed", "bounced", "complained", "suppressed"].contains(exit.reason)
        #expect(ledger == [isSuppressed ? "+1h skipped suppressed" : "+1h cancelled \(exit.reason)"])
        // The planner hears of it, ends the sequence and writes nothing more.
        try await postman.tick(reception, at: Self.monday.minutes(63))
        #expect(try await reception.end() == exit.reason)
        for hour in [24, 72, 170] { try await postman.tick(reception, at: Self.monday.hours(hour)) }
        #expect(try await reception.ledger() == ledger)
        #expect(postman.mails.allSatisfy { $0.to == "EVE@example.com" }, "only the visit that superseded it goes on")
        #expect(
            try await reception.database.count("select count(*) from relance.jobs where dedupe_key like 'recovery:v1:%'") == 0)
    }

    @Test(arguments: exits) func `before a step is due it keeps the step from being planned`(exit: Exit) async throws {
        let reception = try await Reception()
        try await reception.breakOff(at: Self.monday, phone: "+33639980011")
        try await reception.plan(at: Self.monday)
        try await reception.write(at: Self.monday.minutes(30), exit.change)
        #expect(try await reception.preview(at: Self.monday.hours(1)).contains("v1 - end: \(exit.reason)"))
        try await reception.plan(at: Self.monday.hours(1))
        #expect(try await reception.ledger() == [])
        #expect(try await reception.end() == exit.reason)
    }

    @Test(arguments: exits) func `whatever the mails before it, it ends what is left`(exit: Exit) async throws {
        let reception = try await Reception()
        let postman = Postman()
        try await reception.breakOff(at: Self.monday, phone: "+33639980011")
        try await postman.tick(reception, at: Self.monday.hours(1))
        try await reception.write(at: Self.monday.hours(20), exit.change)
        for hour in [24, 25, 72, 200] { try await postman.tick(reception, at: Self.monday.hours(hour)) }
        #expect(try await reception.ledger() == ["+1h sent"])
        #expect(try await reception.end() == exit.reason)
        let recovered = try await reception.database.value("select recovered_at is not null from form_abandons where id = 'v1'")
        #expect(recovered == (exit.reason == "submitted" ? "t" : "f"))
    }

    @Test(arguments: [
        // About something else, or over.
        ExitTests.submission + "'f2', null, 'eve@example.com', null, relance.now() - interval '1 day')",
        ExitTests.submission + "'f1', 'other', 'adam@example.com', null, relance.now())",
        // The lead's status stays when the appointment is over.
        """
        with l as (\(ExitTests.lead)'APPOINTMENT_SCHEDULED', 'unknown') returning tenant_id, id)
        insert into appointments (tenant_id, id, lead_id, starts_at, created_at, status)
        select tenant_id, 'a1', id, relance.now() - interval '180 days', relance.now() - interval '190 days', 'COMPLETED' from l
        """,
        """
        with l as (\(ExitTests.lead)'NEW', 'unknown') returning tenant_id, id)
        insert into appointments (tenant_id, id, lead_id, starts_at, created_at, status)
        select tenant_id, 'a1', id, relance.now() + interval '3 days', relance.now(), 'CANCELLED' from l
        """,
        """
        with l as (\(ExitTests.lead)'NEW', 'unknown') returning tenant_id, id)
        insert into appointments (tenant_id, id, lead_id, starts_at, created_at, status)
        select tenant_id, 'a1', id, relance.now() - interval '30 days', relance.now() - interval '40 days', 'COMPLETED' from l
        """,
        ExitTests.lead + "'NEW', 'granted')", ExitTests.lead + "'LOST', 'unknown')",
        "update forms set status = 'PAUSED' where id = 'f2'",
        """
        insert into relance.suppressions (tenant_id, channel, address_hash, scope, reason)
        values ('zeta', 'email', decode('\(Reception.addresses.hash("eve@example.com"))', 'hex'), 'all', 'bounced')
        """,
        """
        insert into form_abandons (tenant_id, id, form_id, session_id, email, last_activity_at)
        values ('zeta', 'v2', 'f2', 'v2', 'eve@example.com', relance.now())
        """,
        "insert into leads (tenant_id, id, name, email, status) values ('zeta', 'l1', 'Ève', 'eve@example.com', 'DISQUALIFIED')",
        "insert into blacklist_entries (tenant_id, source, created_by, email) values ('zeta', 'manual', 'test', 'eve@example.com')",
        """
        insert into blacklist_entries (tenant_id, source, created_by, email, expires_at)
        values ('acme', 'manual', 'test', 'eve@example.com', relance.now())
        """,
        """
        insert into blacklist_entries (tenant_id, source, created_by, email, ended_at, ended_how, ended_by)
        values ('acme', 'manual', 'test', 'eve@example.com', relance.now(), 'lifted', 'test')
        """,
    ])
    func `what concerns somebody else, another organisation or the past stops nothing`(change: String) async throws {
        let reception = try await Reception(["acme", "zeta"])
        let postman = Postman()
        try await reception.breakOff(at: Self.monday)
        try await reception.write(at: Self.monday.minutes(1), change)
        try await postman.tick(reception, at: Self.monday.hours(1))
        #expect(try await reception.ledger() == ["+1h sent"])
        #expect(try await reception.end() == "")
    }

    @Test func `who unsubscribes while the mail is being written gets none`() async throws {
        let reception = try await Reception()
        let url = reception.database.url
        let postman = Postman {
            do {
                let session = try PostgresSession(PostgresConfiguration(url: url, applicationName: "unsubscribe"))
                try session.query(SQLStatement(unsafe: Self.suppress("unsubscribed", "marketing"), name: "unsubscribe"))
            } catch {
                Issue.record(error)
            }
        }
        try await reception.breakOff(at: Self.monday)
        try await postman.tick(reception, at: Self.monday.hours(1))
        #expect(postman.mails.isEmpty)
        #expect(try await reception.ledger() == ["+1h skipped suppressed"])
        #expect(try await reception.end() == "unsubscribed")
    }

    @Test func `a submission after a mail is a recovery, one a week later is not`() async throws {
        let reception = try await Reception()
        let postman = Postman()
        for id in ["v1", "v2"] { try await reception.breakOff(id, at: Self.monday, email: "\(id)@example.com") }
        try await postman.tick(reception, at: Self.monday.hours(1))
        try await reception.submit("v1", at: Self.monday.hours(144), email: "v1@example.com")
        for hour in [145, 169] { try await postman.tick(reception, at: Self.monday.hours(hour)) }
        try await reception.submit("v2", at: Self.monday.hours(192), email: "v2@example.com")
        try await postman.tick(reception, at: Self.monday.hours(193))
        let ends = try await reception.database.rows(
            "select id, ended_reason, recovered_at is not null, submission_id from form_abandons order by id")
        #expect(ends == [["v1", "submitted", "t", "v1"], ["v2", "completed", "f", ""]])
    }

    @Test func `consent that was given at the form is enough where it is required`() async throws {
        let reception = try await Reception()
        let postman = Postman()
        try await reception.write(at: Self.monday, "update organization_settings set requires_consent = true")
        try await reception.breakOff(at: Self.monday, consent: "granted")
        try await reception.write(at: Self.monday, Self.lead + "'NEW', 'unknown')")
        try await postman.tick(reception, at: Self.monday.hours(1))
        #expect(try await reception.ledger() == ["+1h sent"])
        // A known lead's timeline shows what it was sent (M-24).
        let activity = try await reception.database.rows("select lead_id, direction, meta ->> 'automated' from lead_activities")
        #expect(activity == [["l1", "out", "true"]])
    }
}
