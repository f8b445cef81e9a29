private import Synchronization

/// Wakes one waiting task. A wake that comes while nobody waits is kept for the next wait; several count as one.
public final class WakeSignal: Sendable {
    private struct State {
        var isRaised = false
        var waiter: (number: UInt64, continuation: CheckedContinuation<Bool, Never>)?
        var number: UInt64 = 0
        /// The last wait whose time is over.
        var expired: UInt64 = 0

        /// Lets a wait begin, or says how it ended before it began.
        mutating func begin(_ number: UInt64, _ continuation: CheckedContinuation<Bool, Never>) -> Bool? {
            precondition(waiter == nil, "Two tasks wait for one signal: the first would never wake.")
            if isRaised {
                isRaised = false
                return true
            }
            if expired >= number { return false }
            waiter = (number, continuation)
            return nil
        }
    }

    private let state = Mutex(State())

    /// Not raised.
    public init() {}

    /// Wakes the waiter, now or at its next wait.
    public func raise() {
        let waiter = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            defer { state.waiter = nil }
            if state.waiter == nil { state.isRaised = true }
            return state.waiter?.continuation
        }
        waiter?.resume(returning: true)
    }

    /// Waits for a wake, no longer than `limit`. One task waits at a time. Cancelling it does not end the wait: whoever cancels
    /// raises the signal as well.
    ///
    /// - Returns: whether it was woken.
    @discardableResult
    public func wait(atMost limit: Duration) async -> Bool {
        if takeRaised() { return true }
        guard limit > .zero else { return false }
        let number = state.withLock { state in
            state.number += 1
            return state.number
        }
        let timer = Task {
            guard (try? await Task.sleep(for: limit)) != nil else { return }
            expire(number)
        }
        // The timer ends with the wait: thousands of short waits a second leave none behind.
        defer { timer.cancel() }
        return await withCheckedContinuation { continuation in
            let answer = state.withLock { state in state.begin(number, continuation) }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    private func takeRaised() -> Bool {
        state.withLock { state in
            defer { state.isRaised = false }
            return state.isRaised
        }
    }

    private func expire(_ number: UInt64) {
        let waiter = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            state.expired = max(state.expired, number)
            guard let waiter = state.waiter, waiter.number == number else { return nil }
            state.waiter = nil
            return waiter.continuation
        }
        waiter?.resume(returning: false)
    }
}
