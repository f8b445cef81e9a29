import Foundation
import HTTPClient
import NoShows
import Postgres
import Primitives
import TestSupport
import Testing

/// LiveKit's webhooks are not guaranteed: a room that told nothing is asked for before anybody is blamed.
@Suite(.serialized)
struct RoomTests {
    private static let start: Timestamp = "2026-06-10T12:00:00Z"

    private func clinic(_ simulator: SimulatorProcess) async throws -> Clinic {
        let clinic = try await Clinic(liveKit: simulator.url + "/livekit")
        try await clinic.book(at: Self.start.minutes(-60), start: Self.start)
        return clinic
    }

    private func set(_ people: [String]?, _ simulator: SimulatorProcess) async throws {
        let rooms = people.map { ["acme:a1": $0] } ?? [:]
        try await simulator.set(try JSONEncoder().encode(["rooms": rooms]))
    }

    /// Who LiveKit says is there, and what is concluded.
    @Test(
        arguments: [
            (nil, "NO_SHOW none active"), ([], "NO_SHOW none active"), (["user:c1"], "NO_SHOW lead active"),
            (["lead:l1"], "SCHEDULED host active"), (["user:c1", "lead:l1"], "SCHEDULED"),
            (["EG_recorder"], "NO_SHOW none active"),
        ] as [([String]?, String)])
    func `who is there is found out`(people: [String]?, story: String) async throws {
        let simulator = try await SimulatorProcess()
        let clinic = try await clinic(simulator)
        try await set(people, simulator)
        try await clinic.tick(at: Self.start.minutes(15))
        #expect(try await clinic.story() == story)
        #expect(try await clinic.forgotten(at: Self.start.minutes(15)) == 0)
        try await clinic.tick(at: Self.start.minutes(16))
        #expect(try await clinic.story() == story)
    }

    @Test func `what LiveKit said is evidence like any other`() async throws {
        let simulator = try await SimulatorProcess()
        let clinic = try await clinic(simulator)
        try await set(["user:c1", "lead:l1"], simulator)
        try await clinic.tick(at: Self.start.minutes(15))
        try await clinic.end(at: Self.start.minutes(40))
        #expect(try await clinic.story() == "COMPLETED")
    }

