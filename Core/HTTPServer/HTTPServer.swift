private import Glibc
internal import Synchronization

/// Answers HTTP requests on one address.
///
/// libmicrohttpd's threads read and write; the handler runs on the connection's thread and either answers there or asks for the
/// connection to sleep while it works. Runs from `start` to `stop`, or until the value goes.
public final class HTTPServer: Sendable {
    /// The port that is listened on.
    public let port: UInt16
    private let core: ServerCore
    private let daemon: Mutex<DaemonHandle?>
    /// Ends the connections of slow senders.
    private let watch: Task<Void, Never>

    private init(_ core: ServerCore, _ handle: consuming DaemonHandle) {
        self.core = core
        port = handle.port
        daemon = Mutex(handle)
        watch = Task { [guests = core.guests] in
            while (try? await Task.sleep(for: .milliseconds(250))) != nil { guests.dismissOverdue() }
        }
    }

    deinit {
        watch.cancel()
        core.abandon()
    }

    /// Starts a server.
    ///
    /// - Parameter handler: Called for each complete request, on any of the server's threads, so it must not block.
    /// - Throws: `HTTPServerError` when the address is malformed or cannot be listened on.
    public static func start(
        _ configuration: HTTPServerConfiguration = HTTPServerConfiguration(),
        handler: @escaping @Sendable (HTTPServerRequest) -> HTTPServerReply
    ) throws(HTTPServerError) -> HTTPServer {
        try start(configuration, decide: { _ in .read(upTo: configuration.maxRequestBytes, then: handler) })
    }

    /// Starts a server that decides about each request by its headers.
    ///
    /// - Parameter decide: Called with a request without its body, on any of the server's threads, so it must not block.
    public static func start(
        _ configuration: HTTPServerConfiguration = HTTPServerConfiguration(),
        decide: @escaping @Sendable (HTTPServerRequest) -> HTTPServerDecision
    ) throws(HTTPServerError) -> HTTPServer {
        let core = ServerCore(configuration, decide)
        return HTTPServer(core, try DaemonHandle.open(core))
    }

    /// Starts a server whose every answer takes asynchronous work.
    public static func start(
        _ configuration: HTTPServerConfiguration = HTTPServerConfiguration(),
        asyncHandler: @escaping @Sendable (HTTPServerRequest) async -> HTTPServerResponse
    ) throws(HTTPServerError) -> HTTPServer {
        try start(configuration) { request in .later { await asyncHandler(request) } }
    }

    /// Takes no more connections, lets the requests under way finish, then closes.
    ///
    /// - Parameter grace: How long they may take; after it their connections are dropped and their tasks cancelled.
    public func stop(grace: Duration = .seconds(5)) async {
        core.beginStop()
        daemon.withLock { $0?.quiesce() }
        let core = core
        let limit = Task {
            try await Task.sleep(for: grace)
            core.abandon()
        }
        await core.drain()
        limit.cancel()
        core.abandon()
        await withCheckedContinuation { continuation in
            stopOnOwnThread { continuation.resume() }
        }
    }

    /// Stopping joins threads, which must not hold up Swift's pool.
    private func stopOnOwnThread(_ done: @escaping @Sendable () -> Void) {
        final class Work: Sendable {
            let run: @Sendable () -> Void
            init(_ run: @escaping @Sendable () -> Void) { self.run = run }
        }
        let work = Unmanaged.passRetained(
            Work {
                let last = self.daemon.withLock { $0.take() }
                _ = consume last
                done()
            })
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, work.toOpaque())
        if failure == 0 {
            pthread_detach(thread)
        } else {
            work.takeRetainedValue().run()
        }
    }
}
