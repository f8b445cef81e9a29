public import API
public import Postgres
internal import Synchronization

/// Connections for what only reads, beside those that commit.
public final class ReadPool: Sendable {
    private let connections: [PostgresConnection]
    private let turn = Atomic<Int>(0)
    private let inFlight = Atomic<Int>(0)
    private let limit = 1024

    /// - Parameter connect: makes a connection, which nobody else uses.
    public init(connections: Int = 2, connect: () -> PostgresConnection) {
        self.connections = (0..<max(1, connections)).map { _ in connect() }
    }

    /// Runs a reading.
    ///
    /// - Throws: 503 where Postgres is away or too many read; 500 for a defect.
    public func read<Value: Sendable>(
        _ body: @Sendable (PostgresSession) throws(PostgresError) -> Value
    ) async throws(Problem) -> Value {
        defer { inFlight.subtract(1, ordering: .relaxed) }
        guard inFlight.add(1, ordering: .relaxed).newValue <= limit else {
            throw .unavailable("There is too much to do at the moment.")
        }
        let index = turn.wrappingAdd(1, ordering: .relaxed).newValue & Int.max
        do {
            return try await connections[index % connections.count].run(body)
        } catch let error as PostgresError where !error.isTransient {
            throw .defect(error)
        } catch {
            throw .unavailable("The database is not available at the moment.")
        }
    }

    /// Closes the connections.
    public func close() async {
        for connection in connections { await connection.close() }
    }
}
