import Foundation
import Runtime
import TestSupport
import Testing

@Suite struct MetricsFileTests {
    @Test func `samples are written in the exposition format`() {
        let text = MetricsFile.text([
            .init(
                "relance_jobs", help: "Jobs by outcome.", kind: "counter",
                labels: [("outcome", "done"), ("kind", "a\"b\\c\r\nd")], value: 3),
            .init("relance_jobs", help: "Jobs by outcome.", kind: "counter", labels: [("outcome", "dead")], value: 0),
            .init("relance_seconds", help: "A line\nand a \\.", value: 0.25),
            .init("relance_large", help: "Large.", value: 1e300),
            .init("relance_odd", help: "Odd.", value: .nan),
        ])
        #expect(
            text.replacing("\r", with: "<CR>") == #"""
                # HELP relance_jobs Jobs by outcome.
                # TYPE relance_jobs counter
                relance_jobs{outcome="done",kind="a\"b\\c<CR>\nd"} 3
                relance_jobs{outcome="dead"} 0
                # HELP relance_seconds A line\nand a \\.
                # TYPE relance_seconds gauge
                relance_seconds 0.25
                # HELP relance_large Large.
                # TYPE relance_large gauge
                relance_large 1e+300
                # HELP relance_odd Odd.
                # TYPE relance_odd gauge
                relance_odd nan

                """#)
    }

    @Test func `the file is replaced as a whole and leaves nothing beside it`() throws {
        let directory = "\(TestServers.directory)/metrics.\(UInt64.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = "\(directory)/relance.prom"
        for value in [1.0, 2] { try MetricsFile(path: path).write([.init("m", help: "M.", value: value)]) }
        #expect(try String(contentsOfFile: path, encoding: .utf8).hasSuffix("m 2\n"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["relance.prom"])

        // A name that is taken by a folder: an error, and no litter.
        let folder = "\(directory)/folder"
        try FileManager.default.createDirectory(atPath: "\(folder)/full", withIntermediateDirectories: true)
        #expect(throws: ConfigurationError.self) { try MetricsFile(path: folder).write([]) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory).sorted() == ["folder", "relance.prom"])
        #expect(throws: (any Error).self) { try MetricsFile(path: "/nowhere/at/all").write([]) }
    }
}
