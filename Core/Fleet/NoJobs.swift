public import Queue

/// The jobs of a worker that plans and has none of its own: its messages are delivered by reminder-sender (D-90).
public struct NoJobs: JobHandler {
    /// It records nothing.
    public typealias Effect = Never

    /// Nothing is ever claimed.
    public var lanes: [(kind: JobKind, capacity: Int)] { [] }

    /// The handler.
    public init() {}

    /// Never called.
    public func perform(_ jobs: [ClaimedJob], inbox: JobInbox<Never>) async {}

    /// Never called.
    public func statements(recording effects: [Never]) -> [JobQueue.Bound] { [] }
}
