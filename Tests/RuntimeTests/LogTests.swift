import Foundation
import Primitives
import Runtime
import Synchronization
import Testing

@Suite struct LogTests {
    /// Where a test's lines go.
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        func add(_ line: String) { lines.withLock { $0.append(line) } }
        var all: [String] { lines.withLock { $0 } }
    }

    private func lines(_ format: Log.Format, level: Log.Level = .debug, _ body: (Log) -> Void) -> [String] {
        let lines = Lines()
        body(Log(level: level, format: format, context: [("program", "tests")], sink: { lines.add($0) }))
        return lines.all
    }

    private static let hostile = [
        "", "plain", "a b", "quo\"te", "back\\slash", "new\nline\r\t", "\u{0}\u{1b}[31m\u{7f}", "漢字 🏳️‍🌈", "a=b", "\u{2028}",
    ]

    @Test(arguments: hostile)
    func `a line of JSON reads back as it was meant`(value: String) throws {
        let line = try #require(lines(.json) { $0.info(.runStarted, ["value": value, value + "key": "x"]) }.first)
        #expect(!line.contains("\n"))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
        #expect(object["value"] == value)
        #expect(object[value + "key"] == "x")
        #expect(object["program"] == "tests")
        #expect(object["level"] == "info")
        #expect(object["event"] == "runStarted")
        #expect(object["message"] == "run started")
        #expect(object["at"].flatMap { Timestamp($0) } != nil)
    }

    @Test(arguments: hostile)
    func `no value breaks a line of text`(value: String) throws {
        for format in [Log.Format.text, .journal] {
            let line = try #require(lines(format) { $0.warning(.runFailed, ["value": value, "next": "1"]) }.first)
            #expect(!line.contains("\n") && !line.contains("\r"))
            #expect(line.hasSuffix(" next=1"))
        }
    }

    @Test func `journald gets its priorities`() {
        let lines = lines(.journal) { log in
            log.debug(.planned)
            log.info(.planned)
            log.warning(.planned)
            log.error(.planned)
        }
        #expect(lines.map { String($0.prefix(3)) } == ["<7>", "<6>", "<4>", "<3>"])
    }

    @Test func `what is below the level is not written`() {
        let lines = lines(.text, level: .warning) { log in
            log.info(.planned)
            log.with([("run", "1")]).error(.planned)
        }
        #expect(lines.count == 1)
        #expect(lines.first?.hasSuffix("program=tests run=1") == true)
    }

    @Test func `messages are constants, one for each event`() {
        #expect(Set(Event.allCases.map(\.rawValue)).count == Event.allCases.count)
        for event in Event.allCases { #expect(event.rawValue.first?.isLowercase == true) }
    }
}
