import Foundation
import Testing

/// Reads what the tests wrote with a library that had no part in writing it: `icalendar` of PyPI, and Python's own `email`.
///
/// `RELANCE_PYTHON` names an interpreter that has `icalendar`; `python3` is the default. Its absence fails the test.
enum PythonReader {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// What `script` prints as JSON when `input` is on its standard input.
    static func read<Value: Decodable>(_ input: [UInt8], script: String, as value: Value.Type) throws -> Value {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [ProcessInfo.processInfo.environment["RELANCE_PYTHON"] ?? "python3", "-c", script]
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("relance-\(UUID().uuidString)")
        try Data(input).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        process.standardInput = try FileHandle(forReadingFrom: file)
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        let complaint = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(description: String(decoding: complaint, as: UTF8.self)) }
        return try JSONDecoder().decode(value, from: data)
    }
}
