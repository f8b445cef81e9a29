import Postgres
import Primitives
import Schema

/// Loads bookings: what each says is checked against the database, then written with its organisation and closer.
///
/// Each batch is one transaction of three set-based statements. Safe to repeat: what is there as the file has it is not
/// written. If it fails: the batches before have been loaded, and importing the file again goes on.
struct BookingImport {
    /// What is counted, in the order in which it is told.
    static let counts = [
        "rows", "known", "inserted", "changed", "cancelled", "completed", "unchanged", "not_yet_known", "organizations",
        "closers",
    ]
    /// Rows of one transaction: a round trip is cheap beside them, and locks are held for milliseconds.
    static let batchSize = 1000

    private let connection: PostgresConnection
    private let isLive: Bool
    private let countries = ZoneCountries()
    private var book: OrganizationBook

    /// - Parameter isLive: the rows are news, not history (D-02).
    init(_ connection: PostgresConnection, isLive: Bool) {
        self.connection = connection
        self.isLive = isLive
        book = OrganizationBook(connection)
    }

    /// Loads a batch as known at a business time.
    mutating func load(_ rows: [BookingRow], at time: BusinessTime, into report: inout ImportReport) async throws {
        try await book.lookUp(organizations: Set(rows.map(\.tenantID)), zones: Set(rows.map(\.organization.zone)))
        let fit = rows.filter { book.accepts($0.organization, into: &report) }
        if fit.isEmpty { return }
        let answer = try await write(fit, at: time)
        report.count("organizations", answer.organizations)
        report.count("closers", answer.closers)
        var (known, written): (Int64, Int64) = (0, 0)
        var refused: Int64 = 0
        let zones = Dictionary(fit.map { ($0.line, $0.organization.zone) }) { first, _ in first }
        for verdict in answer.verdicts {
            switch (verdict.what, verdict.line) {
            case ("known", _): known = verdict.count
            case (let change, nil):
                written += verdict.count
                report.count(change, verdict.count)
            case (let fault, let line?):
                refused += 1
                report.refuse(line, Self.sentence(fault, zone: zones[line] ?? "", organizationZone: verdict.detail ?? ""))
            }
        }
        report.count("known", known)
        report.count("unchanged", known - written)
        report.count("not_yet_known", Int64(fit.count) - known - refused)
    }

    private static func sentence(_ fault: String, zone: String, organizationZone: String) -> String {
        switch fault {
        case "other_zone": "timezone: \(zone), though the organisation is in \(organizationZone)"
        case "unknown_lead": "lead_id: no such lead; load it first: relance import leads FILE.csv"
        default: "lead_id: this lead was erased"
        }
    }

    private struct Answer: Sendable {
        struct Verdict: Sendable {
            let what: String
            let line: Int?
            let detail: String?
            let count: Int64
        }

        let organizations: Int64
        let closers: Int64
        let verdicts: [Verdict]
    }

    private func write(_ rows: [BookingRow], at time: BusinessTime) async throws -> Answer {
        let statements =
            OrganizationImport.statements(rows.map(\.organization), countries) + [
                (
                    SQLStatement.syncBookings,
                    [
                        .ints(rows.map { Int64($0.line) }), .texts(rows.map(\.tenantID)), .texts(rows.map(\.id)),
                        .texts(rows.map(\.leadID)),
                        .texts(rows.map(\.organization.closer.id)), .texts(rows.map(\.organization.zone)),
                        .timestamps(rows.map(\.createdAt)),
                        .timestamps(rows.map(\.startsAt)), .ints(rows.map { Int64($0.durationMinutes) }),
                        .texts(rows.map(\.video)),
                        .timestamps(rows.map(\.cancelledAt)), .timestamps(rows.map(\.completedAt)), .bool(isLive),
                    ]
                )
            ]
        return try await connection.run { session throws(PostgresError) in
            let answers = try session.batch(at: time, statements)
            return Answer(
                organizations: try answers[0].single().int("count"), closers: try answers[1].single().int("count"),
                verdicts: try answers[2].map { row throws(PostgresError) in
                    Answer.Verdict(
                        what: try row.text("what"), line: try row.optionalInt("line").map { Int($0) },
                        detail: try row.optionalText("detail"),
                        count: try row.int("count"))
                })
        }
    }
}

extension SQLStatement {
    fileprivate static let syncBookings = SQLStatement(embedded: PackageResources.sync_bookings_sql)
}
