import Queue

/// The worker's own jobs: none. Its mails are delivered by reminder-sender (D-90).
struct NoJobs: JobHandler {
    typealias Effect = Never

    var lanes: [(kind: JobKind, capacity: Int)] { [] }

    func perform(_ jobs: [ClaimedJob], inbox: JobInbox<Never>) async {}

    func statements(recording effects: [Never]) -> [JobQueue.Bound] { [] }
}
