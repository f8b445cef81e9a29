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
        var arguments = ["-n", "-M", "extended", "-c", "2", "-j", "2", "-t", String(transactions), "-f", file]
        for (name, value) in variables { arguments += ["-D", "\(name)=\(value)"] }
        let child = try await ChildProcess(
            try await database.program("pgbench"), arguments + [database.workerURL], environment: ["LC_ALL": "C.UTF-8"])
        let exit = try await child.exit(within: .seconds(600))
        let output = child.standardOutput
        let rate = output.split(separator: "\n").first { $0.hasPrefix("tps = ") }.flatMap { Double($0.split(separator: " ")[2]) }
        guard exit == .status(0), output.contains("number of failed transactions: 0"), let rate else {
            throw BenchFailure("pgbench failed: \(child.standardError.suffix(2000))\n\(output)")
        }
        return Double(transactions * 2) / rate
    }

    /// A statement of ours for a script: `$n` becomes the n-th of `expressions`.
    static func text(_ statement: SQLStatement, _ expressions: [String]) -> String {
        expressions.indices.reversed().reduce(statement.text) { text, index in
            text.replacing("$\(index + 1)", with: expressions[index])
        }
    }
}
