public import API
public import Postgres
internal import Synchronization

/// Commits the writes of many requests in one transaction, and answers each (I6: an answer comes after the commit).
///
/// Whatever has come in while a connection was busy becomes its next transaction, so batches grow with the load and a lone
/// request waits for nobody. One bad write never fails its neighbours: a transaction that Postgres refuses is repeated write by
/// write. Nor does one that waits for somebody's lock hold them up: they are committed past it by another connection.
public final class GroupCommit: Sendable {
    /// How much is taken in at once.
    public struct Limits: Sendable {
        /// Transactions at a time, each on a connection of its own.
        public var connections = 2
        /// How many more there may be while those are held up.
        public var reserve = 2
        /// How long a write waits for a transaction under way before it is held up.
        public var patience = Duration.milliseconds(100)
        /// Most writes of one transaction.
        public var batch = 512
        /// Fewest writes for which a second transaction is begun beside one under way.
        public var worthwhile = 48
        /// Most writes that wait.
        public var waiting = 8192
        /// The usual ones.
        public init() {}
    }

    /// Sees each transaction.
    public typealias Watch = @Sendable (_ kind: String, _ size: Int, _ waited: Duration) -> Void

    private struct State {
        var queue: CommitQueue
        /// Committers without work.
        var idle: [CheckedContinuation<[PendingWrite]?, Never>] = []
        /// Transactions under way.
        var busy = 0
        /// Whether somebody looks after those that wait.
        var isWatched = false

        /// The next transaction, if it is time for one. While another is under way, a small one would cost the server more in
        /// planning than it saves in waiting.
        mutating func begin(_ limits: Limits) -> [PendingWrite]? {
            let isWorthwhile = queue.waiting.count >= limits.worthwhile && busy < limits.connections
            guard busy == 0 || isWorthwhile || queue.isClosed || isHeldUp(limits) else { return nil }
            let batch = queue.take()
            if batch.isEmpty { return nil }
            busy += 1
            return batch
        }

        private func isHeldUp(_ limits: Limits) -> Bool {
            queue.waiting.first.map { $0.since.duration(to: .now) >= limits.patience } ?? false
        }
    }

    private let state: Mutex<State>
    private let connections: [PostgresConnection]
    private let limits: Limits
    private let watch: Watch

    /// Nothing is committed before ``run()``.
    ///
    /// - Parameter connect: makes a connection, which nobody else uses.
    public init(_ limits: Limits = Limits(), connect: () -> PostgresConnection, watch: @escaping Watch) {
        state = Mutex(State(queue: CommitQueue(capacity: limits.waiting, batchLimit: limits.batch)))
        connections = (0..<max(1, limits.connections) + max(0, limits.reserve)).map { _ in connect() }
        self.limits = limits
        self.watch = watch
    }

    /// Writes that wait, and how long the first of them has.
    public var backlog: (count: Int, age: Duration) {
        state.withLock { state in
            (state.queue.waiting.count, state.queue.waiting.first.map { $0.since.duration(to: .now) } ?? .zero)
        }
    }

    /// Commits a write with whatever others there are.
    ///
    /// - Parameter key: where the caller sent one: the write is then done once, and a repetition gets the first answer.
    /// - Returns: the answer, after the commit.
    /// - Throws: the write's own problem; 409 and 422 about its key; 503 when there is too much to do or Postgres is away.
    public func commit(_ write: some Write, key: IdempotencyKey? = nil) async throws(Problem) -> Answer {
        let result: Result<Answer, Problem> = await withCheckedContinuation { continuation in
            submit(PendingWrite(write: write, key: key, since: .now) { continuation.resume(returning: $0) })
        }
        return try result.get()
    }

    private func submit(_ write: PendingWrite) {
        let (isTaken, next, watches) = state.withLock { state -> (Bool, Work?, Bool) in
            guard state.queue.add(write) else { return (false, nil, false) }
            let next = handOver(&state)
            return (true, next, watchOver(&state))
        }
        if !isTaken { write.answer(.failure(.unavailable("There is too much to do at the moment."))) }
        next?.committer.resume(returning: next?.batch)
        if watches { Task { await lookAfter() } }
    }

    /// Whether those that wait need somebody who looks after them, who is then about to.
    private func watchOver(_ state: inout State) -> Bool {
        guard !state.isWatched, !state.queue.waiting.isEmpty else { return false }
        state.isWatched = true
        return true
    }

    /// Sees to it that a transaction that hangs holds up nothing behind it for long.
    private func lookAfter() async {
        var goesOn = true
        while goesOn {
            try? await Task.sleep(for: limits.patience)
            let next: Work?
            (next, goesOn) = state.withLock { state in
                let next = handOver(&state)
                state.isWatched = !state.queue.waiting.isEmpty
                return (next, state.isWatched)
            }
            next?.committer.resume(returning: next?.batch)
        }
    }

    private struct Work {
        let committer: CheckedContinuation<[PendingWrite]?, Never>
        let batch: [PendingWrite]
    }

    /// Work for a committer that has none.
    private func handOver(_ state: inout State) -> Work? {
        guard !state.idle.isEmpty, let batch = state.begin(limits) else { return nil }
        return Work(committer: state.idle.removeLast(), batch: batch)
    }

    /// Commits until ``close()``, then what still waits.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            for connection in connections { group.addTask { await self.serve(connection) } }
        }
    }

    /// Takes no more writes; ``run()`` returns when those that wait are answered.
    public func close() {
        let idle = state.withLock { state in
            state.queue.close()
            defer { state.idle = [] }
            return state.idle
        }
        for committer in idle { committer.resume(returning: nil) }
    }

    private func serve(_ connection: PostgresConnection) async {
        while let batch = await next() {
            let commit = Commit(batch)
            let answers = await commit.run(on: connection)
            for (kind, size) in commit.sizes { watch(kind, size, commit.oldest.duration(to: .now)) }
            let next = state.withLock { state in
                state.queue.finish(batch)
                state.busy -= 1
                return handOver(&state)
            }
            next?.committer.resume(returning: next?.batch)
            for (write, answer) in zip(commit.writes, answers) { write.answer(answer) }
        }
        await connection.close()
    }

    private func next() async -> [PendingWrite]? {
        await withCheckedContinuation { continuation in
            let batch: [PendingWrite]?? = state.withLock { state in
                if let batch = state.begin(limits) { return .some(batch) }
                if state.queue.isClosed { return .some(nil) }
                state.idle.append(continuation)
                return nil
            }
            if let batch { continuation.resume(returning: batch) }
        }
    }
}
