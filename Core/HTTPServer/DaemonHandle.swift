private import CMicroHTTPD
private import Glibc

/// A listening socket with its threads.
///
/// The corresponding C type is `struct MHD_Daemon`. Every pending reply has to be settled before its end.
/// `@unchecked` since any thread may quiesce or stop a daemon, and there is one owner who does.
struct DaemonHandle: ~Copyable, @unchecked Sendable {
    /// Kept alive for the callbacks, which hold it unretained.
    private let core: ServerCore
    private let pointer: OpaquePointer
    private var quietSocket: Int32 = -1

    init(adopting pointer: OpaquePointer, for core: ServerCore) {
        self.core = core
        self.pointer = pointer
    }

    /// Ends every connection, joins the threads; blocks for as long as a synchronous handler runs.
    deinit {
        MHD_stop_daemon(pointer)
        if quietSocket >= 0 { close(quietSocket) }
    }

    /// Binds, listens and starts the threads.
    ///
    /// - Throws: `HTTPServerError.malformedAddress`, or `couldNotListen` with the errno.
    static func open(_ core: ServerCore) throws(HTTPServerError) -> DaemonHandle {
        let configuration = core.configuration
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(configuration.address, "\(configuration.port)", &hints, &found) == 0, let found else {
            throw .malformedAddress
        }
        defer { freeaddrinfo(found) }
        var settings = relance_mhd_settings()
        settings.flags = MHD_USE_EPOLL_INTERNAL_THREAD.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue
        if found.pointee.ai_family == AF_INET6 { settings.flags |= MHD_USE_IPv6.rawValue }
        settings.threads = UInt32(configuration.threads)
        settings.connection_limit = UInt32(clamping: configuration.maxConnections)
        settings.idle_timeout_seconds = UInt32(clamping: max(1, configuration.idleTimeout.components.seconds))
        settings.connection_memory = 32 << 10
        settings.context = Unmanaged.passUnretained(core).toOpaque()
        settings.begin = DaemonHandle.begin
        settings.access = DaemonHandle.access
        settings.completed = DaemonHandle.completed
        errno = 0
        guard let pointer = relance_mhd_start(found.pointee.ai_addr, &settings) else { throw .couldNotListen(errno: errno) }
        return DaemonHandle(adopting: pointer, for: core)
    }

    /// The port that is listened on.
    var port: UInt16 { relance_mhd_port(pointer) }

    /// Takes no more connections. The socket stays open till the end, since the threads may be looking at it.
    mutating func quiesce() {
        if quietSocket < 0 { quietSocket = MHD_quiesce_daemon(pointer) }
    }

    private static let begin:
        @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?) -> UnsafeMutableRawPointer? = {
            context, target, _ in
            guard let context, let target else { return nil }
            let core = Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
            core.enter()
            return Unmanaged.passRetained(Exchange(core, target: String(cString: target))).toOpaque()
        }

    private static let access: MHD_AccessHandlerCallback = { _, connection, _, method, _, piece, count, exchange in
        guard let connection, let method, let count, let exchange = exchange?.pointee else { return .NO }
        let bytes = UnsafeRawBufferPointer(start: piece, count: count.pointee)
        count.pointee = 0
        let goesOn = Unmanaged<Exchange>.fromOpaque(exchange).takeUnretainedValue()
            .proceed(connection, method: String(cString: method), piece: bytes)
        return goesOn ? .YES : .NO
    }

    private static let completed: MHD_RequestCompletedCallback = { _, _, exchange, _ in
        guard let pointer = exchange?.pointee else { return }
        exchange?.pointee = nil
        Unmanaged<Exchange>.fromOpaque(pointer).takeRetainedValue().end()
    }
}