    @Test(arguments: ["503", "gone", "404 of a proxy", "no participants"])
    func `a service that does not answer blames nobody`(fault: String) async throws {
        let simulator = try await SimulatorProcess()
        var clinic = try await clinic(simulator)
        try await set(["lead:l1"], simulator)
        switch fault {
        case "503":
            try await simulator.setFaults(Data(#"[{"provider":"livekit","kind":"status","status":503,"stage":"lookup"}]"#.utf8))
        case "gone": clinic.inquiry = RoomInquiry(Clinic.project(at: "http://127.0.0.1:\(try freePort())"), over: HTTPClient())
        case "404 of a proxy": clinic.inquiry = RoomInquiry(Clinic.project(at: simulator.url + "/nowhere"), over: HTTPClient())
        default: clinic.inquiry = RoomInquiry(nil, over: HTTPClient())
        }
        try await clinic.tick(at: Self.start.minutes(15))
        #expect(try await clinic.story() == "NO_SHOW unknown active")
        // Whoever comes to light after all undoes it.
        try await clinic.join(at: Self.start.minutes(25), as: "lead")
        #expect(try await clinic.story() == "SCHEDULED unknown reverted")
    }

    /// How many minutes after the start LiveKit is asked, how long the meeting was to be, and what an empty room is taken for.
    @Test(arguments: [
        (15, 30, "none"), (29, 30, "none"), (30, 30, "unknown"), (20, 20, "unknown"), (30, 60, "unknown"), (720, 60, "unknown"),
    ])
    func `a room that is empty once the meeting may be over tells nothing of it`(
        minutes: Int, duration: Int, cause: String
    ) async throws {
        let simulator = try await SimulatorProcess()
        let clinic = try await clinic(simulator)
        try await clinic.write(
            at: Self.start.minutes(-50), "update appointments set duration_min = $1", [.int(duration)])
        try await clinic.tick(at: Self.start.minutes(minutes))
        #expect(try await clinic.story() == "NO_SHOW \(cause) active")
    }

    /// The closer has only pressed a button: who LiveKit says is there (nothing at all: it does not answer), and what is concluded.
    @Test(
        arguments: [
            (["user:c1", "lead:l1"], 15, "SCHEDULED"), (["lead:l1"], 15, "SCHEDULED"), (["user:c1"], 15, "NO_SHOW lead active"),
            ([], 15, "NO_SHOW lead active"), ([], 720, "NO_SHOW unknown active"), (nil, 15, "NO_SHOW unknown active"),
        ] as [([String]?, Int, String)])
    func `the closer's word is no evidence against the lead before the room is asked`(
        people: [String]?, minutes: Int, story: String
    ) async throws {
        let simulator = try await SimulatorProcess()
        var clinic = try await clinic(simulator)
        if people == nil { clinic.inquiry = RoomInquiry(nil, over: HTTPClient()) }
        try await set(people, simulator)
        try await clinic.start(at: Self.start)
        try await clinic.tick(at: Self.start.minutes(minutes))
        #expect(try await clinic.story() == story)
        #expect(try await clinic.forgotten(at: Self.start.minutes(minutes)) == 0)
    }

    @Test func `what a room tells of the closer after the button is evidence`() async throws {
        let clinic = try await Clinic()
        try await clinic.book(at: Self.start.minutes(-60), start: Self.start)
        try await clinic.start(at: Self.start)
        try await clinic.write(
            at: Self.start.minutes(1),
            """
            select relance.note_rooms(
                '{acme}', '{a1}', '{joined}', '{user:c1}', '{closer}', array[relance.now()], array[relance.now()])
            """)
        try await clinic.tick(at: Self.start.minutes(15))
        #expect(try await clinic.story() == "NO_SHOW lead active")
    }

    @Test func `a call that was started in somebody else's room is a call`() async throws {
        let clinic = try await Clinic()
        try await clinic.book(at: Self.start.minutes(-60), start: Self.start, video: "zoom")
        try await clinic.start(at: Self.start)
        try await clinic.tick(at: Self.start.minutes(15))
        #expect(try await clinic.story() == "SCHEDULED")
        #expect(try await clinic.database.count("select count(*) from relance.no_show_due") == 0)
    }

    /// Who comes to the new time, and what is concluded.
    @Test(
        arguments: [
            ([], "NO_SHOW none active"), (["closer"], "NO_SHOW lead active"), (["closer", "lead"], "SCHEDULED"),
        ] as [([String], String)])
    func `a call that nobody ended is no presence at the time that the appointment was moved to`(
        roles: [String], story: String
    ) async throws {
        let simulator = try await SimulatorProcess()
        let clinic = try await clinic(simulator)
        let later = Self.start.minutes(3 * 1440)
        try await clinic.join(at: Self.start, as: "closer")
        try await clinic.move(at: Self.start.minutes(10), to: later)
        for role in roles { try await clinic.join(at: later, as: role) }
        try await clinic.tick(at: later.minutes(15))
        #expect(try await clinic.story() == story)
        // Who comes is in a call of that time, and its end is the appointment's.
        try await clinic.end(at: later.minutes(30))
        #expect(try await clinic.story() == (roles.count == 2 ? "COMPLETED" : story))
    }

    @Test func `what is told late of the time before a move is no presence either`() async throws {
        let simulator = try await SimulatorProcess()
        let clinic = try await clinic(simulator)
        let later = Self.start.minutes(3 * 1440)
        try await clinic.move(at: Self.start.minutes(10), to: later)
        try await clinic.write(
            at: Self.start.minutes(20),
            """
            select relance.note_rooms(
                '{acme}', '{a1}', '{joined}', '{user:c1}', '{closer}', array[$1::timestamptz], array[$1::timestamptz])
            """, [.timestamp(Self.start)])
        try await clinic.tick(at: later.minutes(15))
        #expect(try await clinic.story() == "NO_SHOW none active")
    }

    @Test func `a move by some minutes leaves who is there where they are`() async throws {
        let clinic = try await Clinic()
        try await clinic.book(at: Self.start.minutes(-60), start: Self.start)
        try await clinic.join(at: Self.start.minutes(-5), as: "closer")
        try await clinic.move(at: Self.start.minutes(-4), to: Self.start.minutes(10))
        try await clinic.tick(at: Self.start.minutes(25))
        #expect(try await clinic.story() == "NO_SHOW lead active")
    }

    /// A call was tried out an hour before, and nobody ended it.
    @Test(arguments: [("livekit", "NO_SHOW none active"), ("zoom", "NO_SHOW unknown active")])
    func `a call that all have left before its time is none`(video: String, story: String) async throws {
        let simulator = try await SimulatorProcess()
        let clinic = try await Clinic(liveKit: simulator.url + "/livekit")
        try await clinic.book(at: Self.start.minutes(-90), start: Self.start, video: video)
        try await clinic.join(at: Self.start.minutes(-60), as: "closer")
        try await clinic.write(at: Self.start.minutes(-50), "update call_participants set left_at = relance.now()")
        try await clinic.tick(at: Self.start.minutes(15))
        #expect(try await clinic.story() == story)
    }

    @Test func `a room that told something is not asked for`() async throws {
        let simulator = try await SimulatorProcess()
        let clinic = try await clinic(simulator)
        try await clinic.join(at: Self.start, as: "closer")
        try await set(["user:c1", "lead:l1"], simulator)
        try await clinic.tick(at: Self.start.minutes(15))
        #expect(try await clinic.story() == "NO_SHOW lead active")
        #expect(String(decoding: try await simulator.requests(), as: UTF8.self).contains("RoomService") == false)
    }

    @Test func `without time to ask, nobody is blamed before the next tick`() async throws {
        let simulator = try await SimulatorProcess()
        var clinic = try await clinic(simulator)
        let patient = clinic.inquiry
        clinic.inquiry = RoomInquiry(Clinic.project(at: simulator.url + "/livekit"), over: HTTPClient(), budget: .zero)
        #expect(try await clinic.tick(at: Self.start.minutes(15)).left == 1)
        #expect(try await clinic.story() == "SCHEDULED")
        clinic.inquiry = patient
        try await clinic.tick(at: Self.start.minutes(16))
        #expect(try await clinic.story() == "NO_SHOW none active")
    }

    @Test func `two hundred silent rooms take a few questions`() async throws {
        let simulator = try await SimulatorProcess()
        let clinic = try await clinic(simulator)
        try await clinic.write(
            at: Self.start.minutes(-30),
            """
            insert into appointments (tenant_id, id, lead_id, starts_at, created_at, video)
            select 'acme', 'b' || g, 'l2', $1, relance.now(), 'livekit' from generate_series(1, 249) g
            """, [.timestamp(Self.start)])
        try await clinic.tick(at: Self.start.minutes(15))
        #expect(try await clinic.database.count("select count(*) from no_show_marks where cause = 'none'") == 250)
        let requests = try JSONSerialization.jsonObject(with: try await simulator.requests()) as? [Any]
        #expect((requests?.count ?? 0) <= 4)
    }
}
