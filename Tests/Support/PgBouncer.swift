private import Foundation

/// A PgBouncer of the test's own, with one server session for each database.
public final class PgBouncer {
    /// Where clients connect.
    public let url: String
    private let directory: String
    private var process: ChildProcess

    /// Starts one before the server and database of `url`.
    public init(before url: String) async throws {
        let components = try Self.part(URLComponents(string: url))
        let host = try Self.part(components.queryItems?.first { $0.name == "host" }?.value)
        let user = try Self.part(components.queryItems?.first { $0.name == "user" }?.value)
        let database = components.path.dropFirst()
        var template = Array("\(TestServers.directory)/bouncer.XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw POSIXFailure("mkdtemp") }
        directory = String(cString: made)
        // It refuses to run as root, so its user must get in.
        chmod(directory, 0o777)
        try Data("\"\(user)\" \"\"\n".utf8).write(to: URL(filePath: "\(directory)/users"))
        let settings = """
            [databases]
            \(database) = host=\(host)
            [pgbouncer]
            listen_addr =
            unix_socket_dir = \(directory)
            auth_type = trust
            auth_file = \(directory)/users
            pool_mode = transaction
            default_pool_size = 1
            """
        try Data(settings.utf8).write(to: URL(filePath: "\(directory)/settings"))
        self.url = "postgres:///\(database)?host=\(directory)&port=6432&user=\(user)"
        process = try await Self.start(directory)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// Ends it at once and starts it again.
    public func restart() async throws {
        process.send(SIGKILL)
        try await process.exit()
        process = try await Self.start(directory)
    }

    private static func part<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw DevFailure(description: "PgBouncer needs a URL with host and user in its query") }
        return value
    }

    private static func start(_ directory: String) async throws -> ChildProcess {
        let plain = "/usr/sbin/pgbouncer"
        let process =
            getuid() == 0
            ? try await ChildProcess("/usr/bin/setpriv", ["--reuid=postgres", "--clear-groups", plain, "\(directory)/settings"])
            : try await ChildProcess(plain, ["\(directory)/settings"])
        try await process.output(contains: "process up")
        return process
    }
}
