public import Postgres
public import Schema

/// Proves that nothing is forgotten: the full derivation of every row against its pointer (D-01).
///
/// Does: walks all rows in pages, compares, marks what was forgotten for the next tick. Runs when: nightly, and whenever an operator
/// asks. Safe to repeat because: a mark too many costs one look. If it fails: the next night repeats it.
public struct PointerProof: Sendable {
    /// What the proof found.
    public struct Report: Sendable, Equatable {
        /// Rows walked.
        public var examined = 0
        /// Rows with something to decide that nobody would have looked at in time. None, unless a trigger was switched off or a
        /// restore went wrong.
        public var forgotten = 0
    }

    private let connection: PostgresConnection
    private let prove: SQLStatement
    private let repair: SQLStatement
    private let pageSize: Int

    /// A proof of one kind of row.
    ///
    /// - Parameters:
    ///   - prove: derives the page after a tenant and an id, `$3` rows long: `examined`, `last_tenant`, `last_id`, and `forgotten`,
    ///     a JSON array of what had no pointer.
    ///   - repair: marks what stands in such an array.
    ///   - pageSize: rows a statement; bounds its memory (I9).
    public init(over connection: PostgresConnection, prove: SQLStatement, repair: SQLStatement, pageSize: Int) {
        self.connection = connection
        self.prove = prove
        self.repair = repair
        self.pageSize = pageSize
    }

    /// Walks all rows.
    public func run(at time: BusinessTime) async throws -> Report {
        var report = Report()
        var (tenant, id) = ("", "")
        while true {
            let values: [PostgresValue] = [.text(tenant), .text(id), .int(pageSize)]
            let page = try await connection.run { session throws(PostgresError) in
                let row = try session.batch(at: time, [(prove, values)])[0].single()
                return (
                    examined: Int(try row.int("examined")), tenant: try row.optionalText("last_tenant"),
                    id: try row.optionalText("last_id"), forgotten: try row.text("forgotten")
                )
            }
            report.examined += page.examined
            if page.forgotten != "[]" {
                report.forgotten += try await connection.execute(repair, [.text(page.forgotten)])
            }
            guard page.examined == pageSize, let last = page.tenant, let lastID = page.id else { return report }
            (tenant, id) = (last, lastID)
        }
    }
}
