internal import Synchronization

/// What a server's callbacks share: the handler, the limits, and who is still at work.
final class ServerCore: Sendable {
    private struct State {
        var requests = 0
        var pending: [ObjectIdentifier: PendingReply] = [:]
        /// Nobody waits for an answer any more, and nobody may begin to.
        var isClosed = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    let configuration: HTTPServerConfiguration
    let decide: @Sendable (HTTPServerRequest) -> HTTPServerDecision
    let guests: Guests
    private let stopping = Atomic(false)
    /// Of bodies, beyond what each has for itself.
    private let heldBytes = Atomic(0)
    private let state = Mutex(State())

    init(_ configuration: HTTPServerConfiguration, _ decide: @escaping @Sendable (HTTPServerRequest) -> HTTPServerDecision) {
        self.configuration = configuration
        self.decide = decide
        guests = Guests(readTimeout: configuration.readTimeout, idleTimeout: configuration.idleTimeout)
    }

    /// Whether answers from now on close their connection.
    var isStopping: Bool { stopping.load(ordering: .relaxed) }

    /// Makes each coming answer the last of its connection.
    func beginStop() { stopping.store(true, ordering: .relaxed) }

    /// Whether there is room for so many more bytes of bodies; then they are held until `release`.
    func hold(_ bytes: Int) -> Bool {
        if heldBytes.add(bytes, ordering: .relaxed).newValue <= configuration.maxHeldBytes { return true }
        heldBytes.subtract(bytes, ordering: .relaxed)
        return false
    }

    /// Gives back what was held.
    func release(_ bytes: Int) { heldBytes.subtract(bytes, ordering: .relaxed) }

    /// Notes a request whose line has been read.
    ///
    /// - Returns: False once the server has drained: a connection kept alive may send on until it is closed, but what nobody would
    ///   hear the end of is not begun.
    func enter() -> Bool {
        state.withLock { state in
            state.requests += 1
            return !state.isClosed
        }
    }

    /// Notes a request that is answered or lost.
    func leave() {
        let waiter: CheckedContinuation<Void, Never>? = state.withLock { state in
            state.requests -= 1
            guard state.requests == 0, let waiter = state.waiter.take() else { return nil }
            state.isClosed = true
            return waiter
        }
        waiter?.resume()
    }

    /// Keeps a reply that has to be settled before the daemon stops.
    ///
    /// - Returns: False when that is now: the reply is dropped, and its work not begun.
    func add(_ reply: PendingReply) -> Bool {
        let isClosed = state.withLock { state in
            state.pending[ObjectIdentifier(reply)] = reply
            return state.isClosed
        }
        if isClosed { reply.settle(.dropped) }
        return !isClosed
    }

    /// Forgets a settled reply.
    func remove(_ reply: PendingReply) {
        state.withLock { $0.pending[ObjectIdentifier(reply)] = nil }
    }

    /// Waits until no request is under way, or all are abandoned.
    func drain() async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                state.isClosed = state.isClosed || state.requests == 0
                if !state.isClosed { state.waiter = continuation }
                return state.isClosed
            }
            if isDone { continuation.resume() }
        }
    }

    /// Drops every sleeping connection, so that the daemon may be stopped.
    func abandon() {
        let (pending, waiter) = state.withLock { state in
            state.isClosed = true
            return (Array(state.pending.values), state.waiter.take())
        }
        for reply in pending { reply.settle(.dropped) }
        waiter?.resume()
    }
}
