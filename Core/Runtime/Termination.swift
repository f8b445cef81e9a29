private import Glibc
private import Synchronization

/// SIGTERM and SIGINT as a request that the program looks at between two steps (D-84).
///
/// The signals are blocked in every thread and waited for on one thread of their own, so that no handler interrupts a
/// system call. A second signal ends the process at once with the signal's default effect.
public final class Termination: Sendable {
    private let requested = Atomic(false)
    private let listeners = Mutex<[@Sendable () -> Void]>([])

    public init() {}

    /// Whether the program has been asked to stop.
    public var isRequested: Bool { requested.load(ordering: .acquiring) }

    /// Calls `body` when the request comes, at once if it has come.
    public func onRequest(_ body: @escaping @Sendable () -> Void) {
        listeners.withLock { $0.append(body) }
        if isRequested { body() }
    }

    /// Makes the request, as the signal would.
    public func request() {
        guard !requested.exchange(true, ordering: .acquiringAndReleasing) else { return }
        for listener in listeners.withLock({ $0 }) { listener() }
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
                pthread_sigmask(SIG_UNBLOCK, &signals, nil)
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
