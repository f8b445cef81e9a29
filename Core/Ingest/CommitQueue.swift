internal import API

/// A write that waits for its commit, and whoever waits for its answer.
struct PendingWrite: Sendable {
    let write: any Write
    let key: IdempotencyKey?
    let since: ContinuousClock.Instant
    let answer: @Sendable (Result<Answer, Problem>) -> Void
}

/// What waits to be committed: a value, so that its rules can be tested by themselves.
struct CommitQueue {
    /// Longest queue; more is refused at once.
    let capacity: Int
    /// Most writes of one transaction.
    let batchLimit: Int
    /// Most bytes of one transaction that has more than one write: they are held several times over on their way.
    let byteLimit: Int
    private(set) var waiting: [PendingWrite] = []
    private var waitingBytes = 0
    /// Keys in transactions that run: another request with one of them waits for its neighbour's answer.
    private var keysInFlight: Set<String> = []
    private(set) var isClosed = false

    init(capacity: Int, batchLimit: Int, byteLimit: Int = 4 << 20) {
        self.capacity = capacity
        self.batchLimit = batchLimit
        self.byteLimit = byteLimit
    }

    /// Takes a write in; false when there is no room.
    mutating func add(_ write: PendingWrite) -> Bool {
        guard waiting.count < capacity, !isClosed else { return false }
        waiting.append(write)
        waitingBytes += write.write.size
        return true
    }

    /// The next transaction's writes, in their order of arrival. A key stands in it once; its repetitions stay.
    mutating func take() -> [PendingWrite] {
        if waiting.count <= batchLimit, waitingBytes <= byteLimit, !waiting.contains(where: { $0.key != nil }) {
            defer { (waiting, waitingBytes) = ([], 0) }
            return waiting
        }
        var batch: [PendingWrite] = []
        var bytes = 0
        var rest: [PendingWrite] = []
        for write in waiting {
            let isFree = write.key.map { !keysInFlight.contains($0.identity) } ?? true
            let fits = batch.isEmpty || (batch.count < batchLimit && bytes + write.write.size <= byteLimit)
            if fits, isFree {
                if let key = write.key { keysInFlight.insert(key.identity) }
                batch.append(write)
                bytes += write.write.size
            } else {
                rest.append(write)
            }
        }
        waiting = rest
        waitingBytes -= bytes
        return batch
    }

    /// A transaction is over: its keys may be asked for again.
    mutating func finish(_ batch: [PendingWrite]) {
        for case let key? in batch.map(\.key) { keysInFlight.remove(key.identity) }
    }

    /// Takes nothing more in.
    mutating func close() { isClosed = true }
}
