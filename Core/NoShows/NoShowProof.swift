public import Postgres
public import Schema

/// Proves that no appointment is forgotten: the full derivation against the pointers (D-01).
///
/// Does: walks the appointments and marks of the last seven days and of the future in pages, compares, marks what was forgotten for
/// the next tick. Runs when: nightly. Safe to repeat because: marking is idempotent. If it fails: the next night repeats it.
public struct NoShowProof: Sendable {
    /// What the proof found.
    public struct Report: Sendable, Equatable {
        /// Appointments walked.
        public var examined = 0
        /// Appointments and weekly rates that nobody would have looked at. None, unless a trigger was switched off or a restore went
        /// wrong.
        public var forgotten = 0
    }

    private let connection: PostgresConnection
    private let pageSize: Int

    /// - Parameter pageSize: appointments a statement; bounds its memory (I9).
    public init(connection: PostgresConnection, pageSize: Int = 5000) {
        self.connection = connection
        self.pageSize = pageSize
    }

    /// Walks all of them.
    public func run(at time: BusinessTime) async throws -> Report {
        var report = Report()
        var (tenant, id) = ("", "")
        let pageSize = pageSize
        while true {
            let from = (tenant, id)
            let page = try await connection.run { session throws(PostgresError) in
                let row = try session.batch(
                    at: time, [(.proveNoShowPointers, [.text(from.0), .text(from.1), .int(pageSize)])])[0].single()
                return (
                    examined: Int(try row.int("examined")), tenant: try row.optionalText("last_tenant"),
                    id: try row.optionalText("last_id"), forgotten: try row.text("forgotten")
                )
            }
            report.examined += page.examined
            if page.forgotten != "[]" {
                report.forgotten += try await connection.execute(.repairNoShowPointers, [.text(page.forgotten)])
            }
            guard page.examined == pageSize, let last = page.tenant, let lastID = page.id else { break }
            (tenant, id) = (last, lastID)
        }
        report.forgotten += try await connection.run { session throws(PostgresError) in
            try session.batch(at: time, [(.repairNoShowRatePointers, [])])[0].affected
        }
        return report
    }
}
