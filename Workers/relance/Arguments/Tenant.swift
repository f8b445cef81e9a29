import Postgres

/// An organisation that a command line names.
enum Tenant {
    /// In which country its numbers without a country code are meant.
    ///
    /// - Throws: `CommandError` where there is no such organisation.
    static func region(_ id: String, over connection: PostgresConnection) async throws -> String {
        let regions = try await connection.query(.readRegion, [.text(id)]) { row throws(PostgresError) in try row.text("region") }
        guard let region = regions.first else { throw unknown(id) }
        return region
    }

    /// There is no such organisation.
    static func unknown(_ id: String) -> CommandError {
        CommandError(
            "there is no organisation \(id.debugDescription). `relance deliveries summary` names those that have messages.")
    }
}

extension SQLStatement {
    fileprivate static let readRegion = SQLStatement(embedded: PackageResources.read_region_sql)
}
