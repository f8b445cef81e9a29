import Primitives
import Reminders
import TestSupport
import Testing

/// Moves, cancellations, reinstatements, and bookings at the last minute (D-03, D-04).
@Suite(.serialized)
struct RescheduleTests {
    private static let booked: Timestamp = "2026-06-01T12:00:00Z"
    private static let start: Timestamp = "2026-06-10T12:00:00Z"

    /// An organisation with one appointment whose T+0 and T+10 are done.
    private func bookedAgenda() async throws -> Agenda {
        let agenda = try await Agenda()
        try await agenda.book(at: Self.booked, start: Self.start)
        try await agenda.plan(at: Self.booked.minutes(10))
        return agenda
    }

    @Test func `a move later re-arms the day-before reminder at its new time`() async throws {
        let agenda = try await bookedAgenda()
        try await agenda.plan(at: "2026-06-09T12:00:00Z")
        try await agenda.move(at: "2026-06-09T13:00:00Z", to: "2026-06-15T12:00:00Z")
        try await agenda.plan(at: "2026-06-14T11:59:59Z")
        #expect(try await agenda.ledger(step: "J-1", since: 1) == [])
        try await agenda.plan(at: "2026-06-14T12:00:00Z")
        #expect(try await agenda.ledger(step: "J-1", since: 1) == ["J-1 email l1 pending"])
    }

