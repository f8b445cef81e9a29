import Postgres

/// The statements that create the organisations and closers of a bookings file, where they are missing.
enum OrganizationImport {
    /// Two statements, each of which answers with one `count`.
    static func statements(_ rows: [OrganizationRow], _ countries: ZoneCountries) -> [(SQLStatement, [PostgresValue])] {
        // The first row of an organisation speaks for it: its zone is what the others are held to.
        let organizations = Dictionary(rows.map { ($0.tenantID, $0.zone) }) { first, _ in first }.sorted { $0.key < $1.key }
        let closers = Dictionary(rows.map { ([$0.tenantID, $0.closer.id], $0) }) { first, _ in first }.values
        return [
            (
                .importOrganizations,
                [
                    .texts(organizations.map(\.key)), .texts(organizations.map(\.value)),
                    .texts(organizations.map { countries.locale(of: $0.value) }),
                    .texts(organizations.map { countries.region(of: $0.value) }),
                ]
            ),
            (
                .importClosers,
                [
                    .texts(closers.map(\.tenantID)), .texts(closers.map(\.closer.id)), .texts(closers.map(\.closer.name)),
                    .texts(closers.map(\.closer.email)), .texts(closers.map(\.closer.phone)),
                ]
            ),
        ]
    }
}

extension SQLStatement {
    fileprivate static let importOrganizations = SQLStatement(embedded: PackageResources.import_organizations_sql)
    fileprivate static let importClosers = SQLStatement(embedded: PackageResources.import_closers_sql)
}
