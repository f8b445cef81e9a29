private import CMicroHTTPD
private import Glibc

/// A listening socket on its way to the daemon, which then owns it.
struct ListenerHandle: ~Copyable {
    private var descriptor: Int32
    /// The port of a TCP socket, else 0.
    let port: UInt16

    private init(adopting descriptor: Int32) {
        self.descriptor = descriptor
        port = Self.port(of: descriptor)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Gives the descriptor away.
    mutating func release() -> Int32 {
        defer { descriptor = -1 }
        return descriptor
    }

    /// Binds and listens, or takes what listens already.
    ///
    /// - Throws: `malformedAddress`, or `couldNotListen` with the errno.
    static func open(_ configuration: HTTPServerConfiguration) throws(HTTPServerError) -> ListenerHandle {
        switch configuration.socket {
        case .inherited(let descriptor):
            let listener = ListenerHandle(adopting: descriptor)
            let flags = fcntl(descriptor, F_GETFL)
            guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 else { throw .couldNotListen(errno: errno) }
            return listener
        case .unix(let path, let mode): return try unix(path, mode)
        case nil: return try tcp(configuration.address, configuration.port)
        }
    }

    private static func tcp(_ host: String, _ port: UInt16) throws(HTTPServerError) -> ListenerHandle {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(port)", &hints, &found) == 0, let found else { throw .malformedAddress }
        defer { freeaddrinfo(found) }
        let descriptor = try socket(found.pointee.ai_family)
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        return try listening(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen)
    }

    private static func unix(_ path: String, _ mode: UInt32) throws(HTTPServerError) -> ListenerHandle {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard !path.isEmpty, path.utf8.count < room else { throw .malformedAddress }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        try removeAbandoned(path, address)
        let descriptor = try socket(AF_UNIX)
        // The permissions are there before anybody can connect.
        let former = umask(0o777 & ~mode)
        defer { umask(former) }
        return try withUnsafeBytes(of: &address) { bytes throws(HTTPServerError) in
            guard let start = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { throw .malformedAddress }
            return try listening(descriptor, start, socklen_t(bytes.count))
        }
    }

    /// Removes a socket that nobody listens on. One that answers belongs to a living server.
    private static func removeAbandoned(_ path: String, _ address: sockaddr_un) throws(HTTPServerError) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
        let probe = try socket(AF_UNIX)
        defer { close(probe) }
        let isAlive = withUnsafeBytes(of: address) { bytes in
            bytes.baseAddress.map { connect(probe, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count)) == 0 }
                ?? false
        }
        if isAlive { throw .couldNotListen(errno: EADDRINUSE) }
        unlink(path)
    }

    private static func socket(_ family: Int32) throws(HTTPServerError) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = Glibc.socket(family, kind, 0)
        guard descriptor >= 0 else { throw .couldNotListen(errno: errno) }
        return descriptor
    }

    private static func listening(
        _ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t
    ) throws(HTTPServerError) -> ListenerHandle {
        guard bind(descriptor, address, length) == 0, listen(descriptor, SOMAXCONN) == 0 else {
            let reason = errno
            close(descriptor)
            throw .couldNotListen(errno: reason)
        }
        return ListenerHandle(adopting: descriptor)
    }

    private static func port(of descriptor: Int32) -> UInt16 {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutableBytes(of: &address) { bytes in
            guard let start = bytes.baseAddress,
                getsockname(descriptor, start.assumingMemoryBound(to: sockaddr.self), &length) == 0
            else { return 0 }
            switch Int32(start.assumingMemoryBound(to: sockaddr.self).pointee.sa_family) {
            case AF_INET: return UInt16(bigEndian: start.assumingMemoryBound(to: sockaddr_in.self).pointee.sin_port)
            case AF_INET6: return UInt16(bigEndian: start.assumingMemoryBound(to: sockaddr_in6.self).pointee.sin6_port)
            default: return 0
            }
        }
    }
}
