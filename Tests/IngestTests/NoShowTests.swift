import API
import HTTPClient
import Postgres
import TestSupport
import Testing

struct NoShowTests {
    @Test(arguments: [
        ("lead", "NO_SHOW"), ("none", "NO_SHOW"), ("unknown", "NO_SHOW"), ("host", "SCHEDULED"),
    ])
    func `a mark says why, and a host who did not come is no no-show`(cause: String, status: String) async throws {
        let scene = try await SchedulingScene.make()
        let id = try await scene.plant("a", at: -20)
        let reply = try await scene.noShow(id, #"{"cause":"\#(cause)","reason":"waited"}"#)
        #expect(reply.status == 200 && reply.appointmentStatus == status, "\(reply.json)")
        #expect(reply.json["appointment"]?["no_show"]?["cause"]?.text == cause)
        #expect(reply.json["blacklisted"] == false)
        #expect(try await scene.noShow(id, #"{"cause":"\#(cause)"}"#).json == reply.json)
        let rows = try await scene.database.rows(
            "select source, state, revision, reason, decided_by like 'key:%' from no_show_marks")
        #expect(rows == [["manual", "active", "0", "waited", "t"]])
    }

    @Test(arguments: [
        ("CANCELLED", -20, "invalid_transition"), ("COMPLETED", -20, "invalid_transition"), ("SCHEDULED", 20, "too_early"),
    ])
    func `what is cancelled, held or ahead cannot be missed`(status: String, minutes: Int, code: String) async throws {
        let scene = try await SchedulingScene.make()
        let reply = try await scene.noShow(try await scene.plant("a", at: minutes, status: status))
        #expect(reply.status == 409 && reply.code == code)
        #expect(try await scene.database.count("select count(*) from no_show_marks") == 0)
    }

    @Test func `a cause set right counts as what it is now`() async throws {
        let scene = try await SchedulingScene.make()
        let ids = [try await scene.plant("a", at: -200), try await scene.plant("b", at: -20, status: "CONFIRMED")]
        for id in ids { _ = try await scene.noShow(id) }
        let right = try await scene.noShow(ids[1], #"{"cause":"host"}"#)
        #expect(right.appointmentStatus == "CONFIRMED" && right.json["blacklisted"] == false)
        #expect(try await scene.noShow(ids[1], #"{"cause":"none"}"#).json["blacklisted"] == true)
    }

    @Test func `the second no-show of a person blacklists, by whichever lead they came`() async throws {
        let scene = try await SchedulingScene.make()
        try await scene.database.execute(
            "insert into leads (tenant_id, id, name, email) values ('acme', 'twin', 'S', 'Sophie@Example.com')")
        let first = try await scene.plant("a", at: -200)
        let second = try await scene.plant("b", at: -20, lead: "twin")
        #expect(try await scene.noShow(first).json["blacklisted"] == false)
        // Of an unknown cause only where the organisation wants it.
        #expect(try await scene.noShow(second, #"{"cause":"unknown"}"#).json["blacklisted"] == false)
        #expect(try await scene.noShow(second, #"{"cause":"lead"}"#).json["blacklisted"] == true)
        #expect(try await scene.bookInPublic(more: #","name":"S","email":"sophie@example.com""#).code == "lead_blacklisted")
    }

    /// As other applications keep numbers, as a page sends them, and whether that is one person.
    @Test(arguments: [
        ("06 39 98 00 77", "+33639980077", true), ("0033 6 39 98 00 77", "+33639980077", true),
        ("514 555 0199", "+15145550199", true), ("+33639980077", "06.39.98.00.77", true),
        ("06 39 98 00 77", "+33639980078", false), ("+33639980077", "+32639980077", false), ("980077", "+33639980077", false),
    ])
    func `a number is a person however it is written`(kept: String, given: String, isOne: Bool) async throws {
        let scene = try await SchedulingScene.make()
        try await scene.database.execute(
            """
            insert into leads (tenant_id, id, name, phone) values ('acme', 'x', 'X', $1), ('acme', 'y', 'Y', $2)
            """, [.text(kept), .text(given)])
        try await scene.plant("a", at: -200, lead: "x")
        try await scene.plant("b", at: -20, lead: "y")
        #expect(try await scene.noShow("a").json["blacklisted"] == false)
        #expect(try await scene.noShow("b").json["blacklisted"] == .bool(isOne))
        try await scene.database.execute("delete from blacklist_entries")
        try await scene.database.execute(
            """
            insert into blacklist_entries (tenant_id, phone, source, created_by)
            values ('acme', relance.normal_phone($1), 'manual', 'me')
            """, [.text(kept)])
        let refused = try await scene.database.value("select relance.is_blacklisted('acme', null, null, $1)", [.text(given)])
        #expect(refused == (isOne ? "t" : "f"))
    }

    @Test func `two marks at once count two`() async throws {
        let scene = try await SchedulingScene.make()
        for round in 0..<8 {
            let lead = "lead\(round)"
            try await scene.database.execute(
                "insert into leads (tenant_id, id, name, email) values ('acme', $1, 'L', $1 || '@example.com')", [.text(lead)])
            try await scene.plant("a\(round)", at: -200, lead: lead)
            try await scene.plant("b\(round)", at: -20, lead: lead)
        }
        // As the detector does, on connections of their own, and as ingest does, at the same time.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for round in 0..<8 {
                group.addTask { _ = try await scene.noShow("a\(round)") }
                group.addTask {
                    let worker = PostgresConnection(
                        PostgresConfiguration(url: scene.database.workerURL, applicationName: "detector"))
                    try await worker.execute(
                        SQLStatement(
                            unsafe: "select relance.mark_no_show('acme', 'b\(round)', 'none', 'auto', 'no-show-detector')",
                            name: "mark"))
                    await worker.close()
                }
            }
            try await group.waitForAll()
        }
        #expect(try await scene.database.count("select count(*) from blacklist_entries") == 8)
    }

