import Postgres
@testable import Queue
import Synchronization

/// Performs jobs as a test says. The effect of a job is a row in `public.test_effects`, whose key is the job's id.
struct ScriptedHandler: JobHandler {
    /// What happens to claimed jobs.
    typealias Body = @Sendable ([ClaimedJob], JobInbox<Int64>) async -> Void

    let lanes: [(kind: JobKind, capacity: Int)]
    private let body: Body

    init(
        _ lanes: [(kind: JobKind, capacity: Int)],
        _ body: @escaping Body = { jobs, inbox in inbox.finish(jobs.map { .init($0, .completed) }) }
    ) {
        self.lanes = lanes
        self.body = body
    }

    func perform(_ jobs: [ClaimedJob], inbox: JobInbox<Int64>) async { await body(jobs, inbox) }

    func statements(recording effects: [Int64]) -> [JobQueue.Bound] {
        if effects.isEmpty { return [] }
        let insert = "insert into public.test_effects (job) select unnest($1::bigint[]) on conflict do nothing"
        return [(SQLStatement(unsafe: insert, name: "record_effects"), [.ints(effects)])]
    }
}

/// Opened once; whoever waits goes on.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var arrived = 0
    }

    private let state = Mutex(State())

    /// How many have come to it.
    var arrived: Int { state.withLock { $0.arrived } }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        waiting.forEach { $0.resume() }
    }

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                state.arrived += 1
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

/// What a test has seen, from several tasks.
final class Record<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])
    func add(_ element: Element) { elements.withLock { $0.append(element) } }
    var all: [Element] { elements.withLock { $0 } }
}
