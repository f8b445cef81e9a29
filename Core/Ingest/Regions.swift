internal import API
internal import Postgres
private import Synchronization

/// The regions in which tenants write numbers without a country code, read from Postgres and remembered for a minute.
final class Regions: Sendable {
    private static let lifetime = Duration.seconds(60)
    private static let capacity = 10_000

    private let memory = Mutex<[String: (region: String, until: ContinuousClock.Instant)]>([:])
    private let reads: ReadPool

    init(_ reads: ReadPool) { self.reads = reads }

    /// The ISO 3166 code of a tenant's region.
    func region(of tenantID: String) async throws(Problem) -> String {
        let now = ContinuousClock.now
        if let known = memory.withLock({ $0[tenantID] }), known.until > now { return known.region }
        let region = try await reads.read { session throws(PostgresError) in
            try session.query(.readRegion, [.text(tenantID)]).first?.text("region")
        }
        guard let region else { throw .notFound("organisation") }
        memory.withLock { memory in
            if memory.count >= Self.capacity { memory = [:] }
            memory[tenantID] = (region, now + Self.lifetime)
        }
        return region
    }
}

extension SQLStatement {
    fileprivate static let readRegion = SQLStatement(embedded: PackageResources.read_region_sql)
}
