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
    /// The port that is listened on; 0 where it is no TCP socket.
    let port: UInt16

    init(adopting pointer: OpaquePointer, port: UInt16, for core: ServerCore) {
        self.core = core
        self.pointer = pointer
        self.port = port
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
        var listener = try ListenerHandle.open(configuration)
        var settings = relance_mhd_settings()
        settings.flags = MHD_USE_EPOLL_INTERNAL_THREAD.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue
        settings.threads = UInt32(configuration.threads)
        settings.connection_limit = UInt32(clamping: configuration.maxConnections)
        settings.idle_timeout_seconds = UInt32(clamping: max(1, configuration.idleTimeout.components.seconds))
        settings.connection_memory = 32 << 10
        settings.context = Unmanaged.passUnretained(core).toOpaque()
        settings.begin = DaemonHandle.begin
        settings.access = DaemonHandle.access
        settings.completed = DaemonHandle.completed
        settings.connection = DaemonHandle.connection
        let port = listener.port
        settings.listener = listener.release()
        errno = 0
        guard let pointer = relance_mhd_start(&settings) else {
            let reason = errno
            close(settings.listener)
            throw .couldNotListen(errno: reason)
        }
        return DaemonHandle(adopting: pointer, port: port, for: core)
    }

    /// Takes no more connections. The socket stays open till the end, since the threads may be looking at it.
    mutating func quiesce() {
        if quietSocket < 0 { quietSocket = MHD_quiesce_daemon(pointer) }
    }

    private static let begin:
        @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?) -> UnsafeMutableRawPointer? = {
            context, target, connection in
            guard let context, let target, let connection, let guest = relance_mhd_socket_context(connection) else { return nil }
            let core = Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
            let exchange = Exchange(
                core, of: Unmanaged<Guest>.fromOpaque(guest).takeUnretainedValue(), target: String(cString: target))
            return Unmanaged.passRetained(exchange).toOpaque()
        }

    private static let connection: MHD_NotifyConnectionCallback = { context, connection, place, event in
        guard let context, let connection, let place else { return }
        let guests = Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue().guests
        if event == .CONNECTION_NOTIFY_STARTED {
            let address = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
                relance_mhd_peer(connection, text.baseAddress, text.count)
                return text.baseAddress.map { String(cString: $0) } ?? ""
            }
            let guest = guests.welcome(address: address, descriptor: relance_mhd_descriptor(connection))
            place.pointee = Unmanaged.passRetained(guest).toOpaque()
        } else if let guest = place.pointee {
            place.pointee = nil
            guests.leave(Unmanaged<Guest>.fromOpaque(guest).takeRetainedValue())
        }
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
