public import Postgres
public import Primitives

/// What the database says of itself: which environment it is, whether sending is paused, what time it is there.
public struct Instance: Sendable, Equatable {
    public let environment: String
    public let isPaused: Bool
    public let businessNow: Timestamp
    public let schemaVersion: Int

    /// Whether business time may be set and failpoints may strike (D-91).
    public var isDevelopment: Bool { environment == "development" }

    /// The statement that reads it.
    public static let statement: (SQLStatement, [PostgresValue]) = (
        SQLStatement(embedded: PackageResources.read_instance_sql), []
    )

    /// Reads its row.
    public init(_ row: PostgresRow) throws(PostgresError) {
        environment = try row.text("environment")
        isPaused = try row.bool("is_paused")
        businessNow = try row.timestamp("business_now")
        schemaVersion = Int(try row.int("schema_version"))
    }
}
