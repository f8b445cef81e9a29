private import CMicroHTTPD
internal import Synchronization

/// The answer that a sleeping connection waits for; the first one given counts.
///
/// `@unchecked` for the pointer alone. It is used once, to wake the connection, by whoever settles first, and libmicrohttpd lets
/// any thread do that. Until then the connection is suspended, and a suspended connection is not freed: the server settles
/// every pending reply before it stops the daemon.
final class PendingReply: @unchecked Sendable {
    private let connection: OpaquePointer
    private let state = Mutex<(response: HTTPServerResponse?, work: Task<Void, Never>?)>((nil, nil))

    /// Suspends a connection; to be called within its access handler.
    init(suspending connection: OpaquePointer) {
        self.connection = connection
        MHD_suspend_connection(connection)
    }

    /// The answer, once there is one.
    var response: HTTPServerResponse? { state.withLock { $0.response } }

    /// Gives the answer and wakes the connection; nothing, when there is an answer already.
    func settle(_ response: HTTPServerResponse) {
        let work: Task<Void, Never>? = state.withLock { state in
            guard state.response == nil else { return nil }
            state.response = response
            MHD_resume_connection(connection)
            return state.work
        }
        work?.cancel()
    }

    /// Keeps the work, so that settling from elsewhere cancels it.
    func adopt(_ work: Task<Void, Never>) {
        let isSettled = state.withLock { state in
            state.work = work
            return state.response != nil
        }
        if isSettled { work.cancel() }
    }
}
