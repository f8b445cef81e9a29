public import Primitives

/// A job to be put in the queue.
public struct NewJob: Sendable {
    /// Whose it is.
    public var tenantID: String
    /// What it is.
    public var kind: JobKind
    /// 0 goes first, 9 last.
    public var priority: Int
    /// Not before this instant of business time; nil is at once.
    public var runAt: Timestamp?
    /// Among equal priorities the earliest expiry goes first; nil never expires.
    public var expiresAt: Timestamp?
    /// While a job with this key is live, another one of the kind is not enqueued.
    public var dedupeKey: String?
    /// A JSON object of ids; never personal data (D-93).
    public var args: String
    /// Follows the work through logs and tables.
    public var traceID: String?

    /// A job.
    public init(
        tenantID: String, kind: JobKind, priority: Int = 2, runAt: Timestamp? = nil, expiresAt: Timestamp? = nil,
        dedupeKey: String? = nil, args: String = "{}", traceID: String? = nil
    ) {
        self.tenantID = tenantID
        self.kind = kind
        self.priority = priority
        self.runAt = runAt
        self.expiresAt = expiresAt
        self.dedupeKey = dedupeKey
        self.args = args
        self.traceID = traceID
    }
}

/// A job in our hands, under a lease.
public struct ClaimedJob: Sendable, Equatable {
    /// Its row.
    public let id: Int64
    /// Fence of every write about it.
    public let lease: Int64
    /// Name of its kind.
    public let kind: String
    /// Whose it is.
    public let tenantID: String
    /// Counting this one.
    public let attempts: Int
    /// Attempts before it is dead.
    public let maxAttempts: Int
    /// Its effect had begun when an earlier process died: reconcile, do not perform.
    public let hasBegun: Bool
    /// Runs alone.
    public let isSuspect: Bool
    /// A JSON object of ids.
    public let args: String
    /// Follows the work through logs and tables.
    public let traceID: String?

    /// A claim, as `claim_jobs` returns it.
    public init(
        id: Int64, lease: Int64, kind: String, tenantID: String, attempts: Int, maxAttempts: Int, hasBegun: Bool = false,
        isSuspect: Bool = false, args: String = "{}", traceID: String? = nil
    ) {
        self.id = id
        self.lease = lease
        self.kind = kind
        self.tenantID = tenantID
        self.attempts = attempts
        self.maxAttempts = maxAttempts
        self.hasBegun = hasBegun
        self.isSuspect = isSuspect
        self.args = args
        self.traceID = traceID
    }
}

/// A job under one lease: what every write about it is fenced by (D-80).
struct JobFence: Sendable, Hashable {
    let id: Int64
    let lease: Int64
}

extension ClaimedJob {
    var fence: JobFence { JobFence(id: id, lease: lease) }
}

/// How an attempt ended. Control flow, not errors: a handler says what should become of the job.
public enum JobOutcome: Sendable, Equatable {
    /// Done; moves to history.
    case completed
    /// No longer wanted; moves to history with the reason.
    case cancelled(reason: String)
    /// Cannot succeed; becomes a dead letter at once.
    case discarded(reason: String)
    /// Failed; tried again after the wait, or dead when its attempts are used up.
    case retry(after: Duration, reason: String)
    /// Not yet; comes back after the wait with its attempt unspent.
    case snoozed(for: Duration)
    /// Given back untouched, with its attempt unspent (shutdown).
    case returned

    /// Word stored by `settle_jobs`.
    var word: String {
        switch self {
        case .completed: "completed"
        case .cancelled: "cancelled"
        case .discarded: "discarded"
        case .retry: "retry"
        case .snoozed: "snooze"
        case .returned: "return"
        }
    }

    /// As it can be stored. One outcome that the database refused would keep those of its whole batch from being written, so
    /// whatever a handler passes on from outside is made to fit: no U+0000, a thousand characters.
    var reason: String? {
        switch self {
        case .cancelled(let reason), .discarded(let reason), .retry(_, let reason):
            String(String.UnicodeScalarView(reason.unicodeScalars.lazy.map { $0 == "\0" ? "\u{FFFD}" : $0 }.prefix(1000)))
        case .completed, .snoozed, .returned: nil
        }
    }

    /// As it can be stored: a year at most.
    var delay: Duration {
        switch self {
        case .retry(let delay, _), .snoozed(let delay): min(max(delay, .zero), .seconds(366 * 86_400))
        case .completed, .cancelled, .discarded, .returned: .zero
        }
    }
}

/// A job with its outcome, to be written under its lease.
public struct Settlement: Sendable, Equatable {
    /// Its row.
    public let id: Int64
    /// The claim it was held under.
    public let lease: Int64
    /// What becomes of it.
    public let outcome: JobOutcome

    /// What to write about a job.
    public init(_ job: ClaimedJob, _ outcome: JobOutcome) {
        id = job.id
        lease = job.lease
        self.outcome = outcome
    }
}
