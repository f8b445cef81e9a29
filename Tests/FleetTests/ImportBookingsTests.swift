import Foundation
import Postgres
import TestSupport
import Testing

/// Bookings from CSV files: what is known when, and what may still be sent about it.
@Suite struct CLIImportBookingsTests {
    private static let header =
        "org,timezone,appointment_id,lead_id,closer_id,created_at,starts_at,duration_min,outcome,cancelled_at,ended_at,video\n"
    private static let booked =
        "acme,Europe/Paris,a1,l1,closer,2026-10-20T08:00:00Z,2026-10-23T10:00:00Z,20,scheduled,,,livekit\n"
    private static let cancelled =
        "acme,Europe/Paris,a2,l1,closer,2026-10-20T09:00:00Z,2026-10-23T11:00:00Z,20,cancelled,2026-10-21T09:00:00Z,,livekit\n"
    private static let held =
        "acme,Europe/Paris,a3,l1,closer,2026-10-20T09:00:00Z,2026-10-21T11:00:00Z,20,attended,,2026-10-21T11:25:00Z,livekit\n"

    private func fixture() async throws -> CLIFixture {
        let fixture = try await CLIFixture.make()
        try await fixture.addOrganization(leads: ["l1"])
        return fixture
    }

    private func states(_ fixture: CLIFixture) async throws -> [[String]] {
        try await fixture.database.rows("select id, status, revision from appointments order by id")
    }

    @Test func `each bad row is named by its line, and the good ones are loaded`() async throws {
        let fixture = try await fixture()
        let rows = [
            "acme,Europe/Paris,b1,l1,closer,yesterday,2026-10-23T10:00:00Z,20,,,,",
            "acme,Europe/Paris,b2,l1,closer,2026-10-20T08:00:00,2026-10-23T10:00:00Z,20,,,,",
            "acme,Mars/Olympus,b3,l1,closer,2026-10-20T08:00:00Z,2026-10-23T10:00:00Z,20,,,,",
            "acme,America/Toronto,b4,l1,closer,2026-10-20T08:00:00Z,2026-10-23T10:00:00Z,20,,,,",
            "acme,Europe/Paris,b5,nobody,closer,2026-10-20T08:00:00Z,2026-10-23T10:00:00Z,20,,,,",
            "acme,Europe/Paris,b6,l1,closer,2026-10-20T08:00:00Z,2026-10-23T10:00:00Z,0,,,,",
            "acme,Europe/Paris,b7,l1,closer,2026-10-20T08:00:00Z,2026-10-23T10:00:00Z,20,vanished,,,pigeon",
            "acme,Europe/Paris,a1,l1,closer,2026-10-20T08:00:00Z,2026-10-23T10:00:00Z,20,,,,",
            "acme,Europe/Paris,b9,l1,closer,2026-10-20T08:00:00Z,2026-10-23T10:00:00Z,20,cancelled,2026-10-19T08:00:00Z,,",
            "acme,Europe/Paris,,l1,closer,2026-10-20T08:00:00Z,2026-10-23T10:00:00Z,20,,,,",
        ]
        let file = try fixture.file(Self.header + Self.booked + rows.joined(separator: "\n"))
        let outcome = try await fixture.relance(["import", "bookings", file, "--now", "2026-10-22T00:00:00Z"])
        #expect(outcome.exit == .status(65))
        let expected = [
            "3: refused: created_at: \"yesterday\" is not an instant", "4: refused: created_at",
            "5: refused: timezone: \"Mars/Olympus\"",
            "6: refused: timezone: America/Toronto, though the organisation is in Europe/Paris",
            "7: refused: lead_id: no such lead; load it first: relance import leads", "8: refused: duration_min: \"0\"",
            "9: refused: video: \"pigeon\" is not one of external, livekit, zoom, meet; outcome: \"vanished\"",
            "10: refused: appointment_id: a duplicate of line 2", "11: refused: cancelled_at: before created_at",
            "12: refused: appointment_id: empty",
        ]
        for sentence in expected {
            #expect(outcome.errors.contains(":\(sentence)"), "\(sentence) is missing in: \(outcome.errors)")
        }
        #expect(outcome.output.contains("1 inserted") && outcome.output.contains("10 refused"))
        #expect(try await states(fixture) == [["a1", "SCHEDULED", "0"]])
    }

    @Test func `a second import writes nothing`() async throws {
        let fixture = try await fixture()
        let file = try fixture.file(Self.header + Self.booked + Self.cancelled + Self.held)
        let now = ["--now", "2026-10-22T00:00:00Z", "--json"]
        #expect(try await fixture.relance(["import", "bookings", file] + now).json()["inserted"] as? Int == 3)
        let before = try await fixture.database.rows("select id, xmin, updated_at, revision from appointments order by id")
        let second = try await fixture.relance(["import", "bookings", file] + now).json()
        #expect(second["unchanged"] as? Int == 3)
        #expect(try await fixture.database.rows("select id, xmin, updated_at, revision from appointments order by id") == before)
    }

