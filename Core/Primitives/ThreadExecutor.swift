private import Glibc
private import Synchronization

/// A serial executor on a thread of its own, for actors whose calls block in C.
///
/// Blocking on Swift's cooperative pool would stop unrelated tasks (there are as many threads as cores); an actor with
/// this executor blocks only its own thread. The thread starts with the first job and ends when the owner is gone.
public final class ThreadExecutor: SerialExecutor {
    private let mailbox = Mailbox()
    private let hasStarted = Mutex(false)

    public init() {}

    public func enqueue(_ job: consuming ExecutorJob) {
        hasStarted.withLock { started in
            if !started { (started, _) = (true, start()) }
        }
        mailbox.put(UnownedJob(job))
    }

    deinit { mailbox.close() }

    private func start() {
        // The thread keeps the mailbox alive, not the executor: the executor's deinit is what ends the thread.
        let context = Unmanaged.passRetained(Context(mailbox: mailbox, executor: asUnownedSerialExecutor()))
        var thread = pthread_t()
        let status = pthread_create(&thread, nil, { raw in Context.run(raw) }, context.toOpaque())
        precondition(status == 0, "A thread could not be started: error \(status).")
        pthread_detach(thread)
    }

    private final class Context {
        let mailbox: Mailbox
        let executor: UnownedSerialExecutor

        init(mailbox: Mailbox, executor: UnownedSerialExecutor) {
            self.mailbox = mailbox
            self.executor = executor
        }

        static func run(_ raw: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
            guard let raw else { return nil }
            let context = Unmanaged<Context>.fromOpaque(raw).takeRetainedValue()
            while let jobs = context.mailbox.takeAll() {
                for job in jobs { job.runSynchronously(on: context.executor) }
            }
            return nil
        }
    }
}

/// Jobs on their way to the thread.
///
/// `@unchecked Sendable`: `jobs` and `isClosed` are touched only between `pthread_mutex_lock` and `unlock` of the one
/// mutex, and the primitives live at fixed addresses from init to deinit.
private final class Mailbox: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs: [UnownedJob] = []
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

    func put(_ job: UnownedJob) {
        pthread_mutex_lock(mutex)
        jobs.append(job)
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    /// All jobs that wait, in order; nil once closed and empty. Taken together, so that the array empties even under a load
    /// that never lets the thread come to rest.
    func takeAll() -> [UnownedJob]? {
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
