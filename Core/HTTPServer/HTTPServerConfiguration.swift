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
    /// What all bodies together may hold beyond 64 KB each; one that finds no room is answered with 503. So large bodies that
    /// nobody has proved yet cannot take the machine's memory, however many come at once.
    public var maxHeldBytes: Int
    /// How long a connection may be silent. Not counted while a handler works.
    public var idleTimeout: Duration
    /// How long a request may take to arrive, however busily its sender drips it.
    public var readTimeout: Duration
    /// Where to listen instead of `address` and `port`.
    public var socket: ListeningSocket?

    /// A socket other than one of TCP opened here.
    public enum ListeningSocket: Sendable, Equatable {
        /// A Unix socket at this path, with these permissions; one left by a dead process is replaced.
        case unix(path: String, mode: UInt32)
        /// A socket that listens already (systemd's socket activation). The server owns it.
        case inherited(descriptor: Int32)
    }

    /// A configuration; the defaults suit a small service behind a proxy.
    public init(
        address: String = "127.0.0.1",
        port: UInt16 = 0,
        threads: Int = 2,
        maxConnections: Int = 1024,
        maxRequestBytes: Int = 1 << 20,
        maxHeldBytes: Int = 64 << 20,
        idleTimeout: Duration = .seconds(30),
        readTimeout: Duration = .seconds(30),
        socket: ListeningSocket? = nil
    ) {
        self.address = address
        self.port = port
        self.threads = max(2, threads)
        self.maxConnections = max(1, maxConnections)
        self.maxRequestBytes = maxRequestBytes
        self.maxHeldBytes = maxHeldBytes
        self.idleTimeout = idleTimeout
        self.readTimeout = readTimeout
        self.socket = socket
    }
}
