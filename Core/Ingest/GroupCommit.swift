public import API
public import Postgres
internal import Synchronization

/// Commits the writes of many requests in one transaction, and answers each (I6: an answer comes after the commit).
///
/// Whatever has come in while a connection was busy becomes its next transaction, so batches grow with the load and a lone
/// request waits for nobody. One bad write never fails its neighbours: a transaction that Postgres refuses is repeated write by
/// write.
public final class GroupCommit: Sendable {
    /// How much is taken in at once.
    public struct Limits: Sendable {
        /// Connections, each with one transaction at a time.
        public var connections = 2
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

        /// The next transaction, if it is time for one. While another is under way, a small one would cost the server more in
        /// planning than it saves in waiting.
        mutating func begin(worthwhile: Int) -> [PendingWrite]? {
            guard busy == 0 || queue.waiting.count >= worthwhile || queue.isClosed else { return nil }
            let batch = queue.take()
            if batch.isEmpty { return nil }
            busy += 1
            return batch
        }
    }

    private let state: Mutex<State>
    private let connections: [PostgresConnection]
    private let worthwhile: Int
    private let watch: Watch

    /// Nothing is committed before ``run()``.
    ///
    /// - Parameter connect: makes a connection, which nobody else uses.
    public init(_ limits: Limits = Limits(), connect: () -> PostgresConnection, watch: @escaping Watch) {
        state = Mutex(State(queue: CommitQueue(capacity: limits.waiting, batchLimit: limits.batch)))
        connections = (0..<max(1, limits.connections)).map { _ in connect() }
        worthwhile = limits.worthwhile
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
        let (isTaken, next) = state.withLock { state -> (Bool, (CheckedContinuation<[PendingWrite]?, Never>, [PendingWrite])?) in
            guard state.queue.add(write) else { return (false, nil) }
            return (true, handOver(&state))
        }
        if !isTaken { write.answer(.failure(.unavailable("There is too much to do at the moment."))) }
        next?.0.resume(returning: next?.1)
    }

    /// Work for a committer that has none.
    private func handOver(_ state: inout State) -> (CheckedContinuation<[PendingWrite]?, Never>, [PendingWrite])? {
        guard !state.idle.isEmpty, let batch = state.begin(worthwhile: worthwhile) else { return nil }
        return (state.idle.removeLast(), batch)
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
            next?.0.resume(returning: next?.1)
            for (write, answer) in zip(commit.writes, answers) { write.answer(answer) }
        }
        await connection.close()
    }

    private func next() async -> [PendingWrite]? {
        await withCheckedContinuation { continuation in
            let batch: [PendingWrite]?? = state.withLock { state in
                if let batch = state.begin(worthwhile: worthwhile) { return .some(batch) }
                if state.queue.isClosed { return .some(nil) }
                state.idle.append(continuation)
                return nil
            }
            if let batch { continuation.resume(returning: batch) }
        }
    }
}
