import API
import HTTPClient
import Postgres
import TestSupport
import Testing

struct BookingTests {
    @Test func `a booking is an appointment, a lead and a confirmation in one commit`() async throws {
        let scene = try await SchedulingScene.make()
        let start = SchedulingScene.at(2880)
        let reply = try await scene.bookInPublic(
            start, closer: "c1",
            more:
                #","name":"Ana","email":" Ana@Example.COM","phone":"06 39 98 00 02","locale":"en-GB","timezone":"Europe/London""#)
        #expect(reply.status == 201, "\(reply.json)")
        #expect(reply.json["appointment"]?["starts_at"]?.text == start)
        // Whoever books learns nothing of the lead that the address belongs to.
        #expect(reply.json["appointment"]?["lead_id"] == nil)
        let rows = try await scene.database.rows(
            """
            select l.name, l.email, l.phone, l.locale, l.timezone, l.status, l.source, a.status, a.duration_min, a.revision
            from appointments a join leads l on l.tenant_id = a.tenant_id and l.id = a.lead_id where a.id = $1
            """, [.text(reply.appointmentID)])
        #expect(
            rows == [
                [
                    "Ana", "ana@example.com", "+33639980002", "en-GB", "Europe/London", "APPOINTMENT_SCHEDULED", "FORM",
                    "SCHEDULED", "30", "0",
                ]
            ])
        let planned = try await scene.database.rows(
            """
            select d.step, d.channel, d.state, j.state from relance.deliveries d
            join relance.jobs j on j.tenant_id = d.tenant_id and j.dedupe_key = d.dedupe_key where d.subject = $1
            """, [.text(reply.appointmentID)])
        #expect(planned == [["T+0", "email", "pending", "available"]])
    }

