public import Coordination
public import Postgres
public import Schema

/// Proves that no appointment is forgotten, nor an organisation's weekly rate (D-01): those of the last seven days and of the future
/// with their marks, then the rates, of which there is one an organisation.
public struct NoShowProof: Sendable {
    private let connection: PostgresConnection
    private let appointments: PointerProof

    /// - Parameter pageSize: appointments a statement; bounds its memory (I9).
    public init(connection: PostgresConnection, pageSize: Int = 5000) {
        self.connection = connection
        appointments = PointerProof(
            over: connection, prove: .proveNoShowPointers, repair: .repairNoShowPointers, pageSize: pageSize)
    }

    /// Walks all of them.
    public func run(at time: BusinessTime) async throws -> PointerProof.Report {
        var report = try await appointments.run(at: time)
        report.forgotten += try await connection.run { session throws(PostgresError) in
            try session.batch(at: time, [(.repairNoShowRatePointers, [])])[0].affected
        }
        return report
    }
}
