import Foundation
import Postgres
import TestSupport
import Testing

/// What a connection does when its server goes away. One Postgres for all of them, broken one way after the other.
@Suite struct PostgresOutageTests {
    private func connection(
        _ servers: PrivateServers, connectTimeout: Duration = .seconds(2), answerTimeout: Duration = .seconds(30)
    ) -> PostgresConnection {
        PostgresConnection(
            PostgresConfiguration(
                url: servers.databaseURL, applicationName: "tests", connectTimeout: connectTimeout, answerTimeout: answerTimeout))
    }

    @Test func `a killed backend breaks the statement it runs, and the next one has a new session`() async throws {
        let (connection, killer) = (try sharedConnection(), try sharedConnection())
        let pid = try await connection.texts("select pg_backend_pid()")[0]
        async let broken = failure { try await connection.texts("select pg_sleep(60)") }
        try await eventually {
            try await killer.texts(
                "select count(*) from pg_stat_activity where pid = $1::int and wait_event = 'PgSleep'", [.text(pid ?? "")]) == [
                    "1"
                ]
        }
        _ = try await killer.texts("select pg_terminate_backend($1::int)", [.text(pid ?? "")])
        let error = await broken
        #expect(error?.isTransient == true)
        #expect(error?.endsSession == true)
        #expect(try await connection.texts("select pg_backend_pid()")[0] != pid)
    }

    @Test func `a batch says what ended its session`() async throws {
        let error = await failure {
            try await sharedConnection().run { session throws in
                try session.batch([
                    (sql("select 1"), []), (sql("select pg_terminate_backend(pg_backend_pid())", name: "suicide"), []),
                    (sql("select 2"), []),
                ]).count
            }
        }
        #expect(error?.sqlState == "57P01", "\(String(describing: error))")
    }

    @Test func `a server that goes and comes back is met again, and one that does not answer is not waited for`() async throws {
        try await PrivateServers.with([.postgres]) { servers in
            let connection = connection(servers)
            try await connection.execute(sql("create table kept as select 1 as n"))

            // Restarted while idle: at most the first statement notices.
            try await servers.restart(.postgres)
            _ = await failure { try await connection.texts("select 1") }
            #expect(try await connection.texts("select n from kept") == ["1"])

            // Crashed over a statement: what was not committed is gone.
            async let broken = failure { try await connection.texts("insert into kept select 2 from pg_sleep(60)") }
            let observer = self.connection(servers)
            try await eventually {
                try await observer.texts("select count(*) from pg_stat_activity where wait_event = 'PgSleep'") == ["1"]
            }
            try await servers.crash(.postgres)
            #expect(await broken?.isTransient == true)
            guard case .cannotConnect = await failure({ try await connection.texts("select 1") }) else {
                Issue.record("a server that is down cannot be connected to")
                return
            }
            try await servers.start(.postgres)
            #expect(try await connection.texts("select n from kept") == ["1"])

            // Frozen: the client's own time-out ends the wait, for an answer and for a connection.
            let hasty = self.connection(servers, answerTimeout: .milliseconds(300))
            #expect(try await hasty.texts("select 1") == ["1"])
            try await servers.freeze(.postgres)
            #expect(await failure { try await hasty.texts("select 1") } == .timedOut(statement: "test", duringCommit: true))
            guard case .cannotConnect = await failure({ try await hasty.texts("select 1") }) else {
                Issue.record("a frozen server cannot be connected to")
                return
            }
            try await servers.thaw(.postgres)
            #expect(try await hasty.texts("select 1") == ["1"])
        }
    }

    @Test func `a host that does not answer does not keep the next one from being tried`() async throws {
        let deaf = try DeafServer()
        let url = try TestServers.databaseURL.replacing("host=", with: "host=\(deaf.directory),")
        let connection = PostgresConnection(
            PostgresConfiguration(url: url, applicationName: "tests", connectTimeout: .seconds(2)))
        #expect(try await connection.texts("select 1") == ["1"])
        withExtendedLifetime(deaf) {}
    }
}

/// Accepts connections to a Postgres socket and never says a word.
private final class DeafServer: Sendable {
    /// Where the socket is.
    let directory: String
    private let socket: Int32

    init() throws {
        var template = Array("\(TestServers.directory)/deaf.XXXXXX".utf8CString)
        directory = mkdtemp(&template).map { String(cString: $0) } ?? ""
        socket = Foundation.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array("\(directory)/.s.PGSQL.5432".utf8)) }
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(status == 0 && listen(socket, 16) == 0)
    }

    deinit {
        close(socket)
        unlink("\(directory)/.s.PGSQL.5432")
        rmdir(directory)
    }
}
