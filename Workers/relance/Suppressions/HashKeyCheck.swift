import Messaging
import Postgres
import Runtime

/// Whether ADDRESS_HASH_KEY is the one that the workers have. Under another one a suppression would be kept that stops nothing,
/// and nobody would know.
enum HashKeyCheck {
    /// Fewer messages than this prove nothing: recipients change their addresses.
    private static let enough = 3

    /// Hashes the recipients of the last messages, and compares.
    ///
    /// - Throws: `ConfigurationError` when none of them is found under the key.
    static func run(_ book: AddressBook, over connection: PostgresConnection) async throws {
        let matches = try await connection.query(.sampleHashes) { row throws(PostgresError) in
            let (raw, region) = (try row.text("address"), try row.text("region"))
            let address = try row.text("channel") == "email" ? raw : AddressBook.phoneNumber(raw, region: region)
            let hash = try row.text("hash")
            return address.map { book.hash($0) == hash } ?? false
        }
        if matches.count >= enough && !matches.contains(true) {
            throw ConfigurationError(faults: [
                "ADDRESS_HASH_KEY is not the one that the workers have: none of the last \(matches.count) messages went to an address under it"
            ])
        }
    }
}

extension SQLStatement {
    fileprivate static let sampleHashes = SQLStatement(embedded: PackageResources.sample_hashes_sql)
}
