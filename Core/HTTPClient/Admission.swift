/// Who may be under way, and who waits: at most so many requests per origin and in all.
///
/// libcurl has such limits too, but with them 7.88 now and then left a waiting transfer asleep for 5 s in the test
/// `concurrent requests share few connections`. A value without I/O: it says whom to begin, the loop does so.
struct Admission {
    private struct Line {
        var underWay = 0
        var waiting: ArraySlice<Submission> = []
    }

    private let limitPerOrigin: Int
    private let limit: Int
    private var lines: [String: Line] = [:]
    private var underWay = 0
    /// No waiting request's deadline is earlier; nil when none waits.
    private(set) var earliestDeadline: ContinuousClock.Instant?

    init(_ configuration: HTTPClientConfiguration) {
        limitPerOrigin = configuration.maxConnectionsPerHost
        limit = configuration.maxConnections
    }

    /// Takes a request in; true when it is to begin now, else it waits.
    mutating func arrive(_ submission: Submission) -> Bool {
        let mayBegin = underWay < limit && lines[submission.origin, default: Line()].underWay < limitPerOrigin
        if mayBegin {
            underWay += 1
            lines[submission.origin, default: Line()].underWay += 1
        } else {
            lines[submission.origin, default: Line()].waiting.append(submission)
            earliestDeadline = min(earliestDeadline ?? submission.deadline, submission.deadline)
        }
        return mayBegin
    }

    /// Notes that a request has ended, and gives the one to begin in its place.
    mutating func leave(_ origin: String) -> Submission? {
        underWay -= 1
        lines[origin]?.underWay -= 1
        // Only when the limit over all was the tight one may another origin have somebody waiting for this place.
        let next = callNext(origin) ?? lines.keys.first { hasCandidate($0) }.flatMap { callNext($0) }
        if let line = lines[origin], line.underWay == 0, line.waiting.isEmpty { lines[origin] = nil }
        return next
    }

    /// Takes a waiting request out; nil when it is not waiting.
    mutating func remove(_ id: UInt64) -> Submission? {
        for origin in lines.keys {
            guard let index = lines[origin]?.waiting.firstIndex(where: { $0.id == id }) else { continue }
            return lines[origin]?.waiting.remove(at: index)
        }
        return nil
    }

    /// Takes out every waiting request whose deadline has come.
    mutating func expire(_ now: ContinuousClock.Instant) -> [Submission] {
        guard let earliestDeadline, earliestDeadline <= now else { return [] }
        return removeAll { $0.deadline <= now }
    }

    /// Takes out every waiting request.
    mutating func removeAll() -> [Submission] {
        removeAll { _ in true }
    }

    private mutating func removeAll(where isLeaving: (Submission) -> Bool) -> [Submission] {
        var leaving: [Submission] = []
        for origin in lines.keys {
            leaving += lines[origin]?.waiting.filter(isLeaving) ?? []
            lines[origin]?.waiting.removeAll(where: isLeaving)
        }
        earliestDeadline = lines.values.compactMap { $0.waiting.map(\.deadline).min() }.min()
        return leaving
    }

    /// True when somebody waits there whom the origin's limit lets begin.
    private func hasCandidate(_ origin: String) -> Bool {
        guard let line = lines[origin] else { return false }
        return !line.waiting.isEmpty && line.underWay < limitPerOrigin
    }

    private mutating func callNext(_ origin: String) -> Submission? {
        guard underWay < limit, hasCandidate(origin), let next = lines[origin]?.waiting.popFirst() else { return nil }
        underWay += 1
        lines[origin]?.underWay += 1
        return next
    }
}