    @Test func `a lead that is known under the address is booked for, and left as it is`() async throws {
        let scene = try await SchedulingScene.make()
        let reply = try await scene.bookInPublic(more: #","name":"Mallory","email":"SOPHIE@example.com","phone":"+33639980009""#)
        #expect(reply.status == 201)
        let second = try await scene.bookInPublic(SchedulingScene.at(4000), more: #","name":"M","phone":"06 39 98 00 01""#)
        #expect(second.status == 201)
        let rows = try await scene.database.rows(
            """
            select distinct l.id, l.name, l.phone from appointments a
            join leads l on l.tenant_id = a.tenant_id and l.id = a.lead_id where a.tenant_id = 'acme'
            """)
        #expect(rows == [["lead", "Sophie <b>Martin", "+33639980001"]])
    }

    @Test func `bookings of one person at once through two instances make one lead`() async throws {
        let scene = try await SchedulingScene.make()
        let second = try await SecondInstance.start(scene)
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<40 {
                group.addTask {
                    let phone = number.isMultiple(of: 3) ? #","phone":"+33639980077""# : ""
                    return try await scene.send(
                        "/scheduling/appointments",
                        #"{"name":"A","email":"twin@example.com","startsAt":"\#(SchedulingScene.at(3000 + number))"\#(phone)}"#,
                        port: number.isMultiple(of: 2) ? nil : second.port
                    ).status
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses == Array(repeating: 201, count: 40))
        #expect(try await scene.database.count("select count(*) from leads where email = 'twin@example.com'") == 1)
    }

    @Test func `of fifty bookings of one hour through two instances one gets it`() async throws {
        let scene = try await SchedulingScene.make()
        let second = try await SecondInstance.start(scene)
        let start = SchedulingScene.at(2880)
        let answers = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<50 {
                group.addTask {
                    let client = number.isMultiple(of: 2) ? nil : second.port
                    let reply = try await scene.send(
                        "/scheduling/appointments",
                        #"{"name":"N\#(number)","email":"n\#(number)@example.com","startsAt":"\#(start)","closerId":"c1"}"#,
                        port: client)
                    return "\(reply.status) \(reply.code ?? "")"
                }
            }
            return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        #expect(answers == ["201 ": 1, "409 slot_taken": 49])
        #expect(try await scene.database.count("select count(*) from appointments where closer_id = 'c1'") == 1)
        // A refusal leaves nothing behind: no lead, no message.
        #expect(try await scene.database.count("select count(*) from leads where id <> 'lead'") == 1)
        #expect(try await scene.database.count("select count(*) from relance.deliveries") == 1)
    }

    @Test(arguments: [
        // Another one lies from 1000 to 1030; the buffer is 15 minutes, the length 30.
        (1000, 201, "c2"), (954, 201, "c1"), (955, 201, "c1"), (956, 409, "c1"), (985, 409, "c1"), (1000, 409, "c1"),
        (1044, 409, "c1"), (1045, 201, "c1"),
    ])
    func `a closer is taken for an appointment and the buffer on both sides`(
        minutes: Int, status: Int, closer: String
    ) async throws {
        let scene = try await SchedulingScene.make()
        let base = Int(Double(try await scene.database.value("select extract(epoch from date_trunc('minute', now()))")) ?? 0)
        func start(_ minutes: Int) -> String { Self.instant(base + minutes * 60) }
        #expect(try await scene.book(start(1000)).status == 201)
        // What is cancelled, missed or another's does not count.
        for (id, state) in [("x", "CANCELLED"), ("y", "NO_SHOW"), ("z", "COMPLETED")] {
            try await scene.plant(id, at: minutes, status: state, closer: closer)
        }
        let reply = try await scene.book(start(minutes), closer: closer)
        #expect(reply.status == status)
        if status == 409 { #expect(reply.code == "slot_taken") }
    }

    private static func instant(_ seconds: Int) -> String { TimestampText.of(seconds) }

    @Test(arguments: [
        (#"{"leadId":"lead","startsAt":"2020-01-01T00:00:00Z"}"#, 422, "past_date", "/startsAt"),
        (#"{"leadId":"lead","startsAt":"2120-01-01T00:00:00Z"}"#, 422, "too_far", "/startsAt"),
        (#"{"leadId":"lead","startsAt":"9999-12-31T23:59:59Z"}"#, 422, "too_far", "/startsAt"),
        (#"{"leadId":"nobody","startsAt":"AT"}"#, 422, "unknown_lead", "/leadId"),
        (#"{"leadId":"lead","closerId":"gone","startsAt":"AT"}"#, 422, "unknown_closer", "/closerId"),
        (#"{"leadId":"lead","closerId":"who","startsAt":"AT"}"#, 422, "unknown_closer", "/closerId"),
        (#"{"leadId":"lead","startsAt":"2030-01-01T00:00:00"}"#, 400, "invalid_request", "/startsAt"),
        (#"{"leadId":"lead"}"#, 400, "invalid_request", "/startsAt"),
        (#"{"startsAt":"AT","email":"a@b.example"}"#, 400, "invalid_request", "/name"),
        (#"{"startsAt":"AT","name":"A"}"#, 400, "invalid_request", "/email"),
        (#"{"startsAt":"AT","name":"A","email":"nobody"}"#, 400, "invalid_request", "/email"),
        (#"{"startsAt":"AT","name":"A","phone":"12"}"#, 400, "invalid_request", "/phone"),
        (#"{"startsAt":"AT","name":"A","email":"a@b.example","timezone":"Mars"}"#, 400, "invalid_request", "/timezone"),
        (#"{"startsAt":"AT","name":"A","email":"a@b.example","locale":"f_"}"#, 400, "invalid_request", "/locale"),
        (#"{"leadId":"lead","startsAt":"AT","durationMin":0}"#, 400, "invalid_request", "/durationMin"),
        (#"{"leadId":"lead","startsAt":"AT","video":"daily"}"#, 400, "invalid_request", "/video"),
        (#"{"leadId":"lead","startsAt":"AT","videoUrl":"javascript:alert(1)"}"#, 400, "invalid_request", "/videoUrl"),
    ])
    func `what cannot be booked is refused with the part that is wrong`(
        body: String, status: Int, code: String, pointer: String
    ) async throws {
        let scene = try await SchedulingScene.make()
        let reply = try await scene.ingest.send(
            .post, "/scheduling/appointments", body.replacing("AT", with: SchedulingScene.at(600)))
        #expect(reply.status == status && reply.code == code && reply.pointers == [pointer], "\(reply.json)")
        #expect(try await scene.database.count("select count(*) from appointments") == 0)
    }

    @Test func `who is on the blacklist cannot book in public, by address or number, until it ends`() async throws {
        let scene = try await SchedulingScene.make()
        try await scene.database.execute(
            """
            insert into blacklist_entries (tenant_id, email, phone, source, created_by)
            values ('acme', 'bad@example.com', '+33639980066', 'manual', 'test')
            """)
        func statuses() async throws -> [String] {
            var found: [String] = []
            for (index, who) in [
                #""email":"Bad@example.com""#, #""phone":"06 39 98 00 66""#,
                #""email":"good@example.com","phone":"+33639980066""#,
            ].enumerated() {
                let reply = try await scene.bookInPublic(SchedulingScene.at(3000 + index), more: #","name":"B",\#(who)"#)
                found.append(reply.code ?? "\(reply.status)")
            }
            return found
        }
        #expect(try await statuses() == ["lead_blacklisted", "lead_blacklisted", "lead_blacklisted"])
        #expect(try await scene.database.count("select count(*) from leads where id <> 'lead'") == 0)
        // Another organisation's list is another's; a person in charge may book all the same.
        #expect(
            try await scene.book(lead: nil, more: #","name":"B","email":"bad@example.com""#).status == 201)
        try await scene.database.execute("update blacklist_entries set expires_at = now() - interval '1 minute'")
        #expect(try await statuses() == ["201", "201", "201"])
        try await scene.database.execute("update blacklist_entries set expires_at = null")
        #expect(try await statuses() == ["lead_blacklisted", "lead_blacklisted", "lead_blacklisted"])
        try await scene.database.execute("update blacklist_entries set ended_at = now(), ended_by = 'me', ended_how = 'lifted'")
        #expect(try await statuses() == ["201", "201", "201"])
    }

    @Test func `the quota stops new leads, not new appointments`() async throws {
        let scene = try await SchedulingScene.make()
        try await scene.database.execute("update organization_settings set lead_quota = 2 where tenant_id = 'acme'")
        #expect(try await scene.bookInPublic().status == 201)
        let third = try await scene.bookInPublic(more: #","name":"N","email":"third@example.com""#)
        #expect(third.status == 403 && third.code == "lead_quota_reached")
        #expect(try await scene.bookInPublic(SchedulingScene.at(3000)).status == 201)
    }

    @Test func `one key books once, whatever comes of it`() async throws {
        let scene = try await SchedulingScene.make()
        let start = SchedulingScene.at(2880)
        let replies = try await withThrowingTaskGroup(of: IngestFixture.Reply.self) { group in
            for _ in 0..<20 { group.addTask { try await scene.book(start, headers: ["Idempotency-Key": "b-1"]) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(replies.allSatisfy { $0.status == 201 } && Set(replies.map(\.appointmentID)).count == 1)
        #expect(try await scene.database.count("select count(*) from appointments") == 1)
        #expect(try await scene.book(SchedulingScene.at(600), headers: ["Idempotency-Key": "b-1"]).status == 422)
        // A refusal is no answer that is kept: the hour may come free.
        #expect(try await scene.book(start, headers: ["Idempotency-Key": "b-2"]).code == "slot_taken")
        #expect(try await scene.patch(replies[0].appointmentID, #"{"status":"CANCELLED"}"#).status == 200)
        #expect(try await scene.book(start, headers: ["Idempotency-Key": "b-2"]).status == 201)
    }

    @Test func `no tenant sees or touches another's appointments`() async throws {
        let scene = try await SchedulingScene.make()
        let id = try await scene.book().appointmentID
        let call = try await scene.ingest.send(.post, "/calls/start", #"{"appointmentId":"\#(id)"}"#).json["call"]?["id"]?.text
        let other: [String: String?] = ["Authorization": "Bearer \(scene.ingest.otherKey)", "X-Tenant": "other"]
        let requests: [(HTTPRequest.Method, String, String?)] = [
            (.get, "/scheduling/appointments/\(id)", nil), (.get, "/scheduling/appointments/\(id)/calendar.ics", nil),
            (.patch, "/scheduling/appointments/\(id)", #"{"status":"CANCELLED"}"#),
            (.post, "/scheduling/appointments/\(id)/no-show", nil), (.post, "/calls/start", #"{"appointmentId":"\#(id)"}"#),
            (.post, "/calls/\(call ?? "")/join", #"{"role":"lead"}"#), (.post, "/calls/\(call ?? "")/end", nil),
        ]
        for (method, path, body) in requests {
            #expect(try await scene.ingest.send(method, path, body, headers: other).status == 404, "\(path)")
        }
        // The same ids under another tenant are other rows.
        let reply = try await scene.book(headers: other)
        #expect(reply.status == 201)
        #expect(try await scene.status(id) == "SCHEDULED")
        // A publishable key may book in public and nothing else.
        for (method, path, body) in requests + [(.post, "/scheduling/appointments", "{}")] {
            let status = try await scene.ingest.send(
                method, path, body, headers: ["Authorization": "Bearer \(scene.page)", "Origin": SchedulingScene.origin]
            ).status
            #expect(status == 403, "\(path)")
        }
    }
}
