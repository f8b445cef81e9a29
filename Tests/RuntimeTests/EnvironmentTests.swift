import Foundation
import Primitives
import Runtime
import TestSupport
import Testing

@Suite struct EnvironmentTests {
    private enum Format: String, CaseIterable { case json, text }

    /// Reads one of each sort; returns what `finish` finds.
    private func faults(_ values: [String: String]) -> [String] {
        var environment = Environment(values)
        _ = environment.required("DATABASE_URL", example: "postgresql:///relance")
        _ = environment.secret("API_KEY")
        _ = environment.url("API_URL", default: "https://api.example")
        _ = environment.choice("LOG_FORMAT", default: Format.json)
        _ = environment.integer("LIMIT", default: 5, in: 1...10)
        _ = environment.duration("LEASE", default: .seconds(30), in: .seconds(1) ... .seconds(600))
        do {
            try environment.finish()
            return []
        } catch { return error.faults }
    }

    @Test func `every fault is reported at once, each by its variable`() {
        let faults = faults([
            "API_KEY_FILE": "/nowhere/key", "API_URL": "ftp://x", "LOG_FORMAT": "xml", "LIMIT": "11", "LEASE": "soon",
        ])
        #expect(
            faults.map { String($0.prefix { $0 != " " }) } == [
                "DATABASE_URL", "API_KEY_FILE", "API_URL", "LOG_FORMAT", "LIMIT", "LEASE",
            ])
        let text = ConfigurationError(faults: faults).description
        #expect(text.split(separator: "\n").count == 7)
        #expect(text.contains("json, text"))
        #expect(text.contains("1 to 10"))
    }

    @Test func `what is not set has its default, and so has what is empty`() {
        #expect(faults(["DATABASE_URL": "x"]) == [])
        #expect(faults(["DATABASE_URL": "x", "API_URL": "", "LOG_FORMAT": "", "LIMIT": "", "LEASE": "", "API_KEY": ""]) == [])
        #expect(faults(["DATABASE_URL": ""]).count == 1)
    }

    @Test(arguments: [
        ("API_URL", "api.example"), ("API_URL", "https://"), ("API_URL", "https://a b"), ("API_URL", "https:///path"),
        ("LIMIT", "0"), ("LIMIT", "5.0"), ("LIMIT", "five"), ("LIMIT", "99999999999999999999"), ("LEASE", "0s"),
        ("LEASE", "601s"), ("LEASE", "30"), ("LOG_FORMAT", "JSON"),
    ])
    func `what is set and invalid is a fault, never silently the default`(key: String, value: String) {
        let faults = faults(["DATABASE_URL": "x", key: value])
        #expect(faults.count == 1)
        #expect(faults.first?.hasPrefix(key) == true)
    }

    @Test func `a URL loses its last slash and a list its blanks`() {
        var environment = Environment(["API_URL": "https://api.example/v1/", "LIST": " a, b ,,c,"])
        #expect(environment.url("API_URL", default: "") == "https://api.example/v1")
        #expect(environment.list("LIST") == ["a", "b", "c"])
        #expect(environment.list("NONE") == [])
    }

    @Test(arguments: [("s3cret", "s3cret"), ("s3cret\n", "s3cret"), ("s3cret\r\n", "s3cret"), (" s3 cret \n\n", " s3 cret ")])
    func `a credential's file is read without its last line's end`(content: String, value: String) throws {
        let file = try ScratchFile(content)
        var environment = Environment(["KEY_FILE": file.path])
        #expect(environment.secret("KEY")?.reveal() == value)
        try environment.finish()
    }

    @Test func `a required value may come from a file, and one fault about it is enough`() throws {
        let file = try ScratchFile("postgresql:///relance\n")
        var environment = Environment(["DATABASE_URL_FILE": file.path])
        #expect(environment.required("DATABASE_URL", example: "") == "postgresql:///relance")
        try environment.finish()
        #expect(faults(["DATABASE_URL_FILE": "/nowhere"]).count == 1)
    }

    @Test func `an empty file, and a value beside a file, are faults`() throws {
        let file = try ScratchFile("\n")
        #expect(faults(["DATABASE_URL": "x", "API_KEY_FILE": file.path]) == ["API_KEY_FILE names \(file.path), which is empty"])
        #expect(
            faults(["DATABASE_URL": "x", "API_KEY": "a", "API_KEY_FILE": "/b"]) == [
                "API_KEY and API_KEY_FILE are both set: keep one"
            ])
    }

    @Test func `a secret shows nowhere but where it is revealed`() {
        struct Configuration {
            let key: Secret
            let keys: [Secret]
        }
        let secret = Secret("hunter2")
        let configuration = Configuration(key: secret, keys: [secret])
        var dumped = ""
        dump(configuration, to: &dumped)
        dump(secret, to: &dumped)
        for text in [
            "\(secret)", "\(configuration)", String(reflecting: secret), String(reflecting: configuration), dumped,
            "\(Mirror(reflecting: secret).children.map { $0 })", "\(Optional(secret) as Any)",
        ] { #expect(!text.contains("hunter2"), "\(text)") }
        #expect("\(secret)" == "•••")
        #expect(secret.reveal() == "hunter2")
        #expect(secret == Secret("hunter2"))
        #expect(secret != Secret("hunter3"))
    }
}

/// A file that lives as long as this object.
private final class ScratchFile {
    /// Where it is.
    let path: String

    init(_ content: String) throws {
        path = "\(TestServers.directory)/scratch.\(UInt64.random(in: .min ... .max))"
        try Data(content.utf8).write(to: URL(filePath: path))
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