    @Test(arguments: ["complete", "call", "status", "another application"])
    func `a no-show that took place after all is undone with all that followed`(way: String) async throws {
        let scene = try await SchedulingScene.make()
        _ = try await scene.noShow(try await scene.plant("a", at: -200))
        let id = try await scene.plant("b", at: -20, status: "CONFIRMED")
        #expect(try await scene.noShow(id).json["blacklisted"] == true)
        let mark = try await scene.database.value("select id from no_show_marks where appointment_id = 'b'")
        // What a detector has planned about it.
        try await scene.database.execute(
            """
            insert into relance.deliveries (tenant_id, dedupe_key, kind, subject, step, channel, recipient_type, recipient_id,
                message_class, due_at, expires_at, hard_stop_at, state)
            values ('acme', 'k', 'no_show', $1, 'J+0', 'email', 'lead', 'lead', 'marketing', now(), now() + interval '1 day',
                now() + interval '2 days', 'pending')
            """, [.text(mark)])
        var expected = "COMPLETED"
        switch way {
        case "complete": #expect(try await scene.patch(id, #"{"status":"COMPLETED"}"#).status == 200)
        case "call":
            let reply = try await scene.ingest.send(.post, "/calls/start", #"{"appointmentId":"b"}"#)
            #expect(reply.status == 201 && reply.json["no_show_reverted"] == true)
            expected = "CONFIRMED"
        case "status":
            #expect(try await scene.patch(id, #"{"status":"SCHEDULED"}"#).status == 200)
            expected = "SCHEDULED"
        default: try await scene.database.execute("update appointments set status = 'COMPLETED' where id = 'b'")
        }
        #expect(try await scene.status(id) == expected)
        let rows = try await scene.database.rows(
            """
            select m.state, m.reverted_by is not null, (select ended_how from blacklist_entries),
                (select state || ' ' || reason from relance.deliveries where kind = 'no_show')
            from no_show_marks m where appointment_id = 'b'
            """)
        #expect(rows == [["reverted", "t", "undone", "cancelled no_show_reverted"]])
        #expect(try await scene.bookInPublic(more: #","name":"S","email":"sophie@example.com""#).status == 201)
        // The detector does not mark again what was undone; a person may.
        let again = try await scene.database.value("select relance.mark_no_show('acme', 'b', 'lead', 'auto', 'd')")
        #expect(again == (expected == "COMPLETED" ? "invalid" : "kept"))
        if expected != "COMPLETED" { #expect(try await scene.noShow(id).json["blacklisted"] == true) }
    }

    @Test(arguments: [("lead", "lead", "reverted"), ("lead", "closer", "active"), ("host", "closer", "reverted")])
    func `who was missed and comes late undoes it, whoever reports it`(
        cause: String, role: String, state: String
    ) async throws {
        let scene = try await SchedulingScene.make()
        let id = try await scene.plant("a", at: -20)
        let call = try await scene.ingest.send(.post, "/calls/start", #"{"appointmentId":"a"}"#).json["call"]?["id"]?.text
        _ = try await scene.noShow(id, #"{"cause":"\#(cause)"}"#)
        try await scene.database.execute(
            "insert into call_participants (tenant_id, call_id, identity, role, joined_at) values ('acme', $1, 'x', $2, now())",
            [.text(call ?? ""), .text(role)])
        #expect(try await scene.database.value("select state from no_show_marks") == state)
        #expect(try await scene.status(id) == (state == "active" ? "NO_SHOW" : "SCHEDULED"))
    }

    @Test func `a blacklisting by hand stays, and after a lifting the count begins anew`() async throws {
        let scene = try await SchedulingScene.make()
        for (id, minutes) in [("a", -300), ("b", -200), ("c", -20)] { try await scene.plant(id, at: minutes) }
        _ = try await scene.noShow("a")
        _ = try await scene.noShow("b")
        try await scene.database.execute(
            "update blacklist_entries set ended_at = now(), ended_by = 'me', ended_how = 'lifted' where source = 'auto'")
        #expect(try await scene.noShow("c").json["blacklisted"] == false)
        try await scene.database.execute(
            """
            insert into blacklist_entries (tenant_id, lead_id, source, created_by) values ('acme', 'lead', 'manual', 'me')
            """)
        for id in ["a", "b", "c"] { _ = try await scene.patch(id, #"{"status":"COMPLETED"}"#) }
        #expect(try await scene.database.value("select relance.is_blacklisted('acme', 'lead', null, null)") == "t")
    }

    @Test func `a move gives another chance, and the missed day still counts`() async throws {
        let scene = try await SchedulingScene.make()
        let id = try await scene.plant("a", at: -20)
        _ = try await scene.noShow(id)
        let moved = try await scene.patch(id, #"{"startsAt":"\#(SchedulingScene.at(600))"}"#)
        #expect(moved.appointmentStatus == "SCHEDULED" && moved.json["appointment"]?["no_show"] == .null)
        #expect(try await scene.database.value("select state from no_show_marks") == "active")
    }
}
