private import CCurl
internal import Synchronization

/// What callers hand to the loop's thread; the only state that they share.
///
/// The thread takes everything at once, and between two takings only the first caller pays for waking it.
final class Mailbox: Sendable {
    /// What one taking found.
    struct Contents {
        var submissions: [Submission] = []
        var cancellations: [UInt64] = []
        var isClosed = false
    }

    /// What is left for the caller to do after posting.
    enum Posting {
        case done
        case startThread
        case closed
    }

    private struct State {
        var contents = Contents()
        var hasThread = false
        /// True while the thread is certain to look again before it sleeps.
        var isAwake = true
        var lastID: UInt64 = 0
        /// Set while the thread's `CURLM` lives, so that waking it never meets a freed one.
        var multi: UnsafeMutableRawPointer?

        mutating func wake() {
            guard !isAwake, let multi else { return }
            isAwake = true
            curl_multi_wakeup(multi)
        }
    }

    private let state = Mutex(State())

    /// A number for the next request.
    func nextID() -> UInt64 {
        state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
    }

    /// Leaves a request for the thread; after `closed` the caller answers it.
    func post(_ submission: Submission) -> Posting {
        state.withLock { state in
            if state.contents.isClosed { return .closed }
            state.contents.submissions.append(submission)
            state.wake()
            defer { state.hasThread = true }
            return state.hasThread ? .done : .startThread
        }
    }

    /// Asks for a request to be given up; one that has ended already is passed over.
    func cancel(_ id: UInt64) {
        state.withLock { state in
            guard state.hasThread else { return }
            state.contents.cancellations.append(id)
            state.wake()
        }
    }

    /// Lets the thread give up everything and end; nothing is taken in afterwards.
    func close() {
        state.withLock { state in
            state.contents.isClosed = true
            state.wake()
        }
    }

    /// Takes what has come in. From here on a caller wakes the thread's next sleep.
    func take() -> Contents {
        state.withLock { state in
            defer { state.contents = Contents(isClosed: state.contents.isClosed) }
            state.isAwake = false
            return state.contents
        }
    }

    /// Makes the thread's handle known for waking, or, with nil, unknown before it is freed.
    func attach(_ multi: UnsafeMutableRawPointer?) {
        // As a number, since a pointer may not cross into the lock's state.
        let address = multi.map { UInt(bitPattern: $0) }
        state.withLock { $0.multi = address.flatMap { UnsafeMutableRawPointer(bitPattern: $0) } }
    }
}
