/// Where a server listens and how much it takes.
public struct HTTPServerConfiguration: Sendable {
    /// The numeric address, IPv4 or IPv6; loopback unless told otherwise.
    public var address: String
    /// The port; 0 takes a free one, which `HTTPServer.port` tells.
    public var port: UInt16
    /// Threads that serve connections, at least 2: with one thread and epoll, libmicrohttpd 0.9.75 left resumed connections asleep.
    public var threads: Int
    /// Connections at one time; more wait in the backlog or are closed.
    public var maxConnections: Int
    /// The largest body; a larger one is answered with 413 and never held in memory.
    public var maxRequestBytes: Int
    /// How long a connection may be silent. Not counted while a handler works.
    public var idleTimeout: Duration

    /// A configuration; the defaults suit a small service behind a proxy.
    public init(
        address: String = "127.0.0.1",
        port: UInt16 = 0,
        threads: Int = 2,
        maxConnections: Int = 1024,
        maxRequestBytes: Int = 1 << 20,
        idleTimeout: Duration = .seconds(30)
    ) {
        self.address = address
        self.port = port
        self.threads = max(2, threads)
        self.maxConnections = max(1, maxConnections)
        self.maxRequestBytes = maxRequestBytes
        self.idleTimeout = idleTimeout
    }
}
