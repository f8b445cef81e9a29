private import Glibc

/// A detached thread outside Swift's cooperative pool, where C may block.
public enum PlainThread {
    /// What the new thread runs; a class, because a C pointer has to carry it across.
    private final class Work: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a thread that runs `body` and ends with it.
    ///
    /// It takes no signals but those of a crash. Without that a C library that writes with `write` would let SIGPIPE end
    /// the process when a server goes away; and the program's own signals belong to its main thread.
    /// - Parameter body: What to run.
    public static func start(_ body: @escaping @Sendable () -> Void) {
        var all = sigset_t()
        var former = sigset_t()
        sigfillset(&all)
        for crash in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT] { sigdelset(&all, crash) }
        pthread_sigmask(SIG_SETMASK, &all, &former)
        defer { pthread_sigmask(SIG_SETMASK, &former, nil) }

        let work = Unmanaged.passRetained(Work(body))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { pointer in
                guard let pointer else { return nil }
                let work = Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue()
                work.run()
                return nil
            }, work.toOpaque())
        precondition(status == 0, "the process may not start another thread")
        pthread_detach(thread)
    }
}
