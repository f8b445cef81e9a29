import API
import Foundation
import HTTPClient
import Postgres
import TestSupport
import Testing

/// Who was in a call (K-23, D-20, D-21): from LiveKit's events, in any order, each once, and some of them lost.
@Suite struct CallEvidenceTests {
    private static let start = 1_780_000_000

    private static func event(
        _ id: String, _ type: String, _ who: String? = nil, at minute: Int, joined: Int? = nil, room: String = "acme:a",
        kind: String = ""
    ) throws -> WebhookFixture.Request {
        let joinedAt = joined.map { #","joinedAt":"\#(start + $0 * 60)""# } ?? ""
        let participant = who.map { #","participant":{"sid":"PA_1","identity":"\#($0)"\#(joinedAt)\#(kind)}"# } ?? ""
        return try WebhookFixture.liveKit(
            #"{"event":"\#(type)","id":"\#(id)","createdAt":"\#(start + minute * 60)","room":{"sid":"RM_1","name":"\#(room)"}\#(participant)}"#
        )
    }

    private func fixture() async throws -> WebhookFixture {
        let fixture = try await WebhookFixture.make()
        try await fixture.addLead("lead")
        try await fixture.database.execute("insert into users (tenant_id, id, name, role) values ('acme', 'c', 'C', 'CLOSER')")
        for id in ["a", "b:1"] {
            try await fixture.database.execute(
                """
                insert into appointments (tenant_id, id, lead_id, closer_id, starts_at, status, imported_at)
                values ('acme', $1, 'lead', 'c', to_timestamp($2), 'NO_SHOW', now())
                """, [.text(id), .int(Self.start)])
        }
        return fixture
    }

    private func participants(_ fixture: WebhookFixture) async throws -> [[String]] {
        try await fixture.database.rows(
            """
            select call_id, identity, role, ((extract(epoch from joined_at) - $1) / 60)::integer,
                ((extract(epoch from left_at) - $1) / 60)::integer
            from call_participants order by joined_at, identity
            """, [.int(Self.start)])
    }

    @Test func `whoever comes and goes is in the call's row, whatever order it is told in`() async throws {
        let requests = [
            try Self.event("E1", "room_started", at: 0), try Self.event("E2", "participant_joined", "user:c", at: 1, joined: 1),
            try Self.event("E3", "participant_joined", "lead:lead", at: 20, joined: 20),
            try Self.event("E4", "participant_left", "lead:lead", at: 30, joined: 20),
            try Self.event("E5", "room_finished", at: 31),
            // No evidence: a recorder, a stranger, somebody who never got through.
            try Self.event("E6", "participant_joined", "lead:x", at: 2, joined: 2, kind: #","kind":"EGRESS""#),
            try Self.event("E7", "participant_joined", "agent-1", at: 2, joined: 2),
            try Self.event("E8", "participant_connection_aborted", "lead:lead", at: 3),
        ]
        for order in [requests, requests.reversed(), requests.shuffled() + requests.shuffled()] {
            let fixture = try await fixture()
            for request in order { #expect(try await fixture.send(request).status == 200) }
            var expected = [["a", "user:c", "closer", "1", "31"], ["a", "lead:lead", "lead", "20", "30"]]
            let found = try await participants(fixture)
            // Of whoever nobody saw leave, it is known only once the closing came after the coming.
            if found.first?.last == "" { expected[0][4] = "" }
            #expect(found == expected)
            #expect(try await fixture.database.rows("select tenant_id, id, appointment_id from calls") == [["acme", "a", "a"]])
        }
    }

    @Test func `a late join after the mark leaves evidence, in the call that the application had opened`() async throws {
        let fixture = try await fixture()
        try await fixture.database.execute(
            "insert into calls (tenant_id, id, appointment_id, started_at) values ('acme', 'call-1', 'a', to_timestamp($1))",
            [.int(Self.start)])
        #expect(try await fixture.send(try Self.event("E1", "participant_joined", "lead:lead", at: 25, joined: 25)).status == 200)
        // A leaving that does not tell of the coming.
        #expect(try await fixture.send(try Self.event("E2", "participant_left", "lead:lead", at: 40)).status == 200)
        #expect(try await participants(fixture) == [["call-1", "lead:lead", "lead", "25", "40"]])
        #expect(try await fixture.database.value("select status from appointments where id = 'a'") == "NO_SHOW")
    }

    @Test func `a closing that is told late ends no call that began after it`() async throws {
        let fixture = try await fixture()
        try await fixture.database.execute(
            """
            insert into appointments (tenant_id, id, lead_id, closer_id, starts_at, created_at)
            values ('acme', 'd', 'lead', 'c', to_timestamp($1), to_timestamp($1) - interval '1 day')
            """, [.int(Self.start)])
        // The application has ended the first call before its room closed, and a second one goes on.
        try await fixture.database.execute(
            """
            insert into calls (tenant_id, id, appointment_id, started_at, ended_at) values
                ('acme', 'd', 'd', to_timestamp($1), to_timestamp($1) + interval '290 seconds'),
                ('acme', 'd:2', 'd', to_timestamp($1) + interval '6 minutes', null)
            """, [.int(Self.start)])
        for (index, who) in ["user:c", "lead:lead"].enumerated() {
            let request = try Self.event("E\(index)", "participant_joined", who, at: 6, joined: 6, room: "acme:d")
            #expect(try await fixture.send(request).status == 200)
        }
        for (id, type, who) in [("F1", "room_finished", nil), ("F2", "participant_left", "lead:lead")]
            as [(String, String, String?)]
        {
            #expect(try await fixture.send(try Self.event(id, type, who, at: 5, room: "acme:d")).status == 200)
        }
        #expect(try await fixture.database.rows("select id from calls where ended_at is null") == [["d:2"]])
        #expect(try await fixture.database.count("select count(*) from call_participants where left_at is not null") == 0)
        #expect(try await fixture.send(try Self.event("F3", "room_finished", at: 30, room: "acme:d")).status == 200)
        #expect(try await fixture.database.value("select status from appointments where id = 'd'") == "COMPLETED")
    }

    @Test func `what a room tells waits its turn with the organisation's bookings, and so with the detector`() async throws {
        let fixture = try await fixture()
        let detector = try await TestDatabase.connection(to: fixture.database)
        try await detector.execute("begin")
        try await detector.execute("select pg_advisory_xact_lock(hashtextextended('scheduling' || chr(31) || 'acme', 0))")
        try await withThrowingTaskGroup { group in
            group.addTask {
                let request = try Self.event("E1", "participant_joined", "lead:lead", at: 1, joined: 1)
                #expect(try await fixture.send(request).status == 200)
            }
            // It has nothing in hand yet that whoever decides may want.
            try await eventually(within: .seconds(20), "a webhook that waits") {
                try await fixture.database.count(
                    """
                    select count(*) from pg_locks
                    where locktype = 'advisory' and not granted
                        and database = (select oid from pg_database where datname = current_database())
                    """) == 1
            }
            for table in ["appointments", "leads"] {
                try await detector.execute("select from \(table) where tenant_id = 'acme' for update nowait")
            }
            try await detector.execute("commit")
            try await group.waitForAll()
        }
        #expect(try await participants(fixture) == [["a", "lead:lead", "lead", "1", ""]])
    }

    @Test func `a room is its appointment's alone, and one that nobody knows is kept`() async throws {
        let fixture = try await fixture()
        for (index, room) in ["acme:b:1", "other:a", "acme:nothing", "lobby", ":", "acme:"].enumerated() {
            let request = try Self.event("E\(index)", "participant_joined", "lead:lead", at: 1, joined: 1, room: room)
            #expect(try await fixture.send(request).status == 200)
        }
        #expect(try await fixture.database.rows("select id, appointment_id from calls") == [["b:1", "b:1"]])
        #expect(
            try await fixture.stored().map { $0[0] }
                == ["recorded", "unknown_room", "unknown_room", "unknown_room", "unknown_room", "unknown_room"])
    }
}
