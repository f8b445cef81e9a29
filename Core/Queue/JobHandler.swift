/// Performs the jobs of some kinds.
public protocol JobHandler: Sendable {
    /// What an outcome adds to the commit that settles its job.
    associatedtype Effect: Sendable

    /// The kinds, each with the number of its jobs that may be in hand at once. A kind that waits for a slow provider
    /// never takes places of another.
    var lanes: [(kind: JobKind, capacity: Int)] { get }

    /// Performs claimed jobs and leaves one outcome for each in the inbox, in any order. Returns when all are there.
    ///
    /// Several calls run at once; a job marked `isSuspect` comes alone.
    func perform(_ jobs: [ClaimedJob], inbox: JobInbox<Effect>) async

    /// Statements that record effects, run before the jobs are settled and in the same transaction. They may be repeated
    /// after a lost connection, so they must change nothing the second time.
    func statements(recording effects: [Effect]) -> [JobQueue.Bound]
}
