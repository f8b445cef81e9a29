/// How a client uses the network.
public struct HTTPClientConfiguration: Sendable {
    /// The most connections to one host, and requests under way to it; further ones wait, within their time-outs.
    public var maxConnectionsPerHost: Int
    /// The most connections in all, and requests under way.
    public var maxConnections: Int
    /// Whether HTTP/2 may be agreed on over TLS.
    ///
    /// Off by default. A busy server ends an HTTP/2 connection while requests are under way on it (nginx does after each
    /// 1000), and libcurl tells such a refused stream, which was never handled, no different from a lost connection. Each
    /// would be a message of unknown outcome. HTTP/1.1 says `Connection: close` with an answer, when nothing is under way.
    public var allowsHTTP2: Bool
    /// The `User-Agent`; Resend's edge refuses requests without one.
    public var userAgent: String
    /// How long an idle connection is kept. Shorter than what servers allow (nginx: 75 s), since a request that meets a
    /// connection just closed by the server has an unknown outcome.
    public var idleConnectionTimeout: Duration
    /// A PEM file of the authorities to trust instead of the system's; nil for the system's.
    public var certificateAuthorities: String?

    /// A configuration; the defaults suit one worker process.
    public init(
        maxConnectionsPerHost: Int = 32,
        maxConnections: Int = 64,
        allowsHTTP2: Bool = false,
        userAgent: String = "relance",
        idleConnectionTimeout: Duration = .seconds(30),
        certificateAuthorities: String? = nil
    ) {
        self.maxConnectionsPerHost = max(1, maxConnectionsPerHost)
        self.maxConnections = max(1, maxConnections)
        self.allowsHTTP2 = allowsHTTP2
        self.userAgent = userAgent
        self.idleConnectionTimeout = idleConnectionTimeout
        self.certificateAuthorities = certificateAuthorities
    }
}
