public import Postgres
public import Schema

/// The recovery rate by form and local week, and the alert where it is low (D-52).
///
/// Does: writes the weeks that can still change anew, then raises, renews or ends one alert a form. Runs when: hourly, by the
/// leader. Safe to repeat because: what is written is absolute. If it fails: the next hour repeats it.
public struct RecoveryRates: Sendable {
    private let program: String
    private let connection: PostgresConnection

    /// - Parameter program: whose lease fences what is written.
    public init(program: String, connection: PostgresConnection) {
        self.program = program
        self.connection = connection
    }

    /// Does it for every organisation that has sequences, one transaction each.
    ///
    /// - Returns: how many forms stand below the bound.
    public func refresh(at time: BusinessTime, keepLeading: @Sendable () async throws -> Int64?) async throws -> Int {
        var low = 0
        var after = ""
        while true {
            let from = after
            let tenants = try await connection.run { session throws(PostgresError) in
                try session.batch(at: time, [(.listRecoveringTenants, [.text(from)])])[0].map { row throws(PostgresError) in
                    try row.text(0)
                }
            }
            for tenant in tenants {
                guard let epoch = try await keepLeading() else { return low }
                let values: [PostgresValue] = [.text(program), .int(epoch), .text(tenant)]
                low += try await connection.run { session throws(PostgresError) in
                    Int(try session.batch(at: time, [(.storeRates, values), (.judgeRates, values)])[1].single().int("low"))
                }
            }
            guard let last = tenants.last else { return low }
            after = last
        }
    }
}

extension SQLStatement {
    fileprivate static let listRecoveringTenants = SQLStatement(embedded: PackageResources.list_recovering_tenants_sql)
    fileprivate static let storeRates = SQLStatement(embedded: PackageResources.store_rates_sql)
    fileprivate static let judgeRates = SQLStatement(embedded: PackageResources.judge_rates_sql)
}
