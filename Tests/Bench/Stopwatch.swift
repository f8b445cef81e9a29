private import Foundation
private import TestSupport

/// A program run under the stopwatch.
struct Stopwatch: Sendable {
    /// From start to end.
    let milliseconds: Double
    /// Processor time, its own and the kernel's for it.
    let cpuMilliseconds: Double
    /// Most memory it held.
    let peakMegabytes: Double

    /// Runs a program to its end.
    ///
    /// - Throws: `BenchFailure` with what it said, unless it ended well.
    static func run(
        _ program: String, _ arguments: [String] = [], environment: [String: String], within limit: Duration = .seconds(60)
    ) async throws -> Stopwatch {
        let path = program.contains("/") ? program : "\(Repository.products)/\(program)"
        let child = try await ChildProcess("stopwatch", [path] + arguments, environment: environment)
        let exit = try await child.exit(within: limit)
        let numbers = child.standardOutput.split(separator: "\n").last?.split(separator: " ").compactMap { Double($0) } ?? []
        guard exit == .status(0), numbers.count == 5, numbers[4] == 0 else {
            throw BenchFailure("\(program) failed (\(numbers.last ?? -1)): \(child.standardError.suffix(2000))")
        }
        return Stopwatch(
            milliseconds: numbers[0] / 1e6, cpuMilliseconds: (numbers[1] + numbers[2]) / 1e3, peakMegabytes: numbers[3] / 1024)
    }
}
