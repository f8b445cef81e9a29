import API
import HTTPClient
import Postgres
import TestSupport
import Testing

struct FormTests {
    @Test func `a submission makes a lead, and the same person's next one finds it`() async throws {
        let site = try await FormSite()
        let first = try await site.submit(
            #"{"name":"Zoé","email":" Zoe@Lead.Example ","phone":"06 39 98 00 01","locale":"fr-FR","timezone":"Europe/Paris","marketingConsent":true,"answers":{"b":1.50}}"#
        )
        #expect(first.status == 201 && first.json["submission"]?["form_id"] == "f" && first.json["lead"] == nil)
        let lead = try await site.ingest.database.rows(
            "select name, email, phone, locale, timezone, status, source, marketing_consent, score, id from leads")
        #expect(
            lead.first?.dropLast() == [
                "Zoé", "zoe@lead.example", "+33639980001", "fr-FR", "Europe/Paris", "NEW", "FORM", "granted", "0",
            ])
        // By address in another spelling, by number alone, and from a server, which is told whom it found.
        #expect(try await site.submit(#"{"email":"ZOE@lead.example"}"#).status == 201)
        #expect(try await site.submit(#"{"phone":"+33 6 39 98 00 01","email":""}"#).status == 201)
        let server = try await site.submit(#"{"email":"zoe@lead.example"}"#, form: "g", asServer: true)
        #expect(server.json["lead"] == ["id": .string(lead[0][9]), "created": false, "recovered": false])
        #expect(try await site.ingest.database.count("select count(*) from leads") == 1)
        #expect(
            try await site.ingest.database.rows(
                "select form_id, count(*), count(distinct lead_id), min(answers ->> 'b') from form_submissions group by form_id order by 1"
            )
                == [["f", "3", "1", "1.50"], ["g", "1", "1", ""]])
    }

    @Test func `what anybody sends changes no lead that is known; what a server sends fills its gaps`() async throws {
        let site = try await FormSite()
        try await site.ingest.database.execute(
            "insert into leads (tenant_id, id, name, email, source) values ('acme', 'l', 'Known', 'Known@lead.example', 'MANUAL')"
        )
        let body = #"{"name":"Mallory","email":"known@lead.example","phone":"+33639980009","locale":"en"}"#
        func lead() async throws -> [[String]] {
            try await site.ingest.database.rows("select name, email, phone, locale, source from leads")
        }
        #expect(try await site.submit(body).status == 201)
        #expect(try await lead() == [["Known", "Known@lead.example", "", "", "MANUAL"]])
        #expect(try await site.submit(body, asServer: true).status == 201)
        #expect(try await lead() == [["Known", "Known@lead.example", "+33639980009", "en", "MANUAL"]])
        #expect(try await site.submit(#"{"email":"known@lead.example","marketingConsent":false}"#).status == 201)
        #expect(try await site.ingest.database.value("select marketing_consent from leads") == "denied")
    }

    @Test func `an erased lead is nobody's any more, and another tenant's never was`() async throws {
        let site = try await FormSite()
        try await site.ingest.database.execute(
            """
            insert into leads (tenant_id, id, name, email, erased_at)
            values ('acme', 'gone', 'x', 'zoe@lead.example', now()), ('other', 'theirs', 'x', 'zoe@lead.example', null)
            """)
        let reply = try await site.submit(#"{"email":"zoe@lead.example"}"#, asServer: true)
        #expect(reply.json["lead"]?["created"] == true)
        #expect(
            try await site.ingest.database.count("select count(*) from form_submissions where lead_id in ('gone', 'theirs')") == 0
        )
    }

    @Test(arguments: [("DRAFT", 409), ("PAUSED", 409), ("ARCHIVED", 409), ("ACTIVE", 0), (nil, 404)])
    func `only an active form takes anything, and says why not`(state: String?, refusal: Int) async throws {
        let site = try await FormSite()
        if let state {
            try await site.ingest.database.execute(
                "insert into forms (tenant_id, id, name, status) values ('acme', 'x', 'X', $1)", [.text(state)])
        }
        let submit = try await site.submit(#"{"email":"a@lead.example"}"#, form: "x", headers: ["Idempotency-Key": "1"])
        let abandon = try await site.abandon(#"{"sessionId":"s"}"#, form: "x")
        #expect(submit.status == (refusal == 0 ? 201 : refusal) && abandon.status == (refusal == 0 ? 200 : refusal))
        if refusal == 409 { #expect(submit.code == "form_not_active" && abandon.code == "form_not_active") }
        let written = try await site.ingest.database.count(
            "select (select count(*) from leads) + (select count(*) from form_submissions) + (select count(*) from form_abandons)"
        )
        #expect(written == (refusal == 0 ? 3 : 0))
        guard refusal == 409 else { return }
        // A key whose request was refused is free again.
        try await site.ingest.database.execute("update forms set status = 'ACTIVE'")
        #expect(try await site.submit(#"{"email":"a@lead.example"}"#, form: "x", headers: ["Idempotency-Key": "1"]).status == 201)
    }

    @Test(arguments: [
        (#"{}"#, ["/email"]), (#"{"email":"","phone":" "}"#, ["/email"]), (#"{"phone":"12"}"#, ["/phone"]),
        (#"{"email":"a@b"}"#, ["/email"]), (#"{"email":"a@b.c@d.e"}"#, ["/email"]), (#"{"email":"é@b.fr"}"#, ["/email"]),
        (
            #"{"email":"a@b.fr","answers":[],"marketingConsent":"yes","sessionId":""}"#,
            ["/answers", "/marketingConsent", "/sessionId"]
        ),
    ])
    func `a submission that nobody could be reached by is refused, and every fault is named`(body: String, pointers: [String])
        async throws
    {
        let site = try await FormSite()
        let reply = try await site.submit(body)
        #expect(reply.status == 400 && Set(reply.pointers) == Set(pointers), "\(reply.text)")
        #expect(try await site.ingest.database.count("select count(*) from leads") == 0)
    }

    @Test func `submissions of one person at once make one lead, under one key one submission`() async throws {
        let site = try await FormSite()
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<60 {
                group.addTask {
                    let body =
                        [
                            #"{"email":"Z@lead.example"}"#, #"{"email":"z@lead.example","phone":"0639980001"}"#,
                            #"{"phone":"+33639980001","sessionId":"s"}"#,
                        ][
                            number % 3]
                    let headers = number < 30 ? ["Idempotency-Key": "k\(number % 3)"] : [:]
                    return try await site.submit(body, headers: headers).status
                }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(statuses == [201])
        // The first with a number alone may come before anybody knows whose it is.
        let leads = try await site.ingest.database.rows(
            "select coalesce(email, ''), coalesce(phone, '') from leads order by 1, 2")
        #expect(
            leads.filter { $0[0] == "z@lead.example" }.count == 1 && leads.filter { $0[1] == "+33639980001" }.count <= 2
                && leads.count <= 2, "\(leads)")
        #expect(try await site.ingest.database.count("select count(*) from form_submissions") == 33)
    }

    @Test func `a quota is kept to under any number at once, and known leads pass`() async throws {
        let site = try await FormSite()
        try await site.ingest.database.execute(
            "insert into organization_settings (tenant_id, lead_quota) values ('acme', 10) on conflict (tenant_id) do update set lead_quota = 10"
        )
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<40 {
                group.addTask { try await site.submit(#"{"email":"a\#(number)@lead.example"}"#).status }
            }
            return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        #expect(statuses == [201: 10, 403: 30])
        let known = try await site.ingest.database.value("select email from leads limit 1")
        #expect(try await site.submit(#"{"email":"\#(known)"}"#).status == 201)
        let refused = try await site.submit(#"{"email":"late@lead.example"}"#)
        #expect(refused.code == "lead_quota_reached")
        #expect(try await site.ingest.database.count("select count(*) from leads") == 10)
        #expect(try await site.ingest.database.count("select count(*) from form_submissions") == 11)
    }

    @Test func `the newest activity of a visit stands, whatever order they come in`() async throws {
        let site = try await FormSite()
        func body(_ minute: Int) -> String {
            #"{"sessionId":"s","email":"v\#(minute)@lead.example","answers":{"m":\#(minute)},"lastActivityAt":"2026-01-01T10:\#(minute):00Z"}"#
        }
        #expect(try await site.abandon(body(20)).json["captured"] == true)
        #expect(try await site.abandon(body(10)).json["captured"] == false)
        _ = try await withThrowingTaskGroup(of: Void.self) { group in
            for minute in (21..<59).shuffled() { group.addTask { _ = try await site.abandon(body(minute)) } }
            try await group.waitForAll()
        }
        #expect(
            try await site.ingest.database.rows(
                "select email, answers ->> 'm', last_activity_at at time zone 'UTC' from form_abandons")
                == [["v58@lead.example", "58", "2026-01-01 10:58:00"]])
        // A page whose clock is ahead does not keep later ones out.
        #expect(try await site.abandon(#"{"sessionId":"s","lastActivityAt":"2999-01-01T00:00:00Z"}"#).json["captured"] == true)
        #expect(try await site.abandon(#"{"sessionId":"s","answers":{"last":1}}"#).json["captured"] == true)
        #expect(
            try await site.ingest.database.value("select answers ->> 'last' || email from form_abandons") == "1v58@lead.example")
    }

    @Test func `half-typed addresses are nobody's, and plain text is JSON where beacons send it`() async throws {
        let site = try await FormSite()
        let reply = try await site.abandon(
            #"{"sessionId":"s","email":"zoe@","phone":"06 39","timezone":"Mars/Olympus","marketingConsent":true}"#,
            headers: ["Content-Type": "text/plain;charset=UTF-8"])
        #expect(reply.json["captured"] == true)
        #expect(
            try await site.ingest.database.rows("select email, phone, timezone, marketing_consent, ended_at from form_abandons")
                == [["", "", "", "granted", ""]])
        #expect(try await site.abandon(#"{"sessionId":"s"}"#, headers: ["Content-Type": "text/html"]).status == 415)
    }

    @Test func `a page that is being left sends its key in the address, and nobody else does`() async throws {
        let site = try await FormSite()
        let page = String((site.page["Authorization"] ?? "")?.dropFirst(7) ?? "")
        func beacon(_ key: String, _ path: String = "/leads/forms/f/abandon", origin: String? = Callers.origin) async throws
            -> Int
        {
            let headers: [String: String?] = [
                "Authorization": nil, "X-Tenant": nil, "Origin": origin, "Content-Type": "text/plain;charset=UTF-8",
            ]
            return try await site.ingest.send(.post, "\(path)?key=\(key)", #"{"sessionId":"s"}"#, headers: headers).status
        }
        #expect(try await beacon(page) == 200)
        #expect(try await beacon(page, origin: "https://evil.example") == 403)
        #expect(try await beacon(page, origin: nil) == 403)
        #expect(try await beacon(site.ingest.key) == 401)
        #expect(try await beacon(page.dropLast(4) + "0000") == 401)
        // Whoever can wait for an answer can set headers.
        #expect(try await beacon(page, "/leads/forms/f/submit") == 400)
        #expect(try await beacon(page, "/api/activities/log") == 401)
        #expect(try await site.ingest.database.count("select count(*) from form_abandons") == 1)
    }

    @Test(arguments: ["session", "email", "phone"])
    func `a submission ends the abandons of its visit and its person, for good`(by: String) async throws {
        let site = try await FormSite()
        for (session, form) in [("s", "f"), ("elsewhere", "g")] {
            #expect(
                try await site.abandon(
                    #"{"sessionId":"\#(session)","email":"zoe@lead.example","phone":"0639980001"}"#, form: form
                ).json["captured"] == true)
        }
        #expect(try await site.abandon(#"{"sessionId":"stranger","email":"x@lead.example"}"#).json["captured"] == true)
        let body = [
            "session": #"{"sessionId":"s","email":"new@lead.example"}"#, "email": #"{"email":"ZOE@lead.example"}"#,
            "phone": #"{"phone":"0639980001"}"#,
        ]
        #expect(try await site.submit(body[by] ?? "", headers: ["Idempotency-Key": "1"]).status == 201)
        let ended = try await site.ingest.database.rows(
            """
            select a.session_id, a.ended_reason, a.recovered_at is null, s.id is not null
            from form_abandons a left join form_submissions s on s.tenant_id = a.tenant_id and s.id = a.submission_id
            order by a.session_id
            """)
        let elsewhere = by == "session" ? ["elsewhere", "", "t", "f"] : ["elsewhere", "submitted", "t", "t"]
        #expect(ended == [elsewhere, ["s", "submitted", "t", "t"], ["stranger", "", "t", "f"]])
        #expect(try await site.ingest.database.value("select source from leads") == "FORM")
        #expect(try await site.abandon(#"{"sessionId":"s","answers":{"late":1}}"#).json["captured"] == false)
        // Nor does a visit that was never broken off break off once it has submitted.
        #expect(try await site.submit(#"{"sessionId":"t","email":"t@lead.example"}"#).status == 201)
        #expect(try await site.abandon(#"{"sessionId":"t"}"#).json["captured"] == false)
        #expect(
            try await site.ingest.database.count("select count(*) from form_abandons where session_id = 't' or answers ? 'late'")
                == 0)
    }

    @Test(arguments: [("1 day", true), ("6 days 23 hours", true), ("8 days", false), (nil, false)])
    func `a lead that comes within a week of a recovery mail is recovery's`(mailed: String?, isRecovered: Bool) async throws {
        let site = try await FormSite()
        _ = try await site.abandon(#"{"sessionId":"s","email":"zoe@lead.example"}"#)
        if let mailed {
            try await site.ingest.database.execute("update form_abandons set mailed_at = now() - $1::interval", [.text(mailed)])
        }
        let reply = try await site.submit(#"{"email":"zoe@lead.example"}"#, asServer: true)
        #expect(reply.json["lead"]?["recovered"] == .bool(isRecovered))
        #expect(
            try await site.ingest.database.rows(
                """
                select l.source, s.is_recovery, s.abandon_id = a.id, a.recovered_at is not null
                from leads l, form_submissions s, form_abandons a
                """) == [[isRecovered ? "ABANDON_RECOVERY" : "FORM", isRecovered ? "t" : "f", "t", isRecovered ? "t" : "f"]])
    }

    /// Visits as their mails left them: id, how long ago the first mail was sent, why the sequence has ended.
    private func broken(_ visits: [(id: String, mailed: String?, end: String?)], _ site: FormSite) async throws {
        for visit in visits {
            try await site.ingest.database.execute(
                """
                insert into form_abandons (
                    tenant_id, id, form_id, session_id, email, phone, last_activity_at, mailed_at, ended_at, ended_reason)
                values (
                    'acme', $1, 'g', $1, 'Zoe@lead.example', '+33639980001', now() - interval '8 days', now() - $2::interval,
                    case when $3::text is not null then now() end, $3)
                """, [.text(visit.id), .optional(visit.mailed), .optional(visit.end)])
        }
    }

    /// The source of the only lead, the visit that its submission is laid to, and each visit with its end.
    private func attribution(_ site: FormSite) async throws -> [String] {
        let rows = try await site.ingest.database.rows(
            """
            select l.source || ' ' || s.abandon_id, (
                select string_agg(
                    concat_ws(' ', a.id, a.ended_reason, case when a.recovered_at is not null then 'recovered' end), ', '
                    order by a.id)
                from form_abandons a)
            from leads l, form_submissions s
            """)
        return rows.flatMap { $0 }
    }

    @Test(arguments: ["superseded", "completed", "unsubscribed", "form_not_active", "booked", nil])
    func `a visit that was written about is recovered when its person submits by another one, whatever has ended it`(end: String?)
        async throws
    {
        for body in [#"{"sessionId":"b","email":"zoe@lead.example"}"#, #"{"sessionId":"b","phone":"0639980001"}"#] {
            let site = try await FormSite()
            try await broken([("a", "2 days", end)], site)
            // The other visit broke off too, and nobody was written to about it.
            _ = try await site.abandon(#"{"sessionId":"b","email":"zoe@lead.example","phone":"0639980001"}"#)
            try await site.ingest.database.execute("update form_abandons set id = 'b' where session_id = 'b'")
            #expect(try await site.submit(body).status == 201)
            #expect(
                try await attribution(site) == ["ABANDON_RECOVERY a", "a submitted recovered, b submitted"], "\(body)")
        }
    }

    @Test(arguments: [("8 days", "superseded"), (nil, "superseded"), ("2 days", "erased")])
    func `what was written about too long ago, never, or is erased proves nothing`(mailed: String?, end: String) async throws {
        let site = try await FormSite()
        try await broken([("a", mailed, end), ("b", nil, nil)], site)
        #expect(try await site.submit(#"{"email":"zoe@lead.example"}"#).status == 201)
        #expect(try await attribution(site) == ["FORM b", "a \(end), b submitted"])
    }

    @Test func `of several that were written about the last one is recovered, unless a link names another`() async throws {
        let visits: [(String, String?, String?)] = [
            ("a", "5 days", "superseded"), ("b", "1 day", "superseded"), ("c", "3 days", nil),
        ]
        let site = try await FormSite()
        try await broken(visits, site)
        #expect(try await site.submit(#"{"email":"zoe@lead.example"}"#, form: "g").status == 201)
        #expect(
            try await attribution(site) == ["ABANDON_RECOVERY b", "a superseded, b submitted recovered, c submitted"])

        let linked = try await FormSite()
        try await broken(visits, linked)
        try await linked.ingest.database.execute("update form_abandons set form_id = 'f' where id = 'a'")
        let token = try FormSite.token(of: "a")
        #expect(try await linked.submit(#"{"email":"zoe@lead.example","resumeToken":"\#(token)"}"#).status == 201)
        #expect(
            try await attribution(linked) == ["ABANDON_RECOVERY a", "a submitted recovered, b superseded, c submitted"])
    }

    @Test func `mails of another organisation prove nothing here`() async throws {
        let site = try await FormSite()
        try await broken([("a", "1 day", nil)], site)
        try await site.ingest.database.execute("update form_abandons set tenant_id = 'other', form_id = 'f'")
        #expect(try await site.submit(#"{"email":"zoe@lead.example"}"#).status == 201)
        #expect(try await site.ingest.database.value("select source from leads") == "FORM")
    }

    @Test(arguments: ["good", "expired", "foreign", "otherForm", "otherPurpose", "forged"])
    func `a resume link proves recovery; one that is not good keeps nobody from submitting`(kind: String) async throws {
        let site = try await FormSite()
        _ = try await site.abandon(#"{"sessionId":"s","email":"zoe@lead.example"}"#)
        let abandon = try await site.ingest.database.value("select id from form_abandons")
        // Its sequence is over, the link in the mail still good.
        try await site.ingest.database.execute("update form_abandons set ended_at = now(), ended_reason = 'expired'")
        let token = try FormSite.token(of: abandon, flaw: kind)
        let reply = try await site.submit(#"{"email":"other@lead.example","resumeToken":"\#(token)"}"#)
        #expect(reply.status == 201)
        #expect(
            try await site.ingest.database.rows("select source from leads") == [[kind == "good" ? "ABANDON_RECOVERY" : "FORM"]])
        #expect(
            try await site.ingest.database.rows("select ended_reason, recovered_at is not null from form_abandons")
                == [kind == "good" ? ["submitted", "t"] : ["expired", "f"]])
    }

    @Test func `submissions and abandons of the same visits at once leave no abandon that outlives its submission`() async throws
    {
        let site = try await FormSite()
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<120 {
                let visit = number % 12
                group.addTask {
                    number < 12
                        ? try await site.submit(#"{"sessionId":"s\#(visit)","email":"a\#(visit)@lead.example"}"#).status
                        : try await site.abandon(#"{"sessionId":"s\#(visit)","email":"a\#(visit)@lead.example"}"#).status
                }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(statuses == [200, 201])
        #expect(try await site.ingest.database.count("select count(*) from form_abandons where ended_at is null") == 0)
        #expect(try await site.ingest.database.count("select count(*) from leads") == 12)
    }
}
