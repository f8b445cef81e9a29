import API
import Crypto
import Foundation
import HTTPClient
import Messaging
import Postgres
import TestSupport
import Testing

struct LinkTests {
    /// The revision that a page's form carries; nil where it has no form.
    private func revision(_ page: SchedulingScene.Page) -> String? {
        page.html.firstMatch(of: #/name="revision" value="([0-9]+)"/#).map { String($0.1) }
    }

    /// Everything that a link could change, as text.
    private func state(_ scene: SchedulingScene) async throws -> [[String]] {
        try await scene.database.rows(
            """
            select md5(string_agg(t::text, '|')) from (
                select a::text as t from appointments a union all select d::text from relance.deliveries d
                union all select s::text from relance.suppressions s union all select l::text from lead_activities l
                union all select m::text from no_show_marks m order by 1) x
            """)
    }

    @Test(arguments: [
        (LinkPurpose.confirm, "CONFIRMED", "Confirmez votre rendez-vous", "Votre rendez-vous est confirmé"),
        (.cancel, "CANCELLED", "Annuler votre rendez-vous", "Votre rendez-vous est annulé"),
    ])
    func `a link asks, its form acts, and again is no fault`(
        purpose: LinkPurpose, status: String, question: String, answer: String
    ) async throws {
        let scene = try await SchedulingScene.make()
        let id = try await scene.book().appointmentID
        let path = "/a/" + (try SchedulingScene.token(purpose, ["acme", id]))
        let before = try await state(scene)
        for method in [HTTPRequest.Method.get, .head, .get] {
            let page = try await scene.page(method, path)
            #expect(page.status == 200)
            if method == .get { #expect(page.html.contains(question) && page.html.contains("Claire Martin")) }
        }
        #expect(try await state(scene) == before, "a GET changes nothing")
        let revision = try #require(revision(try await scene.page(.get, path)))
        for _ in 0..<3 {
            let page = try await scene.page(.post, path, "revision=\(revision)")
            #expect(page.status == 200 && page.html.contains(answer), "\(page.html)")
            #expect(self.revision(page) == nil)
        }
        #expect(try await scene.status(id) == status)
        #expect(try await scene.page(.get, path).html.contains(answer))
    }

    @Test func `a page speaks the lead's language, shows what was written as text, and lets nothing run`() async throws {
        let scene = try await SchedulingScene.make()
        try await scene.database.execute("update leads set locale = 'en-GB', timezone = 'America/Toronto'")
        try await scene.database.execute("update organizations set name = 'Acme <script>alert(1)</script>' where id = 'acme'")
        try await scene.database.execute("update users set name = '\"><img src=x onerror=alert(1)>' where id = 'c1'")
        let id = try await scene.book(more: #","location":"<b>12</b> & Co"# + #"""#).appointmentID
        let page = try await scene.page(.get, "/a/" + (try SchedulingScene.token(.confirm, ["acme", id])))
        #expect(page.html.contains(#"<html lang="en">"#) && page.html.contains("America/Toronto"))
        #expect(!page.html.contains("<script") && !page.html.contains("<img") && !page.html.contains("<b>"))
        #expect(page.headers["Content-Type"] == "text/html; charset=utf-8")
        #expect(page.headers["Cache-Control"] == "no-store" && page.headers["Referrer-Policy"] == "no-referrer")
        #expect(page.headers["X-Robots-Tag"] == "noindex, nofollow" && page.headers["X-Content-Type-Options"] == "nosniff")
        let policy = try #require(page.headers["Content-Security-Policy"])
        #expect(policy.hasPrefix("default-src 'none';") && policy.contains("frame-ancestors 'none'"))
        #expect(!policy.contains("unsafe") && !policy.contains("script-src"))
        let style = try #require(page.html.firstMatch(of: #/<style>([\s\S]*?)</style>/#)).1
        #expect(policy.contains("'sha256-\(Base64.encode(SHA256.digest(Array(style.utf8))))'"))
        #expect(!page.html.contains("style="))
    }

    @Test func `no token but a genuine one for this purpose opens anything`() async throws {
        let scene = try await SchedulingScene.make()
        let id = try await scene.book().appointmentID
        let good = try SchedulingScene.token(.cancel, ["acme", id])
        var bad: [String: String] = [
            "tampered": String(good.dropLast(2)) + (good.hasSuffix("AA") ? "BB" : "AA"), "empty": "x",
            "cut": String(good.prefix(20)),
            "foreign key": try SchedulingScene.token(.cancel, ["acme", id], keys: ["another-key-altogether"]),
            "wrong purpose": try SchedulingScene.token(.resume, ["acme", id]),
            "unsubscribe": try SchedulingScene.token(.unsubscribe, ["acme", id]),
            "another tenant": try SchedulingScene.token(.cancel, ["other", id]),
            "no such": try SchedulingScene.token(.cancel, ["acme", "none"]),
            "subjects": try SchedulingScene.token(.cancel, ["acme"]), "NUL": "%00", "long": String(repeating: "a", count: 4000),
        ]
        bad["payload of another"] =
            String((try SchedulingScene.token(.confirm, ["acme", id])).split(separator: ".")[0]) + "."
            + good.split(separator: ".")[1]
        for (name, token) in bad {
            for method in [HTTPRequest.Method.get, .post] {
                let page = try await scene.page(method, "/a/\(token)", method == .post ? "revision=0" : nil, language: "en-US,fr")
                #expect([400, 404].contains(page.status), "\(name) \(page.status)")
                if name != "NUL" { #expect(page.html.contains("This link is not valid"), "\(name)") }
            }
        }
        let late = "/a/" + (try SchedulingScene.token(.cancel, ["acme", id], expiresIn: -2))
        for method in [HTTPRequest.Method.get, .post] {
            let page = try await scene.page(method, late, method == .post ? "revision=0" : nil)
            #expect(page.status == 410 && page.html.contains("Ce lien a expiré"))
        }
        #expect(try await scene.status(id) == "SCHEDULED")
        // A key that was rotated out of the first place still opens what it signed.
        let older = try SchedulingScene.token(.cancel, ["acme", id], keys: [SchedulingScene.linkKeys[1]])
        #expect(try await scene.page(.post, "/a/\(older)", "revision=0").status == 200)
        #expect(try await scene.status(id) == "CANCELLED")
    }

    @Test func `whoever answers a page that is out of date is shown how things stand`() async throws {
        let scene = try await SchedulingScene.make()
        let id = try await scene.book().appointmentID
        let confirm = "/a/" + (try SchedulingScene.token(.confirm, ["acme", id]))
        let cancel = "/a/" + (try SchedulingScene.token(.cancel, ["acme", id]))
        _ = try await scene.patch(id, #"{"startsAt":"\#(SchedulingScene.at(4000))"}"#)
        for path in [confirm, cancel] {
            let moved = try await scene.page(.post, path, "revision=0")
            #expect(moved.status == 409 && moved.html.contains("a changé d’horaire") && revision(moved) == "1")
        }
        for body in ["", "revision=", "revision=-1", "revision=99999999999999999999", "%zz", "other=1"] {
            let page = try await scene.page(.post, confirm, body)
            #expect(page.status == 400 && revision(page) == "1", "\(body)")
        }
        #expect(try await scene.status(id) == "SCHEDULED")
        #expect(try await scene.page(.post, confirm, "revision=1").status == 200)
        #expect(try await scene.page(.post, cancel, "revision=1").status == 200)
        let cancelled = try await scene.page(.post, confirm, "revision=1")
        #expect(cancelled.status == 409 && cancelled.html.contains("Votre rendez-vous est annulé"))
        #expect(try await scene.page(.get, confirm).status == 200)
    }

    @Test(arguments: [("SCHEDULED", -1), ("CONFIRMED", -40), ("NO_SHOW", -40), ("COMPLETED", -40)])
    func `nothing can be done about what has begun`(status: String, minutes: Int) async throws {
        let scene = try await SchedulingScene.make()
        let id = try await scene.plant("a", at: minutes, status: status)
        for purpose in [LinkPurpose.confirm, .cancel, .reschedule] {
            let path = "/a/" + (try SchedulingScene.token(purpose, ["acme", id]))
            let page = try await scene.page(.get, path)
            #expect(page.status == 200 && page.html.contains("Ce rendez-vous est passé") && revision(page) == nil)
            let posted = try await scene.page(.post, path, "revision=0")
            #expect(posted.html.contains("Ce rendez-vous est passé"))
        }
        #expect(try await scene.status(id) == status)
    }

    @Test func `a link to move leads to the booking page, whose booking moves the appointment`() async throws {
        let scene = try await SchedulingScene.make()
        let id = try await scene.book().appointmentID
        let page = try await scene.page(.get, "/a/" + (try SchedulingScene.token(.reschedule, ["acme", id])))
        let link = try #require(page.html.firstMatch(of: #/href="(https:[^"]+)"/#)).1
        #expect(link.hasPrefix("https://dash.example/app/book/lead?reschedule="))
        let token = try #require(link.split(separator: "=").last)
        let start = SchedulingScene.at(4000)
        let moved = try await scene.bookInPublic(start, more: #","rescheduleToken":"\#(token)""#)
        #expect(moved.status == 200 && moved.appointmentID == id && moved.json["appointment"]?["starts_at"]?.text == start)
        #expect(try await scene.database.count("select count(*) from appointments") == 1)
        for bad in [
            try SchedulingScene.token(.cancel, ["acme", id]), try SchedulingScene.token(.reschedule, ["other", id]), "x",
        ] {
            #expect(try await scene.bookInPublic(more: #","rescheduleToken":"\#(bad)""#).pointers == ["/rescheduleToken"])
        }
    }

    @Test(arguments: [
        ("List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"), ("", "text/plain"),
        (
            "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n",
            "multipart/form-data; boundary=b"
        ),
    ])
    func `one click ends marketing, and looking at the page does not`(body: String, type: String) async throws {
        let scene = try await SchedulingScene.make()
        let hash = String(repeating: "ab", count: 32)
        let link = Unsubscription(tenantID: "acme", channel: .email, addressHash: hash)
        let token = try SignedLinkKeys(newestFirst: [Array(SchedulingScene.linkKeys[0].utf8)])
            .token(for: link.link(expiresAt: Date().addingTimeInterval(600)))
        for language in ["fr", "en"] {
            let page = try await scene.page(.get, "/u/\(token)", language: language)
            #expect(page.status == 200 && page.html.contains(#"<html lang="\#(language)">"#))
            #expect(page.html.contains(#"name="List-Unsubscribe" value="One-Click""#))
            #expect(try await scene.page(.head, "/u/\(token)").status == 200)
        }
        #expect(try await scene.database.count("select count(*) from relance.suppressions") == 0)
        for _ in 0..<2 { #expect(try await scene.page(.post, "/u/\(token)", body, type: type).status == 200) }
        let rows = try await scene.database.rows(
            "select tenant_id, channel, encode(address_hash, 'hex'), scope, reason from relance.suppressions")
        #expect(rows == [["acme", "email", hash, "marketing", "unsubscribed"]])
        let other = try SchedulingScene.token(.cancel, ["acme", "email", hash])
        #expect(try await scene.page(.post, "/u/\(other)", body, type: type).status == 404)
        let late = try SchedulingScene.token(.unsubscribe, ["acme", "email", hash], expiresIn: -2)
        #expect(try await scene.page(.post, "/u/\(late)", body, type: type).status == 410)
    }

    @Test func `what goes wrong at a link is told by a page`() async throws {
        let scene = try await SchedulingScene.make()
        let token = try SchedulingScene.token(.cancel, ["acme", "a"])
        let large = try await scene.page(.post, "/a/\(token)", String(repeating: "a", count: 9000))
        #expect(large.status == 413 && large.headers["Content-Type"] == "text/html; charset=utf-8")
        let method = try await scene.page(.delete, "/a/\(token)")
        #expect(method.status == 405 && method.html.contains("<h1>") && method.headers["Allow"] == "GET, POST, HEAD, OPTIONS")
        var last: SchedulingScene.Page?
        for _ in 0..<1000 where last?.status != 429 {
            let response = try await scene.ingest.client.send(
                HTTPRequest(
                    .get, url: "http://127.0.0.1:\(scene.ingest.port)/a/\(token)",
                    headers: ["X-Forwarded-For": "198.51.100.7"]))
            last = SchedulingScene.Page(
                status: response.status, headers: response.headers, html: String(decoding: response.body, as: UTF8.self))
        }
        #expect(last?.status == 429 && last?.html.contains("Trop de demandes") == true && last?.headers["Retry-After"] != nil)
    }
}
