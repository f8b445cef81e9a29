import Foundation
import NoShows
import Postgres
import Primitives
import Schema
import TestSupport
import Testing

/// Six weeks of bookings in three zones, over two ends of daylight saving time, in quarter-hourly ticks; those at which nothing is due
/// and nothing has happened are left out.
@Suite
struct ReplayTests {
    private struct Booking {
        let fields: [String: String]

        subscript(_ name: String) -> String { fields[name] ?? "" }
        func instant(_ name: String) -> Timestamp? { Timestamp(self[name]) }

        /// What happens to it, when.
        var events: [(at: Timestamp, sql: String, values: [PostgresValue])] {
            let key: [PostgresValue] = [.text(self["org"]), .text(self["appointment_id"])]
            var events: [(at: Timestamp, sql: String, values: [PostgresValue])] = []
            if let at = instant("cancelled_at") {
                events.append((at, "update appointments set status = 'CANCELLED' where (tenant_id, id) = ($1, $2)", key))
            }
            for role in ["closer", "lead"] {
                guard let at = instant("\(role)_joined_at") else { continue }
                events.append(
                    (
                        at,
                        "select relance.join_call($1, relance.open_call($1, $2, relance.now()), $3, $4, relance.now())",
                        key + [.text("\(role == "lead" ? "lead" : "user"):\(self[role + "_id"])"), .text(role)]
                    ))
            }
            if let ended = instant("ended_at") {
                // One of the generated calls ends before the lead is in it.
                let at = max(ended, (events.map(\.at).max() ?? ended).minutes(1))
                events.append(
                    (
                        at,
                        """
                        select relance.end_call(tenant_id, id, relance.now()) from calls
                        where tenant_id = $1 and appointment_id = $2 and ended_at is null
                        """, key
                    ))
            }
            return events
        }
    }

    private static func bookings() throws -> [Booking] {
        let text = try String(contentsOfFile: "\(Repository.root)/Tests/Bookings/bookings.csv", encoding: .utf8)
        let lines = text.split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        return lines.dropFirst().map { Booking(fields: Dictionary(uniqueKeysWithValues: zip(lines[0], $0))) }
    }

