private import Foundation
private import Synchronization

/// A Postgres and a Redis of one test's own, to stop, break and fill: run by `Scripts/dev`, deleted by ``delete()``.
///
/// Use ``with(_:_:)``, which deletes them however the test ends.
public struct PrivateServers: Sendable {
    /// One of the two.
    public enum Server: String, Sendable, CaseIterable {
        /// The database.
        case postgres
        /// Locks and hints.
        case redis
    }

    /// The database's URL.
    public let databaseURL: String
    /// The Redis URL.
    public let redisURL: String
    private let directory: String
    private let servers: Set<Server>

    /// Starts servers for as long as the body runs.
    /// - Parameters:
    ///   - servers: Which ones; a Postgres takes a second or two to make.
    ///   - body: The test.
    /// - Returns: What the body returned.
    /// - Throws: ``DevFailure``, or what the body threw.
    public static func with<Value>(
        _ servers: Set<Server>, isolation: isolated (any Actor)? = #isolation, _ body: (PrivateServers) async throws -> Value
    ) async throws -> Value {
        let own = try await PrivateServers(servers)
        do {
            let value = try await body(own)
            try await own.delete()
            return value
        } catch {
            try await own.delete()
            throw error
        }
    }

    private init(_ servers: Set<Server>) async throws {
        var template = Array("\(TestServers.directory)/own.XXXXXX".utf8CString)
        guard let path = mkdtemp(&template) else { throw POSIXFailure("mkdtemp") }
        directory = String(cString: path)
        self.servers = servers
        var urls: [String: String] = [:]
        do {
            for server in servers { try await Self.dev("up", server, in: directory) }
            for line in try await Self.dev("env", servers.first, in: directory).split(separator: "\n") {
                let parts = line.dropFirst("export ".count).split(separator: "=", maxSplits: 1)
                urls[String(parts[0])] = parts[1].trimmingCharacters(in: ["'"])
            }
        } catch {
            for server in servers { _ = try? await Self.dev("down", server, "--crash", "--delete", in: directory) }
            throw error
        }
        databaseURL = urls["DATABASE_URL"] ?? ""
        redisURL = urls["REDIS_URL"] ?? ""
    }

    /// Starts a server that is down, and waits until it answers. Postgres recovers first, where it has to.
    /// - Parameter server: Which one.
    /// - Throws: ``DevFailure``.
    public func start(_ server: Server) async throws { try await Self.dev("up", server, in: directory) }

    /// Shuts a server down; its data stays.
    /// - Parameter server: Which one.
    /// - Throws: ``DevFailure``.
    public func stop(_ server: Server) async throws { try await Self.dev("down", server, in: directory) }

    /// Ends a server as a crash would: Redis by SIGKILL, Postgres by an immediate shutdown, which leaves it to recover from
    /// its log and leaves no process behind that would keep a new one from starting.
    /// - Parameter server: Which one.
    /// - Throws: ``DevFailure``.
    public func crash(_ server: Server) async throws { try await Self.dev("down", server, "--crash", in: directory) }

    /// Kills every process of a server at once, as the kernel does when memory has run out.
    /// - Parameter server: Which one.
    /// - Throws: ``DevFailure`` when it does not run.
    public func kill(_ server: Server) async throws {
        let processes = try await signal(server, SIGKILL)
        try await eventually("the end of \(server)") {
            processes.allSatisfy { access("/proc/\($0)", F_OK) != 0 }
        }
    }

    /// Stops and starts a server.
    /// - Parameter server: Which one.
    /// - Throws: ``DevFailure``.
    public func restart(_ server: Server) async throws {
        try await stop(server)
        try await start(server)
    }

    /// Freezes a server, every process of it: its sockets still accept, nobody answers.
    /// - Parameter server: Which one.
    /// - Throws: ``DevFailure`` when it does not run.
    public func freeze(_ server: Server) async throws { try await signal(server, SIGSTOP) }

    /// Lets a frozen server go on.
    /// - Parameter server: Which one.
    /// - Throws: ``DevFailure`` when it does not run.
    public func thaw(_ server: Server) async throws { try await signal(server, SIGCONT) }

    /// Lets no file of this Postgres grow past a size: writing more fails as on a full disk, with SQLSTATE 53100, for present
    /// and future sessions. The server itself lives on, as its log files of 1 MB stay below any size of 2 MB and more.
    ///
    /// It is a soft limit on file size (RLIMIT_FSIZE), so it needs no mount, no quota and no root. A size that is no multiple of
    /// a page makes the last write a short one, which Postgres reports as a full disk.
    /// - Parameter bytes: The size; nil lifts the limit.
    /// - Throws: ``DevFailure`` when Postgres does not run.
    public func limitFiles(to bytes: Int?) async throws {
        precondition(bytes.map { $0 >= 2 << 20 } ?? true, "smaller than 2 MB would stop the log as well")
        try await Self.dev("limit", bytes.map { String($0) } ?? "off", in: directory)
    }

    /// Stops the servers, whatever state they are in, and deletes their data.
    /// - Throws: ``DevFailure``.
    public func delete() async throws {
        for server in servers { _ = try? await signal(server, SIGCONT) }
        try await Self.dev("down", "--crash", "--delete", in: directory)
    }

    @discardableResult
    private func signal(_ server: Server, _ signal: Int32) async throws -> [Int32] {
        let status = try await Self.dev("status", server, in: directory)
        let field = status.split(separator: " ").first { $0.hasPrefix("pid=") }
        guard let pid = field.flatMap({ Int32($0.dropFirst(4)) }) else {
            throw DevFailure(description: "no process id in: \(status)")
        }
        // Postgres has a process for each session, which a signal to their parent does not reach.
        let children = (try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)) ?? ""
        let processes = [pid] + children.split(separator: " ").compactMap { Int32($0) }
        for process in processes { Foundation.kill(process, signal) }
        return processes
    }

    @discardableResult
    private static func dev(_ words: String..., in directory: String) async throws -> String {
        try await dev(words, in: directory)
    }

    @discardableResult
    private static func dev(_ command: String, _ server: Server?, _ options: String..., in directory: String) async throws
        -> String
    {
        try await dev([command] + (server.map { ["--only", $0.rawValue] } ?? []) + options, in: directory)
    }

    private static func dev(_ words: [String], in directory: String) async throws -> String {
        let environment = ProcessInfo.processInfo.environment.filter { ["PATH", "HOME", "LANG"].contains($0.key) }
        let process = try await ChildProcess(
            "\(Repository.root)/Scripts/dev", ["--dir", directory] + words, environment: environment)
        guard try await process.exit(within: .seconds(90)) == .status(0) else {
            throw DevFailure(description: "Scripts/dev \(words.joined(separator: " ")): \(process.standardError)")
        }
        return process.standardOutput
    }
}

/// `Scripts/dev` could not do what a test asked of it.
public struct DevFailure: Error, CustomStringConvertible {
    /// The command and what it said.
    public let description: String
}
