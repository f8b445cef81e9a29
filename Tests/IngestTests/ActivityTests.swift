import HTTPClient
import API
import Postgres
import TestSupport
import Testing

struct ActivityTests {
    @Test(arguments: [
        ("in", "replied", "", ["HighValueRisk", "NoContact7d", "NoReply3d", "StaleLead30d"]),
        ("out", "sent", "", ["HighValueRisk", "HotLead24h", "NoContact7d", "NoReply3d", "StaleLead30d"]),
        ("out", "failed", "", []),
        ("out", "undelivered", "", []),
        ("out", "sent", #","meta":{"automated":true}"#, []),
        ("in", "received", #","meta":{"automated":true}"#, []),
        (
            "out", "sent", #","meta":{"automated":false,"provider":"green-api"}"#,
            [
                "HighValueRisk", "HotLead24h", "NoContact7d", "NoReply3d", "StaleLead30d",
            ]
        ),
    ])
    func `an activity resolves the alerts whose conditions it ends, and no others`(
        direction: String, status: String, more: String, resolved: [String]
    ) async throws {
        let ingest = try await IngestFixture.make()
        let all = ["HighValueRisk", "HotLead24h", "NoContact7d", "NoReply3d", "PreferredChannel", "StaleLead30d"]
        for type in all {
            _ = try await ingest.raise(type, "lead")
            _ = try await ingest.raise(type, "neighbour")
            _ = try await ingest.raise(type, "lead", tenant: "other")
        }
        let reply = try await ingest.log("lead", direction, status: status, more: more)
        #expect(reply.status == 200)
        #expect(reply.list("alerts", "resolved") == resolved)
        #expect(reply.list("alerts", "created") == [])
        let left = try await ingest.database.rows(
            "select type from max_alerts where tenant_id = 'acme' and lead_id = 'lead' and resolved_at is null order by type")
        #expect(left == all.filter { !resolved.contains($0) }.map { [$0] })
        #expect(
            try await ingest.database.count(
                "select count(*) from active_alerts where lead_id = 'neighbour' or tenant_id = 'other'") == 12)
        let by = try await ingest.database.rows("select distinct resolved_by from max_alerts where resolved_at is not null")
        #expect(by == (resolved.isEmpty ? [] : [["auto:\(direction)bound"]]))
    }

    @Test func `the document's scenario goes as it says`() async throws {
        let ingest = try await IngestFixture.make()
        try await ingest.database.execute(
            "insert into leads (tenant_id, id, name, email) values ('acme', '694d0bed15df5b9e1', 'Sophie Martin', 's@example.com')"
        )
        let out = try await ingest.log(
            "694d0bed15df5b9e1", "out", more: #","messageSnippet":"Bonjour, avez-vous reçu notre devis?""#)
        #expect(out.status == 200 && out.json["activity"]?["direction"] == "out")
        let id = try await ingest.raise("NoReply3d", "694d0bed15df5b9e1")
        let list = try await ingest.send(.get, "/api/alerts/active")
        let alert = try #require(list.json["alerts"]?.elements?.first)
        #expect(alert["id"] == .string(id) && alert["lead_name"] == "Sophie Martin" && alert["lead_email"] == "s@example.com")
        #expect(list.json["stats"]?["total"] == .int(1) && list.json["stats"]?["by_severity"]?["med"] == .int(1))
        let reply = try await ingest.log("694d0bed15df5b9e1", "in", status: "replied", more: #","messageSnippet":"Oui""#)
        #expect(reply.list("alerts", "resolved") == ["NoReply3d"])
        let after = try await ingest.send(.get, "/api/alerts/active")
        #expect(after.json["alerts"] == [] && after.json["stats"]?["total"] == .int(0))
    }

    @Test func `a snippet is cut at a hundred characters, and what was sent is stored as it was`() async throws {
        let ingest = try await IngestFixture.make()
        let long = String(repeating: "é😀", count: 80)
        let reply = try await ingest.log(
            "l'\\u00e9", "in", channel: "sms", more: #","messageSnippet":"\#(long)","meta":{"n":1.50,"s":"\"\\"}"#)
        #expect(reply.status == 200)
        let row = try await ingest.database.rows(
            "select lead_id, channel, status, message_snippet, meta ->> 'n', meta ->> 's', tenant_id from lead_activities")
        #expect(row == [["l'é", "sms", "sent", String(long.prefix(100)), "1.50", "\"\\", "acme"]])
    }

    @Test func `the third inbound of a day makes a lead hot, once, until we answer`() async throws {
        let ingest = try await IngestFixture.make()
        #expect(try await ingest.log("lead", "in").list("alerts", "created") == [])
        _ = try await ingest.log("lead", "in", more: #","meta":{"automated":true}"#)
        #expect(try await ingest.log("lead", "in").list("alerts", "created") == [])
        #expect(try await ingest.log("lead", "in").list("alerts", "created") == ["HotLead24h"])
        #expect(try await ingest.log("lead", "in").list("alerts", "created") == [])
        let anchor = try await ingest.database.value(
            """
            select anchor_at = (select created_at from lead_activities where meta is null order by created_at offset 2 limit 1)
            from max_alerts
            """)
        #expect(anchor == "t")
        #expect(try await ingest.log("lead", "out").list("alerts", "resolved") == ["HotLead24h"])
        for _ in 0..<2 { #expect(try await ingest.log("lead", "in").list("alerts", "created") == []) }
        #expect(try await ingest.log("lead", "in").list("alerts", "created") == ["HotLead24h"])
    }

    @Test func `an alert that was resolved by hand does not come back for the same activity`() async throws {
        let ingest = try await IngestFixture.make()
        for _ in 0..<3 { _ = try await ingest.log("lead", "in") }
        let id = try await ingest.database.value("select id from max_alerts")
        #expect(try await ingest.send(.post, "/api/alerts/\(id)/resolve").status == 200)
        #expect(try await ingest.log("lead", "in").list("alerts", "created") == [])
        #expect(try await ingest.database.count("select count(*) from active_alerts") == 0)
    }

    @Test(arguments: ["DISQUALIFIED", "WON", "LOST"])
    func `a lead that is closed does not become hot`(status: String) async throws {
        let ingest = try await IngestFixture.make()
        try await ingest.database.execute(
            "insert into leads (tenant_id, id, name, status) values ('acme', 'lead', 'x', $1)", [.text(status)])
        for _ in 0..<3 { #expect(try await ingest.log("lead", "in").list("alerts", "created") == []) }
    }

    @Test func `parallel inbounds make one hot alert, named by one of them`() async throws {
        let ingest = try await IngestFixture.make()
        let created = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<50 { group.addTask { try await ingest.log("lead", "in").list("alerts", "created") } }
            return try await group.reduce(into: [String]()) { $0 += $1 }
        }
        #expect(created == ["HotLead24h"])
        #expect(try await ingest.database.count("select count(*) from lead_activities") == 50)
    }

    @Test func `fifty copies under one key are one activity and one answer`() async throws {
        let ingest = try await IngestFixture.make()
        let replies = try await withThrowingTaskGroup(of: IngestFixture.Reply.self) { group in
            for number in 0..<50 {
                let key = number.isMultiple(of: 2) ? "k-1" : "\"k-1\""
                group.addTask { try await ingest.log("lead", "in", headers: ["Idempotency-Key": key]) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(replies.allSatisfy { $0.status == 200 })
        #expect(Set(replies.compactMap { $0.json["activity"]?["id"]?.text }).count == 1)
        #expect(replies.filter { $0.headers["Idempotent-Replayed"] == nil }.count == 1)
        #expect(try await ingest.database.count("select count(*) from lead_activities") == 1)
        let other = try await ingest.log("another", "in", headers: ["Idempotency-Key": "k-1"])
        #expect(other.status == 422 && other.code == "idempotency_key_reused")
        let stranger = try await ingest.log(
            "lead", "in",
            headers: ["Idempotency-Key": "k-1", "Authorization": "Bearer \(ingest.otherKey)", "X-Tenant": "other"])
        #expect(stranger.status == 200 && stranger.headers["Idempotent-Replayed"] == nil)
        #expect(try await ingest.log("lead", "in", headers: ["Idempotency-Key": "a b"]).status == 400)
    }

    @Test func `a resolve is told once and repeated without harm`() async throws {
        let ingest = try await IngestFixture.make()
        let id = try await ingest.raise("NoContact7d", "lead")
        let first = try await ingest.send(.post, "/api/alerts/\(id.uppercased())/resolve", #"{"reason":"lost"}"#)
        #expect(first.status == 200 && first.json["message"] == "Alerte résolue")
        #expect(first.json["alert"]?["resolved_by"] == "user_manual")
        let again = try await ingest.send(.post, "/api/alerts/\(id)/resolve")
        #expect(again.json["alert"] == first.json["alert"])
        let row = try await ingest.database.rows("select resolved_reason, resolved_actor like 'key:%' from max_alerts")
        #expect(row == [["lost", "t"]])
        #expect(try await ingest.send(.post, "/api/alerts/00000000-0000-4000-8000-000000000000/resolve").status == 404)
        let foreign = try await ingest.raise("NoContact7d", "lead", tenant: "other")
        #expect(try await ingest.send(.post, "/api/alerts/\(foreign)/resolve").status == 404)
        #expect(try await ingest.database.count("select count(*) from active_alerts where tenant_id = 'other'") == 1)
    }

    @Test func `logs and resolves of the same alerts at once leave each resolved once`() async throws {
        let ingest = try await IngestFixture.make()
        var ids: [String] = []
        for number in 0..<20 { ids.append(try await ingest.raise("NoReply3d", "lead\(number % 4)-\(number)")) }
        let (named, statuses) = try await withThrowingTaskGroup(of: (Int, Int).self) { group in
            for (number, id) in ids.enumerated() {
                group.addTask {
                    let reply = try await ingest.log("lead\(number % 4)-\(number)", "in")
                    return (reply.list("alerts", "resolved").count, reply.status)
                }
                group.addTask { (0, try await ingest.send(.post, "/api/alerts/\(id)/resolve").status) }
            }
            return try await group.reduce(into: (0, Set<Int>())) {
                $0.0 += $1.0; $0.1.insert($1.1)
            }
        }
        #expect(statuses == [200])
        #expect(try await ingest.database.count("select count(*) from max_alerts where resolved_by = 'auto:inbound'") == named)
        #expect(try await ingest.database.count("select count(*) from active_alerts") == 0)
    }

    @Test func `the list is in order, complete and paged, whatever is resolved meanwhile`() async throws {
        let ingest = try await IngestFixture.make()
        try await ingest.database.execute(
            """
            insert into max_alerts (tenant_id, lead_id, type, severity, message, created_at)
            select 'acme', 'l' || n, (array['NoContact7d', 'NoReply3d'])[n % 2 + 1], (array['low', 'med', 'high'])[n % 3 + 1], 'm',
                now() - (n % 7) * interval '1 minute'
            from generate_series(1, 100) n
            """)
        let expected = try await ingest.database.rows(
            """
            select id from max_alerts
            order by case severity when 'high' then 1 when 'med' then 2 else 3 end, created_at desc, id desc
            """)
        var seen: [[String]] = []
        var cursor: String?
        repeat {
            let page = try await ingest.send(.get, "/api/alerts/active?limit=7" + (cursor.map { "&cursor=\($0)" } ?? ""))
            #expect(page.json["stats"]?["total"] == .int(100))
            seen += page.json["alerts"]?.elements?.compactMap { $0["id"]?.text }.map { [$0] } ?? []
            cursor = page.json["next_cursor"]?.text
        } while cursor != nil
        #expect(seen == expected)
        for query in [
            "limit=0", "limit=1001", "limit=x", "cursor=x", "cursor=", "unknown=1", "limit=1&limit=2", "limit=%zz", "limit=%00",
        ] {
            #expect(try await ingest.send(.get, "/api/alerts/active?\(query)").status == 400, "\(query)")
        }
    }

    @Test func `every fault of a body is named at once`() async throws {
        let ingest = try await IngestFixture.make()
        let reply = try await ingest.send(
            .post, "/api/activities/log", #"{"channel":"pigeon","direction":"in","status":7,"meta":[],"more":1}"#)
        #expect(reply.status == 400 && reply.headers["Content-Type"] == "application/problem+json")
        #expect(Set(reply.pointers) == ["/leadId", "/channel", "/status", "/meta", "/more"])
        #expect(reply.json["request_id"]?.text == reply.headers["X-Request-Id"])
        #expect(try await ingest.database.count("select count(*) from lead_activities") == 0)
    }

    @Test(arguments: [false, true])
    func `a write that Postgres refuses fails alone, whoever shares its transaction`(hasKeys: Bool) async throws {
        let ingest = try await IngestFixture.make(environment: ["INGEST_COMMITTERS": "1"])
        try await ingest.database.execute(
            """
            create function refuse() returns trigger language plpgsql as $$
                begin if new.lead_id like 'bad%' then raise exception 'no'; end if; return new; end $$
            """)
        try await ingest.database.execute(
            "create trigger refuse before insert on lead_activities for each row execute function refuse()")
        let statuses = try await withThrowingTaskGroup(of: (String, Int).self) { group in
            for number in 0..<60 {
                let lead = number.isMultiple(of: 15) ? "bad\(number)" : "good\(number)"
                group.addTask {
                    let headers = hasKeys ? ["Idempotency-Key": lead] : [:]
                    return (lead, try await ingest.log(lead, "in", headers: headers).status)
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for (lead, status) in statuses { #expect(status == (lead.hasPrefix("bad") ? 500 : 200), "\(lead)") }
        #expect(try await ingest.database.count("select count(*) from lead_activities") == 56)
        #expect(try await ingest.database.count("select count(*) from relance.idempotency_keys") == (hasKeys ? 56 : 0))
        // A request that was refused may come again under its key.
        try await ingest.database.execute("drop trigger refuse on lead_activities")
        #expect(try await ingest.log("bad0", "in", headers: ["Idempotency-Key": "bad0"]).status == 200)
    }

    @Test func `a list shows what was committed before it was asked for, however many ask at once`() async throws {
        let ingest = try await IngestFixture.make()
        try await ingest.database.execute(
            """
            insert into max_alerts (tenant_id, lead_id, type, severity, message)
            select tenant, 'lead-' || n, 'NoReply3d', 'med', 'm'
            from unnest('{acme,other}'::text[]) as tenant, generate_series(1, 40) n
            """)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...40 {
                let key = number.isMultiple(of: 2) ? ingest.key : ingest.otherKey
                let tenant = number.isMultiple(of: 2) ? "acme" : "other"
                group.addTask {
                    let headers: [String: String?] = ["Authorization": "Bearer \(key)", "X-Tenant": tenant]
                    try await ingest.log("lead-\(number)", "in", headers: headers)
                    let list = try await ingest.send(.get, "/api/alerts/active", headers: headers)
                    let alerts = try #require(list.json["alerts"]?.elements)
                    #expect(alerts.allSatisfy { $0["tenant_id"]?.text == tenant && $0["lead_id"]?.text != "lead-\(number)" })
                }
            }
            try await group.waitForAll()
        }
    }
}
