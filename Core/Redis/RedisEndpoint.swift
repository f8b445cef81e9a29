/// Where one Redis server, or one sentinel, listens.
public enum RedisEndpoint: Sendable, Equatable {
    /// A TCP listener: a name or an address, and a port.
    case host(String, port: Int)
    /// A Unix socket, by absolute path.
    case path(String)
}

extension RedisEndpoint: CustomStringConvertible {
    /// `host:port`, `[v6]:port` or the socket's path; holds no secret.
    public var description: String {
        switch self {
        case .host(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .path(let path): path
        }
    }
}