    /// Each organisation in a database of its own, so that they take the time of one.
    @Test(.timeLimit(.minutes(5)), arguments: ["atlas", "boreal", "cobalt"])
    func `every booking ends in the state and with the cause that the evidence asks for`(organization: String) async throws {
        let bookings = try Self.bookings().filter { $0["org"] == organization }
        #expect(bookings.count > 900)
        let simulator = try await SimulatorProcess()
        let clinic = try await Clinic([], liveKit: simulator.url + "/livekit")
        for zone in Set(bookings.map { [$0["org"], $0["timezone"]] }) {
            try await clinic.write(
                at: "2026-09-01T00:00:00Z", "insert into organizations (id, name, timezone) values ($1, $1, $2)",
                zone.map { .text($0) })
        }
        try await clinic.database.execute(
            """
            insert into leads (tenant_id, id, name) select distinct t, l, l from unnest($1::text[], $2::text[]) g (t, l)
            """, [.texts(bookings.map { $0["org"] }), .texts(bookings.map { $0["lead_id"] })])
        try await clinic.database.execute(
            """
            insert into users (tenant_id, id, name, role)
            select distinct t, c, c, 'CLOSER' from unnest($1::text[], $2::text[]) g (t, c)
            """, [.texts(bookings.map { $0["org"] }), .texts(bookings.map { $0["closer_id"] })])

        var unbooked = bookings[...]
        var events = bookings.flatMap(\.events).sorted { $0.at < $1.at }[...]
        var now: Timestamp = "2026-10-12T04:45:00Z"
        // The last quarter of an hour before the first start whose outcome nobody knows yet.
        let end: Timestamp = "2026-11-20T04:45:00Z"
        var weekEnds = now.minutes(7 * 24 * 60)
        while now <= end {
            try await self.book(Array(unbooked.prefix { $0["created_at"] <= now.description }), clinic)
            unbooked = unbooked.drop { $0["created_at"] <= now.description }
            try await happen(Array(events.prefix { $0.at <= now }), clinic)
            events = events.drop { $0.at <= now }
            let report = try await clinic.tick(at: now)
            #expect(report.left == 0 && !report.wasFenced)
            var next = [unbooked.first?.instant("created_at"), events.first?.at, end.minutes(15)].compactMap { $0 }.min() ?? end
            if next > now.minutes(15), let due = try await due(clinic) { next = min(next, due) }
            now = tick(atOrAfter: next, after: now)
            if now >= weekEnds {
                // What autovacuum does meanwhile: the first plans were made for empty tables.
                try await clinic.database.execute(
                    "analyze appointments, calls, call_participants, no_show_marks, relance.no_show_due, relance.deliveries")
                weekEnds = now.minutes(7 * 24 * 60)
            }
        }
        // What has no start yet is cancelled still.
        try await self.book(Array(unbooked), clinic)
        try await happen(Array(events), clinic)

        let found = try await clinic.database.rows(
            """
            select a.tenant_id, a.id, a.status, coalesce(m.cause, '')
            from appointments a
            left join no_show_marks m on m.tenant_id = a.tenant_id and m.appointment_id = a.id and m.state = 'active'
            order by a.tenant_id collate "C", a.id collate "C"
            """)
        let expected = bookings.map { [$0["org"], $0["appointment_id"], $0["expected_state"], $0["expected_cause"]] }
            .sorted { ($0[0], $0[1]) < ($1[0], $1[1]) }
        #expect(found.count == expected.count)
        for (line, wanted) in zip(found, expected) where line != wanted { Issue.record("\(line) instead of \(wanted)") }
        #expect(try await clinic.forgotten(at: end.minutes(15), pageSize: 200) == 0)
        // Every no-show was found within its tick, and never a host's absence held against anybody.
        #expect(
            try await clinic.database.count(
                """
                select count(*) from no_show_marks m join appointments a on a.tenant_id = m.tenant_id and a.id = m.appointment_id
                where m.detected_at - a.starts_at not between interval '15 minutes' and interval '30 minutes'
                """) == 0)
        #expect(
            try await clinic.database.count(
                "select count(*) from relance.deliveries d join no_show_marks m on m.id::text = d.subject where m.cause = 'host' and d.recipient_type = 'lead'"
            ) == 0)
    }

    /// The first instant at which the detector has something to look at, by the pointers that its ticks go by.
    private func due(_ clinic: Clinic) async throws -> Timestamp? {
        try await clinic.database.connection.query(
            SQLStatement(
                unsafe: """
                    select least(
                        (select min(next_due_at) from relance.no_show_due), (select min(next_due_at) from relance.no_show_rate_due)) as at
                    """, name: "test")
        ) { row throws(PostgresError) in try row.optionalTimestamp("at") }.first ?? nil
    }

    /// The tick that comes first after one, and not before an instant.
    private func tick(atOrAfter instant: Timestamp, after last: Timestamp) -> Timestamp {
        let quarter: Int64 = 15 * 60 * 1_000_000
        let between = max(instant.microseconds - last.microseconds, 1)
        return last.minutes(Int((between + quarter - 1) / quarter) * 15)
    }

    private func book(_ bookings: [Booking], _ clinic: Clinic) async throws {
        if bookings.isEmpty { return }
        let column = { (name: String) in PostgresValue.texts(bookings.map { $0[name] }) }
        try await clinic.database.execute(
            """
            insert into appointments (tenant_id, id, lead_id, closer_id, created_at, starts_at, video)
            select t, a, l, c, x::timestamptz, s::timestamptz, v
            from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) g (t, a, l, c, x, s, v)
            """,
            ["org", "appointment_id", "lead_id", "closer_id", "created_at", "starts_at", "video"].map(column))
    }

    /// In one round trip, each at its own time.
    private func happen(
        _ events: [(at: Timestamp, sql: String, values: [PostgresValue])], _ clinic: Clinic
    ) async throws {
        if events.isEmpty { return }
        let statements = events.flatMap { event -> [(SQLStatement, [PostgresValue])] in
            [
                (SQLStatement(unsafe: "select relance.travel_to($1::timestamptz)", name: "test"), [.timestamp(event.at)]),
                (SQLStatement(unsafe: event.sql, name: "test"), event.values),
            ]
        }
        _ = try await clinic.database.connection.run { session throws(PostgresError) in try session.batch(statements).count }
    }
}
