import HTTPClient
import API
import Foundation
import Ingest
import Postgres
import TestSupport
import Testing

struct KeyCommandTests {
    private static func relance(_ database: TestDatabase, _ words: String...) async throws -> (ChildProcess.Exit, String, String)
    {
        let url = database.workerURL.replacingOccurrences(of: "relance_worker", with: "relance_ops")
        let process = try await ChildProcess("relance", words, environment: ["DATABASE_URL": url, "USER": "ada"])
        let exit = try await process.exit()
        return (exit, process.standardOutput, process.standardError)
    }

    @Test func `a key is made, shown once, works, is listed and revoked`() async throws {
        let ingest = try await IngestFixture.make()
        let (exit, output, errors) = try await Self.relance(
            ingest.database, "keys", "create", "--tenant", "acme", "--name", "crm", "--scopes", "read", "--expires", "30d")
        #expect(exit == .status(0), "\(errors)")
        let key = try #require(APIKey(output.trimmingCharacters(in: .newlines)))
        func status() async throws -> Int {
            try await ingest.send(.get, "/api/alerts/active", headers: ["Authorization": "Bearer \(key.text)"]).status
        }
        #expect(try await status() == 200)
        let list = try await Self.relance(ingest.database, "keys", "list", "--tenant", "acme", "--json").1
        #expect(!list.contains(key.text) && list.contains(#""name":"crm""#) && list.contains(key.hint))
        let id = try await ingest.database.value("select id from relance.api_keys where name = 'crm'")
        #expect(try await Self.relance(ingest.database, "keys", "revoke", id, "--tenant", "other").0 == .status(65))
        #expect(try await Self.relance(ingest.database, "keys", "revoke", id).0 == .status(0))
        #expect(try await Self.relance(ingest.database, "keys", "revoke", id).0 == .status(65))
        try await eventually(within: .seconds(6), "the refusal") { try await status() == 401 }
        let audit = try await ingest.database.rows("select operator, action from relance.operator_actions order by id")
        #expect(audit == [["ada", "keys create"], ["ada", "keys revoke"]])
    }

    @Test(arguments: [
        (["--name", "x"], 64), (["--tenant", "acme"], 64), (["--tenant", "nobody", "--name", "x"], 65),
        (["--tenant", "acme", "--name", "x", "--scopes", "root"], 64),
        (["--tenant", "acme", "--name", "x", "--origins", "https://a.example/path"], 64),
        (["--tenant", "acme", "--name", "x", "--origins", "https://a.example", "--scopes", "admin"], 64),
        (["--tenant", "acme", "--name", "x", "--expires", "never"], 64),
        (["--tenant", "acme", "--name", "x", "--origins", "https://a.example"], 0),
    ])
    func `a key that would be wrong is not made`(words: [String], status: Int) async throws {
        let database = try await TestDatabase.create()
        try await database.execute("insert into organizations (id, name) values ('acme', 'Acme')")
        let url = database.workerURL.replacingOccurrences(of: "relance_worker", with: "relance_ops")
        let process = try await ChildProcess(
            "relance", ["keys", "create"] + words, environment: ["DATABASE_URL": url, "USER": "ada"])
        #expect(try await process.exit() == .status(Int32(status)), "\(process.standardError)")
        #expect(try await database.count("select count(*) from relance.api_keys") == (status == 0 ? 1 : 0))
    }
}
