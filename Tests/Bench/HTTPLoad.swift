private import Foundation
private import TestSupport

/// wrk with a script of ours: as many requests as its connections can take, one at a time on each.
enum HTTPLoad {
    /// What came out.
    struct Result: Sendable {
        let perSecond: Double
        /// Milliseconds.
        let p99: Double
    }

    /// - Parameters:
    ///   - script: in Tests/Bench/Peers, without its ending.
    ///   - environment: what the script reads.
    /// - Throws: `BenchFailure`, also when a single request was refused.
    static func run(
        _ script: String, port: Int, connections: Int, seconds: Int, environment: [String: String]
    ) async throws -> Result {
        let peers = "\(Repository.root)/Tests/Bench/Peers"
        let child = try await ChildProcess(
            "/usr/bin/wrk",
            [
                "--threads", "1", "--connections", String(connections), "--duration", "\(seconds)s", "--timeout", "10s",
                "--script", "\(peers)/\(script).lua", "http://127.0.0.1:\(port)",
            ],
            environment: environment.merging(["REPORT": "\(peers)/report.lua"]) { $1 })
        let exit = try await child.exit(within: .seconds(seconds + 30))
        let report = child.standardOutput.split(separator: "\n").first { $0.hasPrefix("report ") }?.split(separator: " ")
        guard exit == .status(0), let report, report.count == 4, let rate = Double(report[1]), let p99 = Double(report[2]) else {
            throw BenchFailure("wrk failed: \(child.standardError.suffix(1000))\(child.standardOutput.suffix(1000))")
        }
        guard report[3] == "0" else { throw BenchFailure("\(report[3]) requests were refused or lost") }
        return Result(perSecond: rate, p99: p99)
    }
}
