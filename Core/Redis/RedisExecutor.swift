internal import Synchronization

/// Runs an actor's jobs on one plain thread, in order, so that blocking hiredis never holds a thread of the cooperative pool.
///
/// The thread starts with the first job and ends with the executor.
final class RedisExecutor: SerialExecutor {
    /// What the executor and its thread share. The thread must not hold the executor, or neither would ever end.
    private final class Inbox: Sendable {
        struct State {
            /// Each job holds the executor, which therefore outlives the last of them.
            var jobs: [(UnownedJob, RedisExecutor)] = []
            var isStarted = false
            var isClosed = false
        }

        let state = Mutex(State())
        let bell = Wakeup()
    }

    private let inbox = Inbox()

    deinit {
        inbox.state.withLock { $0.isClosed = true }
        inbox.bell.ring()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isFirst = inbox.state.withLock { state in
            state.jobs.append((job, self))
            defer { state.isStarted = true }
            return !state.isStarted
        }
        if isFirst {
            let inbox = inbox
            PlainThread.start { Self.work(through: inbox) }
        } else {
            inbox.bell.ring()
        }
    }

    private static func work(through inbox: Inbox) {
        while true {
            let (jobs, isClosed) = inbox.state.withLock { state in
                let jobs = state.jobs
                state.jobs = []
                return (jobs, state.isClosed)
            }
            if jobs.isEmpty {
                if isClosed { return }
                _ = inbox.bell.wait(for: nil)
                inbox.bell.silence()
            }
            for (job, executor) in jobs { job.runSynchronously(on: executor.asUnownedSerialExecutor()) }
        }
    }
}
