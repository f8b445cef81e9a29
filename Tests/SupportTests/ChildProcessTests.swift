import Foundation
import TestSupport
import Testing

@Suite struct ChildProcessTests {
    @Test func `output, errors and status are told apart`() async throws {
        let process = try await ChildProcess("/bin/sh", ["-c", "echo out; echo err >&2; exit 7"])
        #expect(try await process.exit() == .status(7))
        #expect(process.standardOutput == "out\n")
        #expect(process.standardError == "err\n")
        #expect(!process.isRunning)
    }

    @Test func `the environment is exactly what was given`() async throws {
        let process = try await ChildProcess("/usr/bin/env", environment: ["KEY": "a value"])
        try await process.exit()
        #expect(process.standardOutput == "KEY=a value\n")
    }

    @Test func `it runs where it is told to`() async throws {
        let process = try await ChildProcess("/bin/pwd", directory: "/usr")
        try await process.exit()
        #expect(process.standardOutput == "/usr\n")
    }

    @Test func `lines are written to it one by one, and its input ends`() async throws {
        let process = try await ChildProcess("/bin/cat")
        try process.write(line: "one")
        try await process.output(contains: "one\n")
        try process.write(line: "two")
        try await process.output(contains: "two\n")
        process.closeInput()
        #expect(try await process.exit() == .status(0))
    }

    @Test func `a signal that ends it is told from a status`() async throws {
        let process = try await ChildProcess("/bin/sleep", ["60"])
        process.send(SIGTERM)
        #expect(try await process.exit() == .signal(SIGTERM))
    }

    @Test func `a stopped process runs on when it is let`() async throws {
        let process = try await ChildProcess("/bin/cat")
        process.send(SIGSTOP)
        try process.write(line: "late")
        try await eventually { try state(of: process.pid) == "T" }
        #expect(process.standardOutput == "")
        process.send(SIGCONT)
        try await process.output(contains: "late")
    }

    @Test func `past its deadline it is killed, and the error says so`() async throws {
        let process = try await ChildProcess("/bin/sleep", ["60"])
        await #expect(throws: ChildProcessOverdue.self) { try await process.exit(within: .milliseconds(50)) }
        #expect(try await process.exit() == .signal(SIGKILL))
    }

    @Test func `it does not outlive its object`() async throws {
        var process: ChildProcess? = try await ChildProcess("/bin/sleep", ["60"])
        let pid = try #require(process?.pid)
        process = nil
        try await eventually { kill(pid, 0) == -1 }
    }

    @Test func `it does not outlive the process that started it`() async throws {
        // A shell in our place: it starts a sleeper the way we do, and is killed.
        let line = "setpriv --pdeathsig SIGKILL sleep 60 & echo $!; wait"
        let parent = try await ChildProcess("/bin/sh", ["-c", line])
        let pid = try await eventually { Int32(parent.standardOutput.split(separator: "\n").first ?? "") }
        try await eventually { (try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8)) == "sleep\n" }
        parent.send(SIGKILL)
        try await eventually { kill(pid, 0) == -1 }
    }

    @Test func `signals blocked or ignored by the test run are its own again`() async throws {
        let process = try await ChildProcess("/bin/grep", ["-E", "^Sig(Blk|Ign)", "/proc/self/status"])
        try await process.exit()
        let masks = process.standardOutput.split(whereSeparator: \.isWhitespace).compactMap { UInt64($0, radix: 16) }
        #expect(masks.count == 2)
        // The 31 ordinary signals; the ones above belong to the C library.
        #expect(masks.allSatisfy { $0 & 0x7fff_ffff == 0 })
    }

    @Test func `it inherits no descriptor but its three`() async throws {
        let file = try FileHandle(forReadingFrom: URL(filePath: "/etc/hostname"))
        // Without this the kernel would close it by itself.
        _ = fcntl(file.fileDescriptor, F_SETFD, 0)
        let process = try await ChildProcess("/bin/ls", ["/proc/self/fd"])
        try await process.exit()
        try file.close()
        // The fourth is ls's own, on the directory.
        #expect(process.standardOutput == "0\n1\n2\n3\n")
    }

    @Test func `a program that is not there is an error that names it`() async throws {
        let failure = await #expect(throws: POSIXFailure.self) { _ = try await ChildProcess("no-such-program") }
        #expect(failure?.description.contains("no-such-program: No such file") == true)
    }

    @Test func `a program of ours is found beside the tests`() async throws {
        #expect(FileManager.default.isExecutableFile(atPath: Repository.products + "/relance"))
        #expect(FileManager.default.fileExists(atPath: Repository.root + "/Package.swift"))
    }

    private func state(of pid: Int32) throws -> String {
        let line = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        return String(line.split(separator: ")").last?.split(separator: " ").first ?? "")
    }
}