    @Test func `a move earlier brings the reminders forward`() async throws {
        let agenda = try await bookedAgenda()
        try await agenda.move(at: "2026-06-02T12:00:00Z", to: "2026-06-05T12:00:00Z")
        for tick: Timestamp in ["2026-06-04T12:00:00Z", "2026-06-05T11:00:00Z", "2026-06-05T12:00:00Z"] {
            try await agenda.plan(at: tick)
        }
        #expect(
            try await agenda.ledger(since: 1) == [
                "J-1 email l1 pending", "H-1 email l1 pending", "T-0 email c1 pending", "T-0 in_app c1 pending",
                "moved email l1 missed no_tick_before_expiry",
            ])
        try await agenda.plan(at: Self.start)
        #expect(try await agenda.ledger().count == 7)
    }

    @Test func `there and back again is armed again and collides with nothing`() async throws {
        let agenda = try await bookedAgenda()
        try await agenda.plan(at: "2026-06-09T12:00:00Z")
        try await agenda.move(at: "2026-06-09T12:10:00Z", to: "2026-06-20T12:00:00Z")
        try await agenda.move(at: "2026-06-09T12:20:00Z", to: Self.start)
        for tick: Timestamp in ["2026-06-09T12:30:00Z", "2026-06-10T11:00:00Z", Self.start] { try await agenda.plan(at: tick) }
        #expect(
            try await agenda.ledger(since: 2) == [
                // Back at the old start the day-before reminder's time had passed.
                "J-1 email l1 skipped booked_late", "H-1 email l1 pending", "T-0 email c1 pending", "T-0 in_app c1 pending",
                "moved email l1 pending",
            ])
        #expect(try await agenda.ledger(step: "J-1").first == "J-1 email l1 pending")
    }

    @Test func `a move to so near that the day-before reminder is past skips it`() async throws {
        let agenda = try await bookedAgenda()
        try await agenda.move(at: "2026-06-05T12:00:00Z", to: "2026-06-05T18:00:00Z")
        try await agenda.plan(at: "2026-06-05T12:00:00Z")
        #expect(try await agenda.ledger(since: 1) == ["J-1 email l1 skipped booked_late", "moved email l1 pending"])
        try await agenda.plan(at: "2026-06-05T17:00:00Z")
        #expect(try await agenda.ledger(step: "H-1") == ["H-1 email l1 pending"])
    }

    @Test func `a move repeats neither the confirmation nor the closer's notice, but is told each time`() async throws {
        let agenda = try await bookedAgenda()
        for day in 1...4 {
            try await agenda.move(at: Self.booked.minutes(day * 20), to: Self.start.minutes(day * 60))
            try await agenda.plan(at: Self.booked.minutes(day * 20 + 1))
        }
        let moves = Array(repeating: "moved email l1 pending", count: 4)
        #expect(try await agenda.ledger() == ["T+0 email l1 pending", "T+10 whatsapp c1 pending"] + moves)
    }

    @Test func `a cancelled appointment plans nothing more than the notice of it`() async throws {
        let agenda = try await bookedAgenda()
        try await agenda.set(at: "2026-06-09T11:00:00Z", status: "CANCELLED")
        for tick: Timestamp in ["2026-06-09T12:00:00Z", "2026-06-10T11:00:00Z", Self.start] { try await agenda.plan(at: tick) }
        #expect(
            try await agenda.ledger() == [
                "T+0 email l1 pending", "T+10 whatsapp c1 pending", "cancelled email l1 pending",
            ])
    }

    @Test func `a reinstated appointment is armed again`() async throws {
        let agenda = try await bookedAgenda()
        try await agenda.plan(at: "2026-06-09T12:00:00Z")
        try await agenda.set(at: "2026-06-09T12:30:00Z", status: "CANCELLED")
        try await agenda.plan(at: "2026-06-09T12:31:00Z")
        try await agenda.set(at: "2026-06-09T13:00:00Z", status: "SCHEDULED")
        try await agenda.plan(at: "2026-06-09T13:00:00Z")
        #expect(try await agenda.ledger(since: 2) == ["J-1 email l1 skipped booked_late", "moved email l1 pending"])
        try await agenda.plan(at: "2026-06-10T11:00:00Z")
        #expect(try await agenda.ledger(step: "H-1") == ["H-1 email l1 pending"])
        #expect(try await agenda.database.value("select revision || ' ' || (cancelled_at is null) from appointments") == "2 true")
    }

    @Test func `confirming or completing an appointment is no revision`() async throws {
        let agenda = try await bookedAgenda()
        try await agenda.plan(at: "2026-06-09T12:00:00Z")
        try await agenda.set(at: "2026-06-09T13:00:00Z", status: "CONFIRMED")
        try await agenda.plan(at: "2026-06-10T11:00:00Z")
        #expect(try await agenda.ledger(step: "J-1") == ["J-1 email l1 pending"])
        try await agenda.set(at: "2026-06-10T11:50:00Z", status: "COMPLETED")
        try await agenda.plan(at: Self.start)
        #expect(try await agenda.ledger(step: "T-0") == [])
        #expect(try await agenda.database.value("select revision from appointments") == "0")
    }

    @Test func `an application that writes whole rows back undoes no revision`() async throws {
        let agenda = try await bookedAgenda()
        try await agenda.plan(at: "2026-06-09T12:00:00Z")
        try await agenda.move(at: "2026-06-09T12:10:00Z", to: "2026-06-20T12:00:00Z")
        // Read before the move, written after it, with a video link added.
        try await agenda.write(
            at: "2026-06-09T12:20:00Z",
            "update appointments set video_url = 'https://meet.example.com/1', revision = 0, armed_at = created_at")
        #expect(
            try await agenda.database.value("select revision || ' ' || (armed_at = '2026-06-09T12:10:00Z') from appointments")
                == "1 true")
        try await agenda.plan(at: "2026-06-19T12:00:00Z")
        #expect(try await agenda.ledger(step: "J-1", since: 1) == ["J-1 email l1 pending"])
    }

    @Test func `an appointment that gets another id is reminded under it`() async throws {
        let agenda = try await bookedAgenda()
        try await agenda.write(at: "2026-06-03T12:00:00Z", "update appointments set id = 'a2'")
        #expect(try await agenda.forgotten(at: "2026-06-03T12:00:00Z") == 0)
        try await agenda.plan(at: "2026-06-09T12:00:00Z")
        #expect(try await agenda.ledger(appointment: "a2").last == "J-1 email l1 pending")
    }

    @Test func `a deleted appointment is forgotten without a trace`() async throws {
        let agenda = try await bookedAgenda()
        try await agenda.write(at: "2026-06-03T12:00:00Z", "delete from appointments")
        try await agenda.plan(at: "2026-06-09T12:00:00Z")
        #expect(try await agenda.ledger().count == 2)
        #expect(try await agenda.database.count("select count(*) from relance.appointment_due") == 0)
    }

    // MARK: Booked late

    /// What becomes of the three steps that count back from the start, by how long before it the appointment was booked.
    private static let bookedLate: [(minutes: Int, lines: [String])] = [
        (1441, ["J-1 email pending", "H-1 email pending", "T-0 email pending"]),
        (1440, ["J-1 email pending", "H-1 email pending", "T-0 email pending"]),
        (1439, ["J-1 email skipped booked_late", "H-1 email pending", "T-0 email pending"]),
        (121, ["J-1 email skipped booked_late", "H-1 email pending", "T-0 email pending"]),
        (61, ["J-1 email skipped booked_late", "H-1 email pending", "T-0 email pending"]),
        (60, ["J-1 email skipped booked_late", "H-1 email pending", "T-0 email pending"]),
        (59, ["J-1 email skipped booked_late", "H-1 email skipped booked_late", "T-0 email pending"]),
        (5, ["J-1 email skipped booked_late", "H-1 email skipped booked_late", "T-0 email pending"]),
        (0, ["J-1 email skipped booked_late", "H-1 email skipped booked_late", "T-0 email pending"]),
        (-1, ["J-1 email skipped booked_late", "H-1 email skipped booked_late", "T-0 email skipped booked_late"]),
        (-30, ["J-1 email skipped booked_late", "H-1 email skipped booked_late", "T-0 email skipped booked_late"]),
    ]

    /// What is armed in each of these ways, at an instant before the start, minute by minute to its end.
    private enum Arming: CaseIterable { case booked, moved, reinstated }

    @Test func `a step due before the appointment was armed is skipped, whichever way it was armed`() async throws {
        let agenda = try await Agenda()
        try await agenda.write(at: Self.booked, "update reminder_steps set channels = '{email}'")
        for (minutes, _) in Self.bookedLate {
            for arming in Arming.allCases {
                let (id, armed) = ("\(arming)\(minutes)", Self.start.minutes(-minutes))
                switch arming {
                case .booked: try await agenda.book(id, at: armed, start: Self.start)
                case .moved:
                    try await agenda.book(id, at: Self.booked, start: "2026-07-01T00:00:00Z")
                    try await agenda.move(id, at: armed, to: Self.start)
                case .reinstated:
                    try await agenda.book(id, at: Self.booked, start: Self.start)
                    try await agenda.set(id, at: Self.booked, status: "CANCELLED")
                    try await agenda.set(id, at: armed, status: "CONFIRMED")
                }
            }
        }
        // One appointment's future must not be another one's past: each step is looked at when it is due.
        for tick in [-1440, -1439, -120, -60, -59, -5, 0, 5] { try await agenda.plan(at: Self.start.minutes(tick)) }
        let ledger = try await agenda.database.rows(
            """
            select subject, concat_ws(' ', step, channel, state, reason) from relance.deliveries
            where step in ('J-1', 'H-1', 'T-0')
            order by subject, array_position(array['J-1', 'H-1', 'T-0'], step)
            """)
        for (minutes, lines) in Self.bookedLate {
            for arming in Arming.allCases {
                let id = "\(arming)\(minutes)"
                #expect(ledger.filter { $0[0] == id }.map { $0[1] } == lines, "\(id)")
            }
        }
    }
}
