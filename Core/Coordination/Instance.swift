public import Postgres
public import Primitives

/// What the database says of itself: which environment it is, whether sending is paused, what time it is there.
public struct Instance: Sendable, Equatable {
    /// Names the database in a Redis that it may share with others.
    public let id: String
    /// `production`, `staging` or `development`.
    public let environment: String
    /// An operator has paused all sending.
    public let isPaused: Bool
    /// Business time there.
    public let businessNow: Timestamp
    /// The newest migration applied.
    public let schemaVersion: Int

    /// Whether business time may be set and failpoints may strike (D-91).
    public var isDevelopment: Bool { environment == "development" }

    /// Redis channel whose messages wake the resident instances that drain a queue.
    public func hintChannel(_ queue: String) -> String { "relance:\(id):hint:\(queue)" }

    /// The statement that reads it.
    public static let statement: (SQLStatement, [PostgresValue]) = (
        SQLStatement(embedded: PackageResources.read_instance_sql), []
    )

    /// Reads its row.
    public init(_ row: PostgresRow) throws(PostgresError) {
        id = try row.text("id")
        environment = try row.text("environment")
        isPaused = try row.bool("is_paused")
        businessNow = try row.timestamp("business_now")
        schemaVersion = Int(try row.int("schema_version"))
    }
}
