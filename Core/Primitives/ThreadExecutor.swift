private import Glibc

/// A serial executor on a thread of its own, for actors whose calls block in C.
///
/// Blocking on Swift's cooperative pool would stop unrelated tasks (there are as many threads as cores); an actor with
/// this executor blocks only its own thread. The thread starts with the first job and ends when the owner is gone.
public final class ThreadExecutor: SerialExecutor {
    // The thread holds the mailbox, not the executor: the executor's deinit is what ends the thread.
    private let mailbox = JobMailbox()

    /// No thread is started yet.
    public init() {}

    deinit { mailbox.close() }

    /// Called by the runtime, which holds no reference meanwhile: once the job is taken it may end the last owner, and the
    /// executor with it, before this returns. So putting the job is the last thing done here.
    public func enqueue(_ job: consuming ExecutorJob) { mailbox.put(UnownedJob(job), on: self) }
}

/// Jobs on their way to the thread. Each holds its executor, which so outlives the last of them.
///
/// `@unchecked Sendable`: `jobs`, `hasThread` and `isClosed` are touched only between `pthread_mutex_lock` and `unlock` of the
/// one mutex, and the primitives live at fixed addresses from init to deinit.
private final class JobMailbox: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs: [(UnownedJob, ThreadExecutor)] = []
    private var hasThread = false
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

    /// Hands a job over and starts the thread for the first one. Nothing is touched after the mutex is released.
    func put(_ job: UnownedJob, on executor: ThreadExecutor) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        jobs.append((job, executor))
        if hasThread {
            pthread_cond_signal(condition)
        } else {
            hasThread = true
            PlainThread.start { [self] in
                while let jobs = takeAll() {
                    for (job, executor) in jobs { job.runSynchronously(on: executor.asUnownedSerialExecutor()) }
                }
            }
        }
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
