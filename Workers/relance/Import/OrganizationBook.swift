import Postgres
import Primitives

/// What an import must know of organisations and zones; asked once each.
struct OrganizationBook: Sendable {
    /// An organisation that exists.
    struct Entry: Sendable {
        let zone: String
        let region: String
    }

    private let connection: PostgresConnection
    private var organizations: [String: Entry] = [:]
    private var zones: [String: Bool] = [:]

    init(_ connection: PostgresConnection) { self.connection = connection }

    /// An organisation, if it exists and was looked up.
    func entry(_ id: String) -> Entry? { organizations[id] }

    /// Whether the database knows a zone; it must have been looked up.
    func isZone(_ name: String) -> Bool { zones[name] ?? false }

    /// Whether a row's zone is one; if not, the row is refused.
    func accepts(_ row: OrganizationRow, into report: inout ImportReport) -> Bool {
        if isZone(row.zone) { return true }
        report.refuse(row.line, Self.noZone(row.zone))
        return false
    }

    /// What is wrong with a zone that the database does not know.
    static func noZone(_ name: String) -> String {
        "timezone: \(name.debugDescription) is not an IANA time zone such as Europe/Paris"
    }

    /// Looks up what is not known yet.
    mutating func lookUp(organizations ids: Set<String>, zones names: Set<String>) async throws {
        let newIDs = ids.filter { organizations[$0] == nil }.sorted()
        let newZones = names.filter { zones[$0] == nil }.sorted()
        if newIDs.isEmpty && newZones.isEmpty { return }
        let (found, known) = try await connection.run { session throws(PostgresError) in
            let rows = try session.batch([(.readOrganizations, [.texts(newIDs)]), (.checkZones, [.texts(newZones)])])
            return (
                try rows[0].map { row throws(PostgresError) in
                    (try row.text("id"), Entry(zone: try row.text("timezone"), region: try row.text("region")))
                },
                try rows[1].map { row throws(PostgresError) in (try row.text("zone"), try row.bool("is_known")) }
            )
        }
        for (id, entry) in found { organizations[id] = entry }
        for (zone, isKnown) in known { zones[zone] = isKnown }
    }
}

extension SQLStatement {
    fileprivate static let readOrganizations = SQLStatement(embedded: PackageResources.read_organizations_sql)
    fileprivate static let checkZones = SQLStatement(embedded: PackageResources.check_zones_sql)
}
