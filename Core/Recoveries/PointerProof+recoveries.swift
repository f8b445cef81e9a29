public import Coordination
public import Postgres

extension PointerProof {
    /// Of all abandons: none has something to decide and no pointer that is due by then.
    public static func recoveries(over connection: PostgresConnection, pageSize: Int = 2000) -> PointerProof {
        PointerProof(over: connection, prove: .proveRecoveries, repair: .repairRecoveries, pageSize: pageSize)
    }
}

extension SQLStatement {
    fileprivate static let proveRecoveries = SQLStatement(embedded: PackageResources.prove_recoveries_sql)
    fileprivate static let repairRecoveries = SQLStatement(embedded: PackageResources.repair_recoveries_sql)
}
