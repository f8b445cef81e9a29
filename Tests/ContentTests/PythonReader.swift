import Foundation
import TestSupport
import Testing

/// Reads what the tests wrote with a library that had no part in writing it: `icalendar` of PyPI, and Python's own `email`.
///
/// By the interpreter that `Scripts/setup --tests` prepares; its absence fails the test.
enum PythonReader {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let loop = """

        import base64
        print(json.dumps([read(base64.b64decode(line)) for line in sys.stdin]))
        """

    /// What the function `read` that `script` defines makes of each of `documents`; one process for them all, for starting one
    /// takes longer than reading.
    static func read<Value: Decodable>(_ documents: [[UInt8]], script: String, as value: Value.Type) throws -> [Value] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "\(Repository.root)/.local/python/bin/python")
        process.arguments = ["-c", script + loop]
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("relance-\(UUID().uuidString)")
        let lines = documents.map { Data($0).base64EncodedString() + "\n" }
        try Data(lines.joined().utf8).write(to: file)
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
        let values = try JSONDecoder().decode([Value].self, from: data)
        try #require(values.count == documents.count)
        return values
    }
}
