import API
import HTTPClient
import Ingest
import Postgres
import TestSupport
import Testing

/// What the link of a recovery mail gives back to the page.
struct ResumeTests {
    private static let typed =
        #"{"sessionId":"s","name":"Zoé","email":"Zoe@lead.example","phone":"0639980001","locale":"fr-FR","marketingConsent":true,"answers":{"budget":1.50,"more":["x"]},"lastActivityAt":"2026-01-01T10:00:00Z"}"#

    /// A site with one visit that broke off, and its token.
    private func site(flaw: String = "none") async throws -> (FormSite, token: String) {
        let site = try await FormSite()
        #expect(try await site.abandon(Self.typed).json["captured"] == true)
        return (site, try FormSite.token(of: try await site.visit(), flaw: flaw))
    }

    /// The one answer to whatever cannot be resumed.
    private func expectNothing(_ reply: IngestFixture.Reply, _ comment: Comment = "") {
        #expect(reply.status == 404 && reply.code == "not_found", comment)
        #expect(reply.json["detail"] == "There is no such visit." && reply.headers["Cache-Control"] == "no-store", comment)
    }

    @Test func `a link's token gives back what was typed, to the page, kept by nobody on the way`() async throws {
        let (site, token) = try await site()
        let reply = try await site.resume(token)
        #expect(reply.status == 200 && reply.headers["Cache-Control"] == "no-store")
        #expect(reply.headers["Access-Control-Allow-Origin"] == Callers.origin)
        #expect(
            reply.json["visit"] == [
                "session_id": "s", "name": "Zoé", "email": "zoe@lead.example", "phone": "+33639980001", "locale": "fr-FR",
                "timezone": nil, "marketing_consent": true,
                "answers": ["more": ["x"], "budget": .number("1.50")], "last_activity_at": "2026-01-01T10:00:00Z",
            ], "\(reply.text)")
        #expect(try await site.resume(token).json == reply.json, "it is good as often as it is opened")
        #expect(!site.ingest.program.standardError.contains(token))
    }

    @Test func `a visit that goes on after it is the same visit, and its submission is recovery's`() async throws {
        let (site, token) = try await site()
        #expect(try await site.abandon(#"{"sessionId":"s","answers":{"budget":2}}"#).json["captured"] == true)
        #expect(try await site.resume(token).json["visit"]?["answers"] == ["budget": 2])
        let body = #"{"sessionId":"s","email":"zoe@lead.example","resumeToken":"\#(token)"}"#
        #expect(try await site.submit(body).status == 201)
        #expect(
            try await site.ingest.database.rows(
                """
                select l.source, s.is_recovery, s.abandon_id = a.id, a.ended_reason, a.recovered_at is not null
                from leads l, form_submissions s, form_abandons a
                """) == [["ABANDON_RECOVERY", "t", "t", "submitted", "t"]])
        expectNothing(try await site.resume(token), "submitted")
    }

    @Test(arguments: ["expired", "foreign", "otherForm", "otherPurpose", "forged"])
    func `a token that is not good tells nothing, not even why`(flaw: String) async throws {
        let (site, token) = try await site(flaw: flaw)
        expectNothing(try await site.resume(token), "\(flaw)")
    }

    @Test func `a good token resumes its own form's visit for its own organisation only`() async throws {
        let (site, token) = try await site()
        expectNothing(try await site.resume(token, form: "g"))
        expectNothing(try await site.resume(token, form: "nowhere"))
        let other = try await Callers(site.ingest).headers(.page, of: "other")
        expectNothing(try await site.resume(token, headers: other))
        expectNothing(try await site.resume(token + "x"))
        expectNothing(try await site.resume(try FormSite.token(of: "unknown")))
        #expect(try await site.resume(token).status == 200)
    }

    @Test(arguments: [
        "delete from form_abandons", "update forms set status = 'PAUSED'",
        "update form_abandons set ended_at = now(), ended_reason = 'erased'",
        "update form_abandons set ended_at = now(), ended_reason = 'converted'",
        "insert into leads (tenant_id, id, name, email, erased_at) values ('acme', 'l', '', 'ZOE@lead.example', now())",
        "insert into leads (tenant_id, id, name, phone, status) values ('acme', 'l', '', '+33639980001', 'WON')",
        """
        insert into form_submissions (tenant_id, id, form_id, email, created_at)
        values ('acme', 's', 'g', 'zoe@lead.example', now())
        """,
    ])
    func `what was typed is gone with its person, its form and its end`(change: String) async throws {
        let (site, token) = try await site()
        try await site.ingest.database.execute(change)
        expectNothing(try await site.resume(token), "\(change)")
    }

    @Test(arguments: ["unsubscribed", "superseded", "completed", "expired", "booked"])
    func `what only ends the mails keeps nobody from going on`(reason: String) async throws {
        let (site, token) = try await site()
        try await site.ingest.database.execute(
            "update form_abandons set ended_at = now(), ended_reason = $1", [.text(reason)])
        #expect(try await site.resume(token).status == 200)
    }

    @Test func `a page's limit counts for it`() async throws {
        let (site, token) = try await site()
        let key = try await IngestFixture.addKey(
            .publishable, "acme", scopes: ["public"], origins: [Callers.origin], perMinute: 5, to: site.ingest.database)
        var statuses: [Int: Int] = [:]
        for _ in 0..<12 {
            statuses[try await site.resume(token, headers: ["Authorization": "Bearer \(key)"]).status, default: 0] += 1
        }
        #expect((statuses[200] ?? 0) >= 5 && (statuses[429] ?? 0) >= 1, "\(statuses)")
    }
}
