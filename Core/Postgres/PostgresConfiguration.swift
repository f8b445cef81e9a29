/// How to reach Postgres, and how long to wait for it.
///
/// The URL goes to libpq as a whole (`PQconnectdbParams` expands it), so every form libpq knows works: several hosts,
/// Unix sockets, TLS settings, service files. No session settings are sent: the time-outs of statements and locks are
/// set on the roles by migration, which also works behind PgBouncer in transaction mode.
public struct PostgresConfiguration: Sendable {
    /// `postgresql://…` or a conninfo string. May hold a password: never logged.
    let url: String
    /// Shown in `pg_stat_activity`.
    let applicationName: String
    /// Longest wait for a connection to each host; whole seconds, at least 2 (libpq's rule).
    let connectTimeout: Duration
    /// Longest wait for the answer to one round trip, above the server's own `statement_timeout`: catches a server
    /// that is stopped or unreachable and so cannot time out by itself.
    let answerTimeout: Duration

    /// Nothing is opened yet.
    public init(
        url: String, applicationName: String, connectTimeout: Duration = .seconds(10), answerTimeout: Duration = .seconds(65)
    ) {
        self.url = url
        self.applicationName = applicationName
        self.connectTimeout = connectTimeout
        self.answerTimeout = answerTimeout
    }

    /// Keywords in libpq's order of precedence: what stands before `dbname` the URL may override.
    var keywords: [(String, String)] {
        [
            ("target_session_attrs", "read-write"),
            ("tcp_user_timeout", "20000"),
            ("keepalives_idle", "20"),
            ("dbname", url),
            ("application_name", applicationName),
            ("client_encoding", "UTF8"),
            ("connect_timeout", String(min(max(2, connectTimeout.components.seconds), 3600))),
        ]
    }
}
