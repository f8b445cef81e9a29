import Foundation
import TestSupport
import Testing

@Suite struct PrivateServersTests {
    @Test func `a full disk fails the write that finds it full, and passes`() async throws {
        try await PrivateServers.with([.postgres]) { servers in
            func run(_ statement: String) async throws -> (ChildProcess.Exit, String) {
                let process = try await ChildProcess(
                    "/usr/bin/psql", ["-XAtv", "VERBOSITY=verbose", "-c", statement, servers.databaseURL])
                return (try await process.exit(), process.standardError + process.standardOutput)
            }
            let fill = "insert into filler select repeat('x', 900) from generate_series(1, 9000)"
            #expect(try await run("create table filler (line text)").0 == .status(0))
            try await servers.limitFiles(to: 4 << 20)
            let (full, message) = try await run(fill)
            #expect(full == .status(1))
            #expect(message.contains("53100"), "\(message)")
            #expect(try await run("select 1").1 == "1\n")
            try await servers.limitFiles(to: nil)
            #expect(try await run(fill).0 == .status(0))
            #expect(try await run("select count(*) from filler").1 == "9000\n")
        }
    }

    @Test func `a crash loses nothing that was committed`() async throws {
        try await PrivateServers.with([.postgres]) { servers in
            func run(_ statement: String) async throws -> String {
                let process = try await ChildProcess("/usr/bin/psql", ["-XAtqc", statement, servers.databaseURL])
                #expect(try await process.exit() == .status(0))
                return process.standardOutput
            }
            _ = try await run("create table kept as select 1 as one")
            try await servers.crash(.postgres)
            try await servers.start(.postgres)
            #expect(try await run("select * from kept") == "1\n")
            try await servers.freeze(.postgres)
            async let answer = run("select one + 1 from kept")
            try await Task.sleep(for: .milliseconds(50))
            try await servers.thaw(.postgres)
            #expect(try await answer == "2\n")
        }
    }
}
