public import Postgres
public import Schema

/// Proves that no abandon is forgotten: the full derivation of every one against its pointers (D-01).
///
/// Does: walks all abandons in pages, compares, marks what was forgotten for the next tick. Runs when: nightly. Safe to repeat
/// because: a mark too many costs one look. If it fails: the next night repeats it.
public struct RecoveryProof: Sendable {
    /// What the proof found.
    public struct Report: Sendable, Equatable {
        /// Abandons walked.
        public var examined = 0
        /// Abandons that had something to decide and no pointer that was due by then. None, unless a trigger was switched off or a
        /// restore went wrong.
        public var forgotten = 0
    }

    private let connection: PostgresConnection
    private let pageSize: Int

    /// - Parameter pageSize: abandons a statement; bounds its memory (I9).
    public init(connection: PostgresConnection, pageSize: Int = 2000) {
        self.connection = connection
        self.pageSize = pageSize
    }

    /// Walks all abandons.
    public func run(at time: BusinessTime) async throws -> Report {
        var report = Report()
        var (tenant, id) = ("", "")
        let pageSize = pageSize
        while true {
            let from = (tenant, id)
            let page = try await connection.run { session throws(PostgresError) in
                let row = try session.batch(
                    at: time, [(.proveRecoveries, [.text(from.0), .text(from.1), .int(pageSize)])])[0].single()
                return (
                    examined: Int(try row.int("examined")), tenant: try row.optionalText("last_tenant"),
                    id: try row.optionalText("last_id"), forgotten: try row.text("forgotten")
                )
            }
            report.examined += page.examined
            if page.forgotten != "[]" {
                report.forgotten += try await connection.execute(.repairRecoveries, [.text(page.forgotten)])
            }
            guard page.examined == pageSize, let last = page.tenant, let lastID = page.id else { return report }
            (tenant, id) = (last, lastID)
        }
    }
}

extension SQLStatement {
    fileprivate static let proveRecoveries = SQLStatement(embedded: PackageResources.prove_recoveries_sql)
    fileprivate static let repairRecoveries = SQLStatement(embedded: PackageResources.repair_recoveries_sql)
}
