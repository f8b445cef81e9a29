import PhoneNumbers
import Postgres
import Primitives
import Schema

/// Loads leads: inserts the new ones, updates the changed ones, a transaction and a statement a batch.
struct LeadImport {
    /// What is counted, in the order in which it is told.
    static let counts = ["rows", "inserted", "updated", "unchanged", "without_phone"]
    /// Rows of one statement.
    static let batchSize = 1000

    private let connection: PostgresConnection
    private var book: OrganizationBook

    init(_ connection: PostgresConnection) {
        self.connection = connection
        book = OrganizationBook(connection)
    }

    /// A row with its number in E.164.
    private struct Lead {
        let row: LeadRow
        let phone: String?
        /// The number could not be read: the one in the database stays.
        let keepsPhone: Bool
    }

    /// Loads a batch.
    mutating func load(_ rows: [LeadRow], at time: BusinessTime, into report: inout ImportReport) async throws {
        try await book.lookUp(organizations: Set(rows.map(\.tenantID)), zones: Set(rows.compactMap(\.zone)))
        let leads = rows.compactMap { lead($0, into: &report) }
        if leads.isEmpty { return }
        let answer = try await write(leads, at: time)
        var (known, written): (Int64, Int64) = (0, 0)
        for verdict in answer {
            switch (verdict.what, verdict.line) {
            case ("known", _): known = verdict.count
            case (_, let line?): report.refuse(line, "lead_id: this lead was erased and is not loaded again")
            case (let change, nil):
                written += verdict.count
                report.count(change, verdict.count)
            }
        }
        report.count("unchanged", known - written)
    }

    private func lead(_ row: LeadRow, into report: inout ImportReport) -> Lead? {
        guard let organization = book.entry(row.tenantID) else {
            report.refuse(
                row.line, "org: no such organisation; create those of a bookings file: relance import organizations FILE.csv")
            return nil
        }
        if let zone = row.zone, !book.isZone(zone) {
            report.refuse(row.line, OrganizationBook.noZone(zone))
            return nil
        }
        guard let raw = row.phone else { return Lead(row: row, phone: nil, keepsPhone: false) }
        do {
            return Lead(row: row, phone: try PhoneNumber.normalize(raw, region: organization.region), keepsPhone: false)
        } catch {
            report.count("without_phone")
            report.warn(row.line, "phone: \(error); the lead is loaded without it")
            return Lead(row: row, phone: nil, keepsPhone: true)
        }
    }

    private struct Verdict: Sendable {
        let what: String
        let line: Int?
        let count: Int64
    }

    private func write(_ leads: [Lead], at time: BusinessTime) async throws -> [Verdict] {
        let values: [PostgresValue] = [
            .ints(leads.map { Int64($0.row.line) }), .texts(leads.map(\.row.tenantID)), .texts(leads.map(\.row.id)),
            .texts(leads.map(\.row.name)), .texts(leads.map(\.row.email)), .texts(leads.map(\.phone)),
            .bools(leads.map(\.keepsPhone)),
            .texts(leads.map(\.row.locale)), .texts(leads.map(\.row.zone)),
        ]
        return try await connection.run { session throws(PostgresError) in
            try session.batch(at: time, [(.upsertLeads, values)])[0].map { row throws(PostgresError) in
                Verdict(
                    what: try row.text("what"), line: try row.optionalInt("line").map { Int($0) }, count: try row.int("count"))
            }
        }
    }
}

extension SQLStatement {
    fileprivate static let upsertLeads = SQLStatement(embedded: PackageResources.upsert_leads_sql)
}
