import API
import Foundation
import Glibc
import HTTPClient
import Postgres
import TestSupport
import Testing

/// Each event once (D-40), whatever its number, its order and its neighbours.
@Suite struct WebhookOnceTests {
    @Test func `the same event fifty times at once, by two instances, and again after a restart is one row and one effect`()
        async throws
    {
        let database = try await TestDatabase.create()
        let fixture = try await WebhookFixture.make(database: database)
        try await fixture.addLead("lead", phone: "+33639980011")
        try await fixture.wrote(to: "+33639980011")
        let second = try await Self.another(fixture)
        let requests = [
            WebhookFixture.text("SM1", "bonjour"), WebhookFixture.stripe(Self.paid("evt_1")),
            WebhookFixture.status("SM2", "failed", attempt: try await fixture.sent(), code: "30005"),
        ]
        for request in requests {
            let replies = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        try await fixture.send(request, port: number.isMultiple(of: 2) ? fixture.ingest.port : second.port).status
                    }
                }
                return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            }
            #expect(replies == [200: 50])
        }
        func effects() async throws -> [Int] {
            [
                try await database.count("select count(*) from relance.inbound_messages"),
                try await database.count("select count(*) from lead_activities where direction = 'in'"),
                try await database.count("select count(*) from lead_activities where direction = 'out'"),
                try await database.count("select count(*) from relance.jobs where kind = 'stripe.event'"),
                try await database.count("select coalesce(sum(occurrences), 0) from relance.system_alerts"),
            ]
        }
        #expect(try await effects() == [3, 1, 1, 1, 1])
        fixture.ingest.program.send(SIGKILL)
        _ = try await fixture.ingest.program.exit()
        let third = try await Self.another(fixture)
        for request in requests {
            let reply = try await fixture.send(request, port: third.port)
            #expect(reply.status == 200)
            if request.path.hasPrefix("/webhooks/twilio/inbound") { continue }
            #expect(reply.json["duplicate"] == true, "\(reply.text)")
        }
        #expect(try await effects() == [3, 1, 1, 1, 1])
        let job = try await database.rows("select tenant_id, args::text from relance.jobs")
        #expect(job == [["platform", #"{"event": "evt_1", "account": "default"}"#]])
    }

    private static func paid(_ id: String) -> String {
        #"{"id":"\#(id)","object":"event","type":"invoice.paid","livemode":true,"created":1700000000,"data":{"object":{"id":"in_1","object":"invoice"}}}"#
    }

    /// Another instance upon the same database.
    private static func another(_ fixture: WebhookFixture) async throws -> (port: Int, program: ChildProcess) {
        let port = try freePort()
        var environment = WebhookFixture.environment(fixture.sendGridKey)
        environment["DATABASE_URL"] = fixture.ingest.databaseURL
        environment["REDIS_URL"] = fixture.ingest.redisURL
        environment["INGEST_LISTEN"] = "127.0.0.1:\(port)"
        let program = try await ChildProcess("ingest", environment: environment)
        try await program.output(contains: "service started")
        return (port, program)
    }

    @Test(arguments: [
        ["sent", "delivered", "read"], ["read", "delivered", "sent"], ["delivered", "read", "sent"],
        ["read", "sent", "delivered"],
    ])
    func `sent, delivered and read of one message are three events that never go back`(order: [String]) async throws {
        let fixture = try await WebhookFixture.make()
        let attempt = try await fixture.sent("whatsapp")
        for status in order + order {
            #expect(try await fixture.send(WebhookFixture.status("SM1", status, attempt: attempt)).status == 200)
        }
        #expect(
            try await fixture.database.rows(
                "select state, reported, report_rank, delivered_at is not null, read_at is not null from relance.deliveries")
                == [["delivered", "read", "5", "t", "t"]])
        #expect(try await fixture.stored() == Array(repeating: ["recorded", "acme", "", ""], count: 3))
    }

    @Test func `all statuses of many messages at once, twice each, meet without a deadlock`() async throws {
        let fixture = try await WebhookFixture.make()
        var attempts: [String] = []
        for number in 0..<20 {
            try await fixture.addLead("lead-\(number)", phone: "+336399800\(number + 10)")
            attempts.append(try await fixture.sent(to: "+336399800\(number + 10)", lead: "lead-\(number)"))
            try await fixture.wrote(to: "+336399800\(number + 10)")
        }
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for (number, attempt) in (attempts + attempts.reversed()).enumerated() {
                for status in ["sent", "delivered", "read"].shuffled() {
                    group.addTask {
                        try await fixture.send(WebhookFixture.status("SM-\(attempt)", status, attempt: attempt)).status
                    }
                }
                group.addTask {
                    try await fixture.send(WebhookFixture.text("IN\(number)", from: "+336399800\(number % 20 + 10)", "oui"))
                        .status
                }
                group.addTask { try await fixture.ingest.log("lead-\((number * 7) % 20)", "in").status }
            }
            return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        #expect(statuses == [200: 200])
        #expect(
            try await fixture.database.count(
                "select count(*) from relance.deliveries where state = 'delivered' and read_at is not null") == 20)
        #expect(try await fixture.database.count("select count(*) from lead_activities where direction = 'in'") == 80)
    }

    @Test func `bounces, complaints and opt-outs suppress the address, each in its scope`() async throws {
        let fixture = try await WebhookFixture.make()
        try await fixture.addLead("lead", phone: "+33639980011", email: "lea@example.com")
        let mail = try await fixture.sent("email", by: "resend", to: "lea@example.com")
        let other = try await fixture.sent("email", by: "sendgrid", to: "leo@example.com")
        let text = try await fixture.sent()
        func resend(_ id: String, _ type: String, _ more: String = "") -> WebhookFixture.Request {
            WebhookFixture.resend(
                id,
                #"{"type":"\#(type)","created_at":"2026-01-15T12:00:00.000Z","data":{"email_id":"x","tags":{"attempt":"\#(mail)"}\#(more)}}"#
            )
        }
        #expect(try await fixture.send(resend("m1", "email.complained")).status == 200)
        #expect(
            try await fixture.send(resend("m2", "email.bounced", #","bounce":{"type":"Permanent","subType":"General"}"#)).status
                == 200)
        let events = try await fixture.events(
            #"[{"event":"spamreport","sg_event_id":"e1","sg_message_id":"m.filter1","relance_attempt":"\#(other)"}]"#)
        #expect(try await fixture.send(events).status == 200)
        #expect(try await fixture.send(WebhookFixture.status("SM1", "failed", attempt: text, code: "21610")).status == 200)
        #expect(
            try await fixture.database.rows(
                "select channel, scope, reason from relance.suppressions order by channel, scope, reason")
                == [
                    ["email", "all", "bounced"], ["email", "marketing", "complained"], ["email", "marketing", "complained"],
                    ["sms", "all", "opted_out"],
                ])
        #expect(try await fixture.state(of: mail) == "failed general")
        #expect(try await fixture.state(of: text) == "failed opted_out")
    }

    @Test func `an array of a thousand is a thousand rows, and what is odd among them harms no neighbour`() async throws {
        let fixture = try await WebhookFixture.make()
        let attempts = [try await fixture.sent("email", by: "sendgrid"), try await fixture.sent("email", by: "sendgrid")]
        var elements = (0..<996).map {
            #"{"event":"delivered","sg_event_id":"e\#($0)","sg_message_id":"m\#($0).filter","email":"a{b}[\"]@example.com"}"#
        }
        elements.insert(#"{"event":"delivered","sg_event_id":"good1","relance_attempt":"\#(attempts[0])"}"#, at: 10)
        elements.insert(#"{"event":"delivered","sg_event_id":"nul\u0000","sg_message_id":"\u0000"}"#, at: 500)
        elements.insert(
            #"{"event":["x"],"sg_event_id":{"a":1},"timestamp":1e99,"relance_attempt":"'; drop table leads"}"#, at: 501)
        elements.append(#"{"event":"bounce","type":"bounce","sg_event_id":"good2","relance_attempt":"\#(attempts[1])"}"#)
        let body = "[" + (elements + ["null", "7", #"["x"]"#]).joined(separator: ",") + "]\r\n"
        let first = try await fixture.send(try await fixture.events(body))
        #expect(first.status == 200 && first.json["events"] == .int(1000) && first.json["duplicates"] == .int(0), "\(first.text)")
        #expect(try await fixture.database.count("select count(*) from relance.inbound_messages") == 1000)
        #expect(try await fixture.state(of: attempts[0]) == "delivered")
        #expect(try await fixture.state(of: attempts[1]) == "failed bounce")
        #expect(
            try await fixture.database.value(
                "select convert_from(body, 'UTF8') from relance.inbound_messages where event_key = 'e7'")
                == #"{"event":"delivered","sg_event_id":"e7","sg_message_id":"m7.filter","email":"a{b}[\"]@example.com"}"#)
        // The array grows by one before it comes again; one event stands in it twice.
        // What has no id of its own is known by its array, which is another one now.
        let more = body.replacing(
            "]\r\n", with: #",{"event":"open","sg_event_id":"late"},{"event":"open","sg_event_id":"late"}]"#)
        let again = try await fixture.send(try await fixture.events(more))
        #expect(again.json["events"] == .int(1002) && again.json["duplicates"] == .int(1000), "\(again.text)")
        #expect(try await fixture.database.count("select count(*) from relance.inbound_messages") == 1002)
    }

    @Test func `an event that the database refuses is told to its sender and harms no neighbour, nor its second coming`()
        async throws
    {
        let fixture = try await WebhookFixture.make()
        for statement in [
            """
            create function refuse() returns trigger language plpgsql as $$
            begin
                if new.event_key like 'poison%' then raise exception 'refused'; end if;
                return new;
            end $$
            """,
            "create trigger refuse before insert on relance.inbound_messages for each row execute function refuse()",
        ] { try await fixture.database.execute(statement) }
        let keys = (0..<40).map { $0 == 17 ? "poison" : "e\($0)" }
        let elements = keys.map { #"{"event":"open","sg_event_id":"\#($0)","sg_message_id":"m"}"# }
        let body = "[" + elements.joined(separator: ",") + "]"
        let events = try await fixture.events(body)
        let (refused, neighbours) = try await withThrowingTaskGroup(of: (Bool, Int).self) { group in
            group.addTask { (true, try await fixture.send(events).status) }
            for number in 0..<40 {
                group.addTask { (false, try await fixture.send(WebhookFixture.text("SM\(number)", "allô")).status) }
            }
            return try await group.reduce(into: ([Int](), [Int]())) { all, one in
                if one.0 { all.0.append(one.1) } else { all.1.append(one.1) }
            }
        }
        #expect(refused == [500] && neighbours == Array(repeating: 200, count: 40))
        #expect(try await fixture.database.count("select count(*) from relance.inbound_messages") == 79)
        try await fixture.database.execute("drop trigger refuse on relance.inbound_messages")
        let again = try await fixture.send(try await fixture.events(body))
        #expect(again.status == 200 && again.json["duplicates"] == .int(39), "\(again.text)")
    }

    @Test func `what Postgres could not take is asked for again`() async throws {
        try await PrivateServers.with([.postgres]) { servers in
            let fixture = try await WebhookFixture.make(database: try await TestDatabase.create(onServer: servers.databaseURL))
            let request = WebhookFixture.text("SM1", "allô")
            try await servers.crash(.postgres)
            let refused = try await fixture.send(request)
            #expect(refused.status == 503)
            try await servers.start(.postgres)
            try await eventually("the second coming") { try await fixture.send(request).status == 200 }
            // The test's own connection has to notice first.
            try await eventually("one row") { (try? await fixture.stored().map { $0[0] }) == ["unrouted"] }
        }
    }
}
