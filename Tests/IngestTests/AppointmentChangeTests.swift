import API
import HTTPClient
import Postgres
import TestSupport
import Testing

struct AppointmentChangeTests {
    /// What each status may become: everything else is refused, what it is already is not.
    private static let allowed: [String: Set<String>] = [
        "SCHEDULED": ["CONFIRMED", "COMPLETED", "CANCELLED"], "CONFIRMED": ["SCHEDULED", "COMPLETED", "CANCELLED"],
        "NO_SHOW": ["SCHEDULED", "CONFIRMED", "COMPLETED"], "CANCELLED": ["SCHEDULED"], "COMPLETED": [],
    ]

    @Test(arguments: ["SCHEDULED", "CONFIRMED", "NO_SHOW", "CANCELLED", "COMPLETED"])
    func `only these statuses follow each other`(from: String) async throws {
        let scene = try await SchedulingScene.make()
        for to in ["SCHEDULED", "CONFIRMED", "COMPLETED", "CANCELLED"] {
            // Half an hour ahead, so that everything is possible that a status allows.
            let id = try await scene.plant("\(from)-\(to)", at: 30, status: from, closer: to == "COMPLETED" ? "c2" : "c1")
            let isAllowed = from == to || Self.allowed[from]?.contains(to) == true
            let reply = try await scene.patch(id, #"{"status":"\#(to)"}"#)
            #expect(reply.status == (isAllowed ? 200 : 409), "\(from) \(to) \(reply.json)")
            if isAllowed {
                #expect(reply.appointmentStatus == to)
                #expect(try await scene.patch(id, #"{"status":"\#(to)"}"#).json == reply.json, "\(from) \(to)")
            } else {
                #expect(reply.code == "invalid_transition")
                let named = (reply.json["detail"]?.text ?? "").split { !$0.isLetter && $0 != "_" }.map(String.init)
                let statuses = Set(named).intersection(Self.allowed.keys).subtracting([from])
                #expect(statuses == Self.allowed[from], "\(reply.json)")
                #expect(try await scene.status(id) == from)
            }
            try await scene.database.execute("update appointments set closer_id = null")
        }
    }

    @Test func `a move raises the revision, asks for the lead's word again, and says so twice alike`() async throws {
        let scene = try await SchedulingScene.make()
        let id = try await scene.book().appointmentID
        #expect(try await scene.patch(id, #"{"status":"CONFIRMED"}"#).status == 200)
        let start = SchedulingScene.at(4000)
        let moved = try await scene.patch(id, #"{"startsAt":"\#(start)"}"#)
        #expect(moved.appointmentStatus == "SCHEDULED" && moved.json["appointment"]?["revision"] == .int(1))
        #expect(try await scene.patch(id, #"{"startsAt":"\#(start)"}"#).json == moved.json)
        #expect(try await scene.patch(id, #"{"startsAt":"2020-01-01T00:00:00Z"}"#).code == "past_date")
        #expect(try await scene.patch(id, #"{"startsAt":"\#(start)","status":"CANCELLED"}"#).pointers == ["/startsAt"])
        #expect(try await scene.patch(id, "{}").status == 400)
        #expect(try await scene.patch(id, #"{"status":"NO_SHOW"}"#).pointers == ["/status"])
        #expect(try await scene.patch("nobody", #"{"status":"CANCELLED"}"#).status == 404)
        let cancelled = try await scene.patch(id, #"{"status":"CANCELLED"}"#)
        #expect(cancelled.json["appointment"]?["revision"] == .int(2) && cancelled.json["appointment"]?["cancelled_at"] != .null)
        #expect(try await scene.patch(id, #"{"startsAt":"\#(SchedulingScene.at(5000))"}"#).code == "invalid_transition")
        let again = try await scene.patch(id, #"{"status":"SCHEDULED","startsAt":"\#(SchedulingScene.at(5000))"}"#)
        #expect(again.status == 200 && again.json["appointment"]?["revision"] == .int(3))
    }

    @Test func `whoever moves, reinstates or hands over an appointment meets the closer's other ones`() async throws {
        let scene = try await SchedulingScene.make()
        let start = SchedulingScene.at(2880)
        _ = try await scene.book(start)
        let later = try await scene.book(SchedulingScene.at(4000)).appointmentID
        let others = try await scene.book(start, closer: "c2").appointmentID
        #expect(try await scene.patch(later, #"{"startsAt":"\#(start)"}"#).code == "slot_taken")
        #expect(try await scene.patch(others, #"{"closerId":"c1"}"#).code == "slot_taken")
        #expect(try await scene.patch(others, #"{"closerId":"gone"}"#).pointers == ["/closerId"])
        #expect(try await scene.patch(others, #"{"status":"CANCELLED"}"#).status == 200)
        #expect(try await scene.book(start, closer: "c2").status == 201)
        #expect(try await scene.patch(others, #"{"status":"SCHEDULED"}"#).code == "slot_taken")
        // Its own place is no other's.
        #expect(try await scene.patch(later, #"{"durationMin":45}"#).status == 200)
    }

    @Test func `of two who move to one hour one gets it`() async throws {
        let scene = try await SchedulingScene.make()
        var ids: [String] = []
        for number in 0..<10 { ids.append(try await scene.book(SchedulingScene.at(3000 + number * 60)).appointmentID) }
        let start = SchedulingScene.at(9000)
        let codes = try await withThrowingTaskGroup(of: String.self) { group in
            for id in ids {
                group.addTask {
                    let reply = try await scene.patch(id, #"{"startsAt":"\#(start)"}"#); return reply.code ?? "moved"
                }
            }
            return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        #expect(codes == ["moved": 1, "slot_taken": 9])
    }

    @Test func `what has not begun was not held, and what is past is not reinstated`() async throws {
        let scene = try await SchedulingScene.make()
        let ahead = try await scene.plant("ahead", at: 90)
        #expect(try await scene.patch(ahead, #"{"status":"COMPLETED"}"#).code == "too_early")
        let past = try await scene.plant("past", at: -90, status: "CANCELLED")
        #expect(try await scene.patch(past, #"{"status":"SCHEDULED"}"#).code == "past_date")
    }

    @Test func `the list is in order, complete and paged, and of one tenant`() async throws {
        let scene = try await SchedulingScene.make()
        for number in 0..<25 {
            try await scene.plant(
                "a|\(number)", at: 60 * (number / 3 - 4), status: number.isMultiple(of: 5) ? "CANCELLED" : "SCHEDULED",
                closer: number.isMultiple(of: 2) ? "c1" : "c2")
        }
        try await scene.database.execute(
            """
            insert into appointments (tenant_id, id, lead_id, starts_at)
            values ('other', 'theirs', 'lead', now() + interval '1 day')
            """)
        func pages(_ query: String) async throws -> [String] {
            var seen: [String] = []
            var cursor: String?
            repeat {
                let path = "/scheduling/appointments?limit=7" + query + (cursor.map { "&cursor=\($0)" } ?? "")
                let page = try await scene.ingest.send(.get, path)
                #expect(page.status == 200, "\(page.json)")
                seen += page.json["appointments"]?.elements?.compactMap { $0["id"]?.text } ?? []
                cursor = page.json["next_cursor"]?.text
            } while cursor != nil
            return seen
        }
        func expected(_ condition: String) async throws -> [String] {
            try await scene.database.rows(
                "select id from appointments where tenant_id = 'acme' and \(condition) order by starts_at, id"
            ).map { $0[0] }
        }
        #expect(try await pages("") == expected("true"))
        #expect(try await pages("&status=CANCELLED&closerId=c1") == expected("status = 'CANCELLED' and closer_id = 'c1'"))
        let middle = SchedulingScene.at(30)
        #expect(try await pages("&from=\(middle)") == expected("starts_at >= '\(middle)'"))
        #expect(try await pages("&to=\(middle)&leadId=lead") == expected("starts_at < '\(middle)'"))
        #expect(try await pages("&leadId=nobody") == [])
        for query in ["limit=0", "cursor=x", "status=LOST", "from=today", "more=1"] {
            #expect(try await scene.ingest.send(.get, "/scheduling/appointments?\(query)").status == 400, "\(query)")
        }
    }

    @Test func `the calendar's file is what the mails attach`() async throws {
        let scene = try await SchedulingScene.make()
        let id = try await scene.book().appointmentID
        _ = try await scene.patch(id, #"{"startsAt":"\#(SchedulingScene.at(4000))","location":"12, rue de la Paix; Paris"}"#)
        func file() async throws -> (Int, String, [String]) {
            let response = try await scene.ingest.client.send(
                HTTPRequest(
                    .get, url: "http://127.0.0.1:\(scene.ingest.port)/scheduling/appointments/\(id)/calendar.ics",
                    headers: ["Authorization": "Bearer \(scene.ingest.key)", "X-Tenant": "acme"]))
            let text = String(decoding: response.body, as: UTF8.self)
            // Unfolded (RFC 5545 §3.1).
            let lines = text.replacing("\r\n ", with: "").split(separator: "\r\n").map(String.init)
            #expect(text.hasSuffix("END:VCALENDAR\r\n") && lines.first == "BEGIN:VCALENDAR")
            return (response.status, response.headers["Content-Type"] ?? "", lines)
        }
        let (status, type, lines) = try await file()
        #expect(status == 200 && type == "text/calendar; charset=utf-8; method=REQUEST")
        for line in [
            "METHOD:REQUEST", "SEQUENCE:1", "STATUS:CONFIRMED", "UID:\(id)@acme.relance",
            "LOCATION:12\\, rue de la Paix\\; Paris",
        ] { #expect(lines.contains(line), "\(line)") }
        #expect(lines.contains { $0.hasPrefix("ATTENDEE") && $0.hasSuffix("mailto:sophie@example.com") })
        #expect(lines.contains { $0.hasPrefix("ORGANIZER") && $0.hasSuffix("mailto:hello@acme.example") })
        _ = try await scene.patch(id, #"{"status":"CANCELLED"}"#)
        let (_, _, after) = try await file()
        #expect(after.contains("METHOD:CANCEL") && after.contains("SEQUENCE:2") && after.contains("STATUS:CANCELLED"))
        try await scene.database.execute("update leads set email = null")
        #expect(try await scene.ingest.send(.get, "/scheduling/appointments/\(id)/calendar.ics").code == "no_address")
        #expect(try await scene.ingest.send(.get, "/scheduling/appointments/none/calendar.ics").status == 404)
    }
}
