private import Glibc
private import Synchronization

/// SIGTERM and SIGINT as a request that the program looks at between two steps (D-84).
///
/// The signals are blocked in every thread and waited for on one thread of their own, so that no handler interrupts a
/// system call. A second Ctrl-C ends the process at once.
public final class Termination: Sendable {
    private struct State {
        var listeners: [(number: UInt64, body: @Sendable () -> Void)] = []
        var number: UInt64 = 0
    }

    /// Set under the lock of `state`, read without it.
    private let requested = Atomic(false)
    private let state = Mutex(State())

    /// Not requested.
    public init() {}

    /// Whether the program has been asked to stop.
    public var isRequested: Bool { requested.load(ordering: .acquiring) }

    /// Names a listener, for `forget`.
    public struct Listener: Sendable { fileprivate let number: UInt64 }

    /// Calls `body` once: when the request comes, or at once if it has come.
    ///
    /// - Returns: what `forget` takes; whoever listens for less than the program's life must.
    @discardableResult
    public func onRequest(_ body: @escaping @Sendable () -> Void) -> Listener {
        let (listener, hasCome) = state.withLock { state in
            state.number += 1
            let hasCome = isRequested
            if !hasCome { state.listeners.append((state.number, body)) }
            return (Listener(number: state.number), hasCome)
        }
        if hasCome { body() }
        return listener
    }

    /// Lets go of a listener and what it holds.
    public func forget(_ listener: Listener) {
        state.withLock { state in state.listeners.removeAll { $0.number == listener.number } }
    }

    /// Makes the request, as the signal would.
    public func request() {
        let bodies = state.withLock { state in
            requested.store(true, ordering: .releasing)
            defer { state.listeners = [] }
            return state.listeners.map(\.body)
        }
        for body in bodies { body() }
    }

    /// Starts listening for signals. To be called first in `main`, before other threads exist.
    public func listen() {
        signal(SIGPIPE, SIG_IGN)
        var signals = Self.signals
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { raw in
                guard let raw else { return nil }
                let termination = Unmanaged<Termination>.fromOpaque(raw).takeRetainedValue()
                var signals = Termination.signals
                var received: Int32 = 0
                guard sigwait(&signals, &received) == 0 else { return nil }
                // A person who types Ctrl-C again means it. SIGTERM stays one request however often it comes: timeout(1)
                // sends it twice, and whoever means it has SIGKILL.
                var interrupt = sigset_t()
                sigemptyset(&interrupt)
                sigaddset(&interrupt, SIGINT)
                pthread_sigmask(SIG_UNBLOCK, &interrupt, nil)
                termination.request()
                while true { pause() }
            }, Unmanaged.passRetained(self).toOpaque())
        pthread_detach(thread)
    }

    private static var signals: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        return set
    }
}
