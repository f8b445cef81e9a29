import Foundation
import Postgres
import TestSupport

/// A connection to the run's server, for tests that leave nothing behind.
/// - Parameter answerTimeout: the client's own time-out.
func sharedConnection(answerTimeout: Duration = .seconds(30)) throws -> PostgresConnection {
    PostgresConnection(
        PostgresConfiguration(url: try TestServers.databaseURL, applicationName: "tests", answerTimeout: answerTimeout))
}

/// SQL written in a test.
func sql(_ text: String, name: String = "test") -> SQLStatement { SQLStatement(unsafe: text, name: name) }

/// What a closure throws; nil when it returns.
func failure<Value>(_ body: () async throws -> Value) async -> PostgresError? {
    do {
        _ = try await body()
        return nil
    } catch { return error as? PostgresError }
}

/// The same where nothing is awaited: inside a session.
func thrown<Value>(_ body: () throws -> Value) -> PostgresError? {
    do {
        _ = try body()
        return nil
    } catch { return error as? PostgresError }
}

extension PostgresConnection {
    /// The first column of every row, as text.
    func texts(_ text: String, _ values: [PostgresValue] = []) throws(PostgresError) -> [String?] {
        try query(sql(text), values) { row throws(PostgresError) in row.optionalText(0) }
    }
}