    @Test func `a fact is known from its own instant on, and not before`() async throws {
        let fixture = try await fixture()
        let file = try fixture.file(Self.header + Self.booked + Self.cancelled + Self.held)
        let instants = [
            "2026-10-20T07:59:59Z", "2026-10-20T08:00:00Z", "2026-10-20T09:00:00Z", "2026-10-21T08:59:59Z",
            "2026-10-21T09:00:00Z",
            "2026-10-21T11:25:00Z",
        ]
        let outcome = try await fixture.relance(["import", "bookings", file, "--live", "--now", "-"], input: instants)
        #expect(outcome.exit == .status(0), "\(outcome.errors)")
        let answers = try instants.indices.map { try outcome.json(line: $0) }
        #expect(answers.map { $0["now"] as? String } == instants)
        #expect(answers.map { $0["inserted"] as? Int } == [0, 1, 2, 0, 0, 0])
        #expect(answers.map { $0["cancelled"] as? Int } == [0, 0, 0, 0, 1, 0])
        #expect(answers.map { $0["completed"] as? Int } == [0, 0, 0, 0, 0, 1])
        #expect(try await states(fixture) == [["a1", "SCHEDULED", "0"], ["a2", "CANCELLED", "1"], ["a3", "COMPLETED", "0"]])
        #expect(
            try await fixture.database.value("select armed_at = '2026-10-21T09:00:00Z' from appointments where id = 'a2'") == "t")
    }

    @Test func `history is never sent, news is`() async throws {
        for (flags, imported, planned) in [([], "t", 0), (["--live"], "f", 2)] {
            let fixture = try await fixture()
            let file = try fixture.file(Self.header + Self.booked)
            let now = "2026-10-20T08:15:00Z"
            let outcome = try await fixture.relance(["import", "bookings", file, "--now", now] + flags)
            #expect(outcome.exit == .status(0), "\(outcome.errors)")
            #expect(try await fixture.database.value("select imported_at is not null from appointments") == imported)
            let fleet = try await FleetFixture.make(database: fixture.database)
            #expect(try await fleet.run(["--now", now]).exit == .status(0))
            #expect(
                try await fixture.database.count("select count(*) from relance.deliveries where step in ('T+0', 'T+10')")
                    == planned)
        }
    }

    @Test func `a move of what is ahead is followed, what has ended is left alone`() async throws {
        let fixture = try await fixture()
        let now = ["--now", "2026-10-22T00:00:00Z"]
        _ = try await fixture.relance(["import", "bookings", try fixture.file(Self.header + Self.booked + Self.cancelled)] + now)
        let moved = Self.header + (Self.booked + Self.cancelled).replacingOccurrences(of: "2026-10-23T1", with: "2026-10-24T1")
        let outcome = try await fixture.relance(["import", "bookings", try fixture.file(moved), "--json"] + now)
        #expect(try outcome.json()["changed"] as? Int == 1)
        #expect(try await states(fixture) == [["a1", "SCHEDULED", "1"], ["a2", "CANCELLED", "1"]])
    }

    @Test func `organisations and closers are made where they are missing, with zone, country and language`() async throws {
        let fixture = try await CLIFixture.make()
        let file = try fixture.file(
            """
            org,timezone,appointment_id,lead_id,closer_id,created_at,starts_at,duration_min,closer_email
            paris,Europe/Paris,a1,l1,c1,2026-10-20T08:00:00Z,2026-10-23T10:00:00Z,20,
            north-bay,America/Toronto,a1,l1,c1,2026-10-20T08:00:00Z,2026-10-23T10:00:00Z,20,real@closer.example
            island,Indian/Reunion,a1,l1,c1,2026-10-20T08:00:00Z,2026-10-23T10:00:00Z,20,
            """)
        let outcome = try await fixture.relance(["import", "organizations", file, "--json"])
        #expect(outcome.exit == .status(0), "\(outcome.errors)")
        #expect(try outcome.json()["organizations"] as? Int == 3)
        #expect(
            try await fixture.database.rows("select id, name, timezone, region, locale from organizations order by id") == [
                ["island", "Island", "Indian/Reunion", "RE", "fr-FR"],
                ["north-bay", "North Bay", "America/Toronto", "CA", "en-CA"],
                ["paris", "Paris", "Europe/Paris", "FR", "fr-FR"],
            ])
        #expect(
            try await fixture.database.rows("select email, role from users where tenant_id = 'north-bay' order by id")
                == [["real@closer.example", "CLOSER"], ["admin@north-bay.example", "ADMIN"]])
        #expect(
            try await fixture.database.value("select email from users where tenant_id = 'paris' and id = 'c1'")
                == "c1@paris.example")
        let leads = try fixture.file("org,lead_id,name,email,phone\nnorth-bay,l1,Ann,,(514) 555-0101\n")
        _ = try await fixture.relance(["import", "leads", leads])
        #expect(try await fixture.database.value("select phone from leads") == "+15145550101")
    }

    @Test func `production refuses a business time of its own, with exit code 78`() async throws {
        let fixture = try await fixture()
        try await fixture.database.execute("update relance.instance set environment = 'production'")
        let file = try fixture.file(Self.header + Self.booked)
        for (flags, input) in [(["--now", "2026-10-22T00:00:00Z"], []), (["--now", "-"], ["2026-10-22T00:00:00Z"])] {
            let outcome = try await fixture.relance(["import", "bookings", file] + flags, input: input)
            #expect(outcome.exit == .status(78), "\(outcome.errors)")
            #expect(try await fixture.database.count("select count(*) from appointments") == 0)
        }
    }
}
