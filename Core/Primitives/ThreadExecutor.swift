private import Glibc
private import Synchronization

/// A serial executor on a thread of its own, for actors whose calls block in C.
///
/// Blocking on Swift's cooperative pool would stop unrelated tasks (there are as many threads as cores); an actor with
/// this executor blocks only its own thread. The thread starts with the first job and ends when the owner is gone.
public final class ThreadExecutor: SerialExecutor {
    // The thread holds the mailbox, not the executor: the executor's deinit is what ends the thread.
    private let mailbox = JobMailbox()
    private let hasStarted = Mutex(false)

    /// No thread is started yet.
    public init() {}

    deinit { mailbox.close() }

    /// Called by the runtime.
    public func enqueue(_ job: consuming ExecutorJob) {
        // The runtime lends us to this call. Once the job is in the mailbox its thread may run it and let go of the last
        // reference to us, so putting it there is the last thing done, through a reference of our own.
        let mailbox = mailbox
        startOnce()
        mailbox.put(UnownedJob(job), on: self)
    }

    private func startOnce() {
        let isFirst = hasStarted.withLock { started in
            defer { started = true }
            return !started
        }
        if !isFirst { return }
        PlainThread.start { [mailbox] in
            while let jobs = mailbox.takeAll() {
                for (job, executor) in jobs { job.runSynchronously(on: executor.asUnownedSerialExecutor()) }
            }
        }
    }
}

/// Jobs on their way to the thread. Each holds its executor, which so outlives the last of them.
///
/// `@unchecked Sendable`: `jobs` and `isClosed` are touched only between `pthread_mutex_lock` and `unlock` of the
/// one mutex, and the primitives live at fixed addresses from init to deinit.
private final class JobMailbox: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs: [(UnownedJob, ThreadExecutor)] = []
    private var isClosed = false

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func put(_ job: UnownedJob, on executor: ThreadExecutor) {
        pthread_mutex_lock(mutex)
        jobs.append((job, executor))
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    /// All jobs that wait, in order; nil once closed and empty. Taken together, so that the array empties even under a load
    /// that never lets the thread come to rest, and so that no executor ends while the mutex is held.
    func takeAll() -> [(UnownedJob, ThreadExecutor)]? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while jobs.isEmpty {
            if isClosed { return nil }
            pthread_cond_wait(condition, mutex)
        }
        defer { jobs = [] }
        return jobs
    }

    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }
}
