private import Foundation
import Postgres
private import TestSupport

/// pgbench with a script of ours: what the same SQL comes to without us.
struct Pgbench: Sendable {
    /// Runs a script on two connections of a thread each.
    ///
    /// - Parameters:
    ///   - script: `:name` stands for a variable; each becomes a bound parameter.
    ///   - transactions: of each connection.
    ///   - variables: their first values.
    /// - Returns: seconds, without those it takes to connect.
    static func run(
        _ script: String, transactions: Int, variables: [String: String], on database: BenchDatabase
    ) async throws -> Double {
        let file = "\(NSTemporaryDirectory())/relance-\(UUID().uuidString).pgbench"
        try script.write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        let definitions = variables.flatMap { ["-D", "\($0.key)=\($0.value)"] }
        let child = try await ChildProcess(
            "/usr/bin/pgbench",
            ["-n", "-M", "extended", "-c", "2", "-j", "2", "-t", String(transactions), "-f", file] + definitions + [database.workerURL],
            environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"])
        let exit = try await child.exit(within: .seconds(600))
        let text = child.standardOutput
        guard exit == .status(0), text.contains("number of failed transactions: 0"),
            let rate = text.split(separator: "\n").first(where: { $0.hasPrefix("tps = ") }).flatMap({ Double($0.split(separator: " ")[2]) })
        else { throw BenchFailure("pgbench failed: \(child.standardError.suffix(2000))\n\(text)") }
        return Double(transactions * 2) / rate
    }

    /// A statement of ours for a script: `$n` becomes the n-th of `expressions`.
    static func text(_ statement: SQLStatement, _ expressions: [String]) -> String {
        expressions.indices.reversed().reduce(statement.text) { text, index in
            text.replacing("$\(index + 1)", with: expressions[index])
        }
    }
}
