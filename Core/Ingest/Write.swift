public import API
public import Postgres

/// One kind of write that requests ask for. Those of many requests become one statement (or a few), so a kind says how a batch
/// of itself is written and how each of its requests is answered.
public protocol Write: Sendable {
    /// A word from a bounded set, for metrics.
    static var kind: String { get }

    /// What rows of a batch are sorted by: first the tenant, then what the rows lock. Batches that lock in one order never wait
    /// for each other in a circle.
    var order: (String, String) { get }

    /// About how many bytes it sends to Postgres, where that may be many.
    var size: Int { get }

    /// The organisation in whose turn it is written (lock_scheduling.sql); nil where it may meet the others'. The turns of all of a
    /// transaction are taken before anything else in it, in one order.
    var schedulingTenant: String? { get }

    /// The statements for a batch, which is sorted and not empty. They run in one transaction with those of other kinds.
    static func statements(for batch: [Self]) -> [(SQLStatement, [PostgresValue])]

    /// The answer of each, in order, out of the statements' rows. A problem among them is one of its own request alone: it may
    /// not have written anything.
    static func answers(to batch: [Self], from rows: [PostgresRows]) throws(PostgresError) -> [Result<Answer, Problem>]
}

extension Write {
    public var size: Int { 1024 }
    public var schedulingTenant: String? { nil }
}

/// The key under which a request is done once (D-45).
public struct IdempotencyKey: Sendable, Hashable {
    /// The tenant.
    public let tenantID: String
    /// What the caller sent.
    public let key: String
    /// SHA-256 of route and body, in hexadecimal.
    public let requestHash: String

    /// A key.
    public init(tenantID: String, key: String, requestHash: String) {
        self.tenantID = tenantID
        self.key = key
        self.requestHash = requestHash
    }

    /// What tells two keys apart, whatever they were sent with.
    var identity: String { tenantID + "\u{1F}" + key }
}
