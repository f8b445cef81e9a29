import API
import HTTPClient
import Postgres
import TestSupport
import Testing

struct CallTests {
    private func start(_ scene: SchedulingScene, _ more: String = "") async throws -> IngestFixture.Reply {
        try await scene.ingest.send(.post, "/calls/start", #"{"appointmentId":"a"\#(more)}"#)
    }

    private func join(_ scene: SchedulingScene, _ call: String, _ role: String) async throws -> IngestFixture.Reply {
        try await scene.ingest.send(.post, "/calls/\(call)/join", #"{"role":"\#(role)"}"#)
    }

    private func end(_ scene: SchedulingScene, _ call: String) async throws -> IngestFixture.Reply {
        try await scene.ingest.send(.post, "/calls/\(call)/end")
    }

    @Test(arguments: [
        (["lead", "closer"], "SCHEDULED", "COMPLETED"), (["closer", "lead"], "CONFIRMED", "COMPLETED"),
        (["closer", "lead"], "NO_SHOW", "COMPLETED"), (["lead"], "SCHEDULED", "SCHEDULED"),
        (["closer"], "CONFIRMED", "CONFIRMED"), (["closer", "closer"], "SCHEDULED", "SCHEDULED"), ([], "SCHEDULED", "SCHEDULED"),
        (["lead", "closer"], "COMPLETED", "COMPLETED"),
    ])
    func `a call that both sides were in completes its appointment, and no other does`(
        roles: [String], before: String, after: String
    ) async throws {
        let scene = try await SchedulingScene.make()
        try await scene.plant("a", at: -5, status: before)
        let started = try await start(scene)
        let call = started.json["call"]?["id"]?.text ?? ""
        #expect(started.status == 201 && call == "a")
        for role in roles { #expect(try await join(scene, call, role).status == 200) }
        let ended = try await end(scene, call)
        #expect(ended.status == 200 && ended.json["appointment_status"]?.text == after)
        #expect(ended.json["completed"] == .bool(before != after))
        let again = try await end(scene, call)
        #expect(again.json["call"] == ended.json["call"] && again.json["completed"] == false)
        #expect(try await scene.database.count("select count(*) from call_participants where left_at is null") == 0)
        #expect(try await scene.database.count("select count(*) from call_participants") == Set(roles).count)
    }

    @Test func `there is one open call of an appointment, whoever opens it`() async throws {
        let scene = try await SchedulingScene.make()
        try await scene.plant("a", at: -5)
        let replies = try await withThrowingTaskGroup(of: (Int, String?).self) { group in
            for number in 0..<20 {
                group.addTask {
                    let reply = try await start(scene, number.isMultiple(of: 2) ? #","role":"lead""# : #","role":"closer""#)
                    return (reply.status, reply.json["call"]?["id"]?.text)
                }
                group.addTask {
                    // As a webhook of the same room does.
                    let id = try await scene.database.value("select relance.open_call('acme', 'a', now())")
                    return (0, id)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(replies.map(\.1)) == ["a"])
        #expect(replies.filter { $0.0 == 201 }.count <= 1)
        let who = try await scene.database.rows("select identity, role from call_participants order by 1")
        #expect(who == [["lead:lead", "lead"], ["user:c1", "closer"]])
    }

    @Test func `who comes after the end starts another call`() async throws {
        let scene = try await SchedulingScene.make()
        try await scene.plant("a", at: -5)
        #expect(try await start(scene).json["call"]?["id"]?.text == "a")
        _ = try await end(scene, "a")
        let late = try await join(scene, "a", "lead")
        #expect(late.status == 409 && late.code == "call_ended")
        #expect(try await start(scene).json["call"]?["id"]?.text == "a:2")
        #expect(try await join(scene, "a:9", "lead").status == 404)
        #expect(try await end(scene, "a:9").status == 404)
        #expect(try await scene.ingest.send(.post, "/calls/start", #"{"appointmentId":"b"}"#).status == 404)
        #expect(try await scene.ingest.send(.post, "/calls/a:2/join", #"{"role":"ghost"}"#).pointers == ["/role"])
    }

    @Test func `a cancelled appointment has no call, and a moved one is not completed by the call before`() async throws {
        let scene = try await SchedulingScene.make()
        try await scene.plant("a", at: -5)
        _ = try await start(scene, #","role":"lead""#)
        _ = try await join(scene, "a", "closer")
        _ = try await scene.patch("a", #"{"startsAt":"\#(SchedulingScene.at(600))"}"#)
        #expect(try await end(scene, "a").json["appointment_status"] == "SCHEDULED")
        _ = try await scene.patch("a", #"{"status":"CANCELLED"}"#)
        let refused = try await start(scene)
        #expect(refused.status == 409 && refused.code == "invalid_transition")
    }

    @Test func `two who were never in the call together have not met`() async throws {
        let scene = try await SchedulingScene.make()
        try await scene.plant("a", at: -30)
        _ = try await start(scene)
        // The lead waited and went; as LiveKit reports it.
        try await scene.database.execute(
            """
            insert into call_participants (tenant_id, call_id, identity, role, joined_at, left_at)
            values ('acme', 'a', 'lead:lead', 'lead', now() - interval '20 minutes', now() - interval '10 minutes')
            """)
        _ = try await join(scene, "a", "closer")
        #expect(try await end(scene, "a").json["completed"] == false)
    }

    @Test func `a call whose room was closed completes its appointment all the same`() async throws {
        let scene = try await SchedulingScene.make()
        try await scene.plant("a", at: -30)
        // As LiveKit's webhooks write it: the same row, participants known by person and instant, in any order.
        try await scene.database.execute(
            "insert into calls (tenant_id, id, appointment_id, started_at) values ('acme', 'a', 'a', now() - interval '25 minutes')"
        )
        let started = try await start(scene, #","role":"closer""#)
        #expect(started.status == 200 && started.json["call"]?["id"] == "a")
        try await scene.database.execute(
            """
            insert into call_participants (tenant_id, call_id, identity, role, joined_at) values
                ('acme', 'a', 'user:c1', 'closer', now() - interval '20 minutes'),
                ('acme', 'a', 'lead:lead', 'lead', now() - interval '19 minutes')
            """)
        try await scene.database.execute("update calls set ended_at = now() where id = 'a'")
        #expect(try await scene.status("a") == "COMPLETED")
        #expect(try await end(scene, "a").json["completed"] == false)
    }

    @Test func `a closer is known by the token, and anybody may say who is in the room`() async throws {
        let scene = try await SchedulingScene.make()
        try await scene.plant("a", at: -5)
        _ = try await start(scene)
        let token = try IngestFixture.token("c2", role: "CLOSER")
        _ = try await scene.ingest.send(
            .post, "/calls/a/join", #"{"role":"closer"}"#, headers: ["Authorization": "Bearer \(token)"])
        _ = try await scene.ingest.send(.post, "/calls/a/join", #"{"role":"closer","identity":"user:c9"}"#)
        let who = try await scene.database.rows("select identity from call_participants order by 1")
        #expect(who == [["user:c2"], ["user:c9"]])
    }
}
