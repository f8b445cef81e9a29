public import Queue
public import Runtime
public import Schema

/// A program of the fleet: what it plans, and how it performs its jobs. Everything else is the same for all (`WorkerMain`).
public protocol Worker: Sendable {
    /// What performs its jobs.
    associatedtype Handler: JobHandler

    /// Name of the executable, of its lease and of its runs.
    static var program: String { get }
    /// One sentence for `--help`.
    static var summary: String { get }
    /// Names that `--schedule` takes.
    static var schedules: [String] { get }
    /// Queue whose hints wake a resident instance.
    static var hintQueue: String { get }
    /// Whether `--full` looks at more than a usual run does.
    static var hasFullRun: Bool { get }

    /// Reads the program's own configuration; faults are collected in `environment`.
    init(_ environment: inout Environment, _ resources: FleetConfiguration)

    /// Called once, before the first run.
    func start(_ context: WorkerContext)

    /// Plans as leader: due rows become jobs.
    ///
    /// - Parameter keepLeading: renews the lease between batches and says under which epoch to go on, nil to stop.
    func plan(
        _ context: WorkerContext, at time: BusinessTime, runID: String, schedules: [String],
        keepLeading: @escaping @Sendable () async throws -> Int64?
    ) async throws -> PlanReport

    /// Performs the program's jobs.
    func handler(_ context: WorkerContext, at time: BusinessTime) -> Handler

    /// What a run of these schedules would do now, a line each, for `--dry-run`; nothing is written.
    func preview(
        _ context: WorkerContext, at time: BusinessTime, schedules: [String], limit: Int
    ) async throws -> [PreviewLine]

    /// How long a resident planner may sleep until something comes due, at most `limit`.
    func sleep(_ context: WorkerContext, atMost limit: Duration) async throws -> Duration
}

extension Worker {
    /// Most look at all that is due in any case.
    public static var hasFullRun: Bool { false }
}

/// What planning came to.
public struct PlanReport: Sendable {
    /// Names and counts for the run row.
    public var counts: [(String, Int)]
    /// Jobs were put in the queue.
    public var hasNewJobs: Bool
    /// Our epoch was over.
    public var wasFenced: Bool

    /// A report.
    public init(counts: [(String, Int)], hasNewJobs: Bool, wasFenced: Bool) {
        self.counts = counts
        self.hasNewJobs = hasNewJobs
        self.wasFenced = wasFenced
    }
}

/// One thing that a run would do.
public struct PreviewLine: Sendable {
    /// Names and values, in the order of the columns.
    public let fields: [(String, String)]

    /// A line.
    public init(_ fields: [(String, String)]) { self.fields = fields }
}
