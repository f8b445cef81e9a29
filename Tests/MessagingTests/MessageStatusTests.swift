import Foundation
import Postgres
import Primitives
import Providers
import Queue
import TestSupport
import Testing

@testable import Messaging

/// What callbacks do to the ledger: forwards only, whatever their order and number (D-93, D-16).
struct MessageStatusTests {
    private func sent(_ channel: MessageChannel = .sms, by provider: Provider = .twilio) async throws -> PostOffice {
        let office = try await PostOffice()
        try await office.database.execute(
            "insert into leads (tenant_id, id, name, email, phone) values ('acme', 'l1', 'L', 'lea@example.com', '+33639980011')")
        try await office.plan("a", channel, to: channel == .email ? "lea@example.com" : "+33639980011")
        try await office.deliver([channel: [ScriptedCarrier(provider)]])
        #expect(try await office.state("a") == "sent")
        return office
    }

    /// Reports in the order they come, and the state in which they leave a message that was sent.
    @Test(arguments: [
        ([StatusReport.Status.accepted], "sent"), ([.sent], "sent"), ([.deferred, .sent], "sent"),
        ([.sent, .delivered], "delivered"), ([.delivered, .sent], "delivered"), ([.read, .delivered, .sent], "delivered"),
        ([.delivered, .failed], "failed 30003"), ([.failed, .delivered], "failed 30003"), ([.failed, .read], "delivered"),
        ([.read, .failed], "delivered"), ([.opened], "delivered"), ([.clicked, .sent], "delivered"),
        ([.complained], "delivered"), ([.bounced], "failed 30003"), ([.optedOut], "failed opted_out"),
        ([.failed, .failed, .failed], "failed 30003"),
    ])
    func `a report never moves a message back`(reports: [StatusReport.Status], state: String) async throws {
        let office = try await sent()
        for report in reports { try await office.report([report], of: "a", code: "30003") }
        #expect(try await office.state("a") == state)
        // The lead's history has the message once, as it came out.
        #expect(
            try await office.database.rows("select status from lead_activities")
                == [[state.hasPrefix("failed") ? "failed" : "sent"]])
        // The same again, all at once and in another order: nothing changes.
        let before = try await office.database.rows("select * from relance.deliveries")
        try await office.report(reports.reversed() + reports, of: "a", code: "30003")
        #expect(try await office.database.rows("select * from relance.deliveries") == before)
    }

    @Test func `every order of sent, delivered and read leaves the same row`() async throws {
        let statuses: [StatusReport.Status] = [.sent, .delivered, .read]
        var rows: Set<[String]> = []
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let office = try await sent(.whatsapp)
            for index in order { try await office.report([statuses[index]], of: "a") }
            let row = try await office.database.rows(
                "select state, reported, report_rank, delivered_at is not null, read_at is not null from relance.deliveries")[0]
            rows.insert(row.map { $0 })
        }
        #expect(rows == [["delivered", "read", "5", "t", "t"]])
    }

    @Test func `fifty of the same at once are one`() async throws {
        let office = try await sent()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...10 {
                group.addTask { try await office.report(Array(repeating: .failed, count: 5), of: "a", code: "30005") }
            }
            try await group.waitForAll()
        }
        #expect(try await office.state("a") == "failed 30005")
        #expect(try await office.database.count("select count(*) from lead_activities where status = 'failed'") == 1)
        #expect(try await office.alerts() == ["delivery_failed"])
    }

    @Test func `a report about none of ours changes nothing`() async throws {
        let office = try await sent()
        let before = try await office.database.rows("select * from relance.deliveries")
        let strangers = [
            StatusReport(provider: .twilio, attemptID: UUID().uuidString, status: .failed, occurredAt: 0),
            StatusReport(provider: .twilio, attemptID: "' or true --", status: .failed, occurredAt: 0),
            StatusReport(provider: .twilio, providerID: "SM-none", status: .failed, occurredAt: .nan),
        ]
        let recorded = try await office.record(strangers)
        #expect(recorded.map(\.deliveryID) == [nil, nil, nil])
        #expect(try await office.database.rows("select * from relance.deliveries") == before)
    }

    @Test func `another provider's report about an attempt is not believed`() async throws {
        let office = try await sent()
        try await office.report([.failed], of: "a", by: .sendgrid)
        #expect(try await office.state("a") == "sent")
    }

    @Test func `Green API is matched by its own id`() async throws {
        let office = try await sent(.whatsapp, by: .greenAPI)
        let id = try await office.database.value("select provider_id from relance.deliveries")
        let recorded = try await office.record([
            StatusReport(provider: .greenAPI, providerID: id, status: .read, occurredAt: 1_781_092_800)
        ])
        #expect(recorded[0].state == "delivered" && recorded[0].tenantID == "acme")
    }

    // MARK: Several attempts

    /// A message whose first attempt was refused by mistake (it had been taken in), and whose second one is as `answer` says.
    private func sentTwice(_ answer: ProviderAnswer, repeatableFor: Duration? = nil) async throws -> PostOffice {
        let office = try await PostOffice()
        try await office.plan("a")
        let carrier = ScriptedCarrier(repeatableFor: repeatableFor, answers: [.busy, answer])
        try await office.deliver([.sms: [carrier]])
        try await office.deliver([.sms: [carrier]], at: 30)
        return office
    }

    private func report(_ status: StatusReport.Status, of generation: Int, _ office: PostOffice) async throws {
        let attempt = try await office.database.value(
            "select id from relance.delivery_attempts where generation = $1::integer", [.int(generation)])
        try await office.record([
            StatusReport(
                provider: .twilio, providerID: "p\(generation)", attemptID: attempt, status: status, code: "30003",
                occurredAt: 1_781_092_800)
        ])
    }

    @Test func `a failure of an earlier attempt says nothing about the later one`() async throws {
        let office = try await sentTwice(.accepted)
        try await report(.failed, of: 0, office)
        #expect(try await office.state("a") == "sent")
        try await report(.delivered, of: 1, office)
        #expect(try await office.state("a") == "delivered")
        #expect(try await office.strayCounts() == [])
        try await report(.failed, of: 1, office)
        #expect(try await office.state("a") == "failed 30003")
    }

    @Test func `a failure of an earlier attempt ends no message whose later one is under way`() async throws {
        let office = try await sentTwice(.timedOut, repeatableFor: .seconds(3600))
        try await report(.failed, of: 0, office)
        #expect(try await office.state("a") == "sending")
        // That it arrived is believed of any.
        try await report(.delivered, of: 0, office)
        #expect(try await office.state("a") == "delivered")
    }

    @Test func `a message that failed after all and is sent once more is heard of anew`() async throws {
        let office = try await sent()
        try await report(.failed, of: 0, office)
        #expect(try await office.state("a") == "failed 30003")
        try await office.database.execute(
            "update relance.deliveries set state = 'pending', reason = null, settled_at = null")
        try await office.database.execute(
            """
            insert into relance.jobs (tenant_id, kind, queue, state, run_at, dedupe_key, args)
            select tenant_id, 'message.sms', 'messages', 'available', due_at, dedupe_key, jsonb_build_object('delivery', id)
            from relance.deliveries
            """)
        try await office.deliver([.sms: [ScriptedCarrier()]])
        #expect(try await office.state("a") == "sent")
        // Under the first one's key the provider would have said that it has it already.
        #expect(try await office.database.count("select count(distinct idempotency_key) from relance.delivery_attempts") == 2)
        try await report(.delivered, of: 1, office)
        #expect(try await office.state("a") == "delivered")
    }

    // MARK: Hostile reports

    @Test func `a report that Postgres cannot hold takes no other down`() async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        try await office.deliver([
            .sms: [ScriptedCarrier(recovery: .lookedUp(after: .seconds(5)), answers: [.timedOut])]
        ])
        let attempt = try await office.database.value("select id from relance.delivery_attempts")
        let recorded = try await office.record([
            StatusReport(
                provider: .twilio, providerID: "p\u{0}", attemptID: attempt, status: .failed,
                code: "3\u{0}" + String(repeating: "0", count: 100_000), message: "\u{0}", occurredAt: .greatestFiniteMagnitude),
            StatusReport(
                provider: .greenAPI, providerID: "\u{0}", attemptID: "\u{0}", status: .failed,
                occurredAt: -.greatestFiniteMagnitude),
        ])
        #expect(recorded.map(\.state) == ["failed", nil])
        #expect(try await office.database.count("select length(reason) from relance.deliveries") <= 500)
    }

    // MARK: Suppressions

    @Test(arguments: [
        (StatusReport.Status.bounced, "all"), (.complained, "marketing"), (.unsubscribed, "marketing"), (.optedOut, "all"),
    ])
    func `an address that does not want or take mail is suppressed, masked for operators`(
        status: StatusReport.Status, scope: String
    ) async throws {
        let office = try await sent(.email, by: .resend)
        try await office.report([status, status], of: "a", by: .resend)
        #expect(
            try await office.database.rows("select tenant_id, channel, scope, masked from relance.suppressions")
                == [["acme", "email", scope, "l•••@example.com"]])
        try await office.plan("next", .email, to: "lea@example.com")
        try await office.plan("offer", .email, to: "LEA@example.com", messageClass: "marketing")
        try await office.deliver([.email: [ScriptedCarrier(.resend)]])
        #expect(try await office.state("next") == (scope == "all" ? "skipped suppressed" : "sent"))
        #expect(try await office.state("offer") == "skipped suppressed")
    }

    @Test func `a failure that is heard while the answer is written is not outrun by it`() async throws {
        let office = try await sent()
        // The deliverer's transaction: it has sent, and logs it.
        let deliverer = try await TestDatabase.connection(to: office.database)
        try await office.database.execute("update relance.deliveries set state = 'sending', sent_at = null, settled_at = null")
        try await office.database.execute("delete from lead_activities")
        try await deliverer.execute("begin")
        try await deliverer.execute("update relance.deliveries set state = 'sent', sent_at = now(), settled_at = now()")
        try await deliverer.execute(
            """
            insert into lead_activities (tenant_id, lead_id, channel, direction, status, meta)
            select tenant_id, recipient_id, channel, 'out', 'sent', jsonb_build_object('delivery', id) from relance.deliveries
            """)
        async let report: Void = office.report([.failed], of: "a", code: "30005")
        try await eventually("a report that waits") {
            try await office.database.count(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") > 0
        }
        try await deliverer.execute("commit")
        try await report
        #expect(try await office.database.rows("select status from lead_activities") == [["failed"]])
    }

    @Test func `a message that failed after all is in the lead's history and raises one alert`() async throws {
        let office = try await sent()
        try await office.report([.failed], of: "a", code: "30005")
        #expect(
            try await office.database.rows("select status, meta ->> 'code' from lead_activities order by created_at, status")
                == [["failed", "30005"]])
        // Whoever counts contacts looks at the lead again.
        #expect(try await office.database.count("select count(*) from relance.lead_alert_marks where lead_id = 'l1'") > 0)
        #expect(try await office.alerts() == ["delivery_failed"])
    }

    // MARK: Lost answers

    @Test func `a report proves an attempt whose answer was lost, and its answer changes nothing any more`() async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        let (reached, answered) = (Gate(), Gate())
        let carrier = ScriptedCarrier(recovery: .lookedUp(after: .seconds(5))) { _, _ in
            reached.open()
            await answered.pass()
            return .timedOut
        }
        let drain = Task { try await office.deliver([.sms: [carrier]]) }
        await reached.pass()
        try await office.report([.delivered], of: "a")
        #expect(try await office.state("a") == "delivered")
        answered.open()
        _ = try await drain.value
        #expect(try await office.state("a") == "delivered")
        #expect(try await office.attempts("a").map { $0.prefix(8) } == ["accepted"])
        try await office.deliver([.sms: [carrier]], at: 5)
        #expect(try await office.job("a") == "completed")
        #expect(carrier.requests.count == 1)
    }

    @Test func `two who prove the same lost attempt at once are both heard`() async throws {
        let office = try await PostOffice()
        try await office.plan("a")
        try await office.deliver([
            .sms: [ScriptedCarrier(recovery: .lookedUp(after: .seconds(5)), answers: [.timedOut])]
        ])
        let holder = try PostgresSession(PostgresConfiguration(url: office.database.url, applicationName: "holder"))
        try holder.query(SQLStatement(unsafe: "begin", name: "begin"))
        try holder.query(SQLStatement(unsafe: "select from relance.delivery_attempts for update", name: "lock"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...2 { group.addTask { try await office.report([.delivered], of: "a") } }
            var waiting = 0
            while waiting < 2 {
                waiting = try await office.database.count(
                    "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()")
            }
            try holder.query(SQLStatement(unsafe: "commit", name: "commit"))
            try await group.waitForAll()
        }
        #expect(try await office.state("a") == "delivered")
        #expect(try await office.strayCounts() == [])
    }

    @Test func `a WhatsApp message that fails after all goes out as an SMS, unless its recipient opted out`() async throws {
        for (status, count) in [(StatusReport.Status.failed, 1), (.optedOut, 0)] {
            let office = try await sent(.whatsapp)
            try await office.database.execute("update organization_settings set sms_enabled = true")
            try await office.report([status], of: "a", code: "63003")
            #expect(
                try await office.database.count(
                    "select count(*) from relance.deliveries where channel = 'sms' and state = 'pending'")
                    == count)
        }
    }
}
