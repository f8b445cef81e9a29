/// Every event that a program logs, with its constant message. Values go into fields, never into the message.
public enum Event: String, Sendable, CaseIterable {
    /// A resident run begins.
    case runStarted = "run started"
    /// A run ended as it should.
    case runFinished = "run finished"
    /// A run, or the writing of its row, failed.
    case runFailed = "run failed"
    /// The lease is ours, under a new epoch.
    case leadershipAcquired = "leadership acquired"
    /// Another process holds the lease.
    case leadershipDenied = "not leader: no planning, draining only"
    /// The lease ran out or was taken.
    case leadershipLost = "leadership lost: planning stopped"
    /// Redis failed us; Postgres decides alone.
    case lockDegraded = "redis unreachable: the postgres lease decides alone"
    /// Steps came due and became jobs.
    case planned = "steps planned"
    /// Steps expired before any tick; alerts are raised.
    case stepsMissed = "steps missed: expired before a tick could plan them"
    /// The nightly proof found what should not be.
    case pointersRepaired = "appointments would have been forgotten: a trigger was off or a restore went wrong"
    /// The database did not let us go on for a moment.
    case drainInterrupted = "draining interrupted: retrying"
    /// Leases of a dead process ran out.
    case jobsRescued = "jobs of a dead process taken back"
    /// Jobs killed their process three times alone.
    case jobsQuarantined = "poison jobs quarantined"
    /// We were too slow: somebody else holds the job.
    case staleResult = "result discarded: the lease had been taken over"
    /// Renewal has failed for two thirds of a lease (D-82).
    case leasesLost = "leases could not be renewed: unstarted work given up"
    /// A fault of this message alone.
    case messageUnreadable = "message skipped: its row does not hold what its kind expects"
    /// A provider's circuit has opened.
    case providerDown = "provider down: its messages wait"
    /// An organisation's own template could not be used; the built-in one was, and nothing was delayed.
    case templateReplaced = "own template failed: the built-in one is used"
    /// A request left and its answer never came.
    case attemptUncertain = "outcome unknown: left for an operator"
    /// A definite no of a provider.
    case attemptRefused = "provider refused a message"
    /// An operator has paused sending.
    case sendingPaused = "sending is paused"
    /// The subscription to Redis was interrupted.
    case hintsUnavailable = "wake-up hints unavailable: polling"
    /// The folder of --metrics-file cannot be written.
    case metricsNotWritten = "metrics file could not be written"
    /// The service takes requests.
    case serviceStarted = "service started"
    /// The service was asked to stop, and has.
    case serviceStopped = "service stopped"
    /// One request, at level debug.
    case requestServed = "request served"
    /// A request was answered with 5xx.
    case requestFailed = "request failed"
    /// A defect of ours in one request.
    case requestDefect = "request failed unexpectedly"
    /// Limits of callers are counted by this process alone.
    case limitsDegraded = "redis unreachable: limits are counted locally"
}
