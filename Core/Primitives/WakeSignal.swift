private import Synchronization

/// Wakes one waiting task. A wake that comes while nobody waits is kept for the next wait; several count as one.
public final class WakeSignal: Sendable {
    private struct State {
        var isRaised = false
        var waiter: (number: UInt64, continuation: CheckedContinuation<Bool, Never>)?
        var number: UInt64 = 0
    }

    private let state = Mutex(State())

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

    /// Waits for a wake, no longer than `limit`. One task waits at a time.
    ///
    /// - Returns: whether it was woken.
    @discardableResult
    public func wait(atMost limit: Duration) async -> Bool {
        if takeRaised() { return true }
        guard limit > .zero else { return false }
        return await withCheckedContinuation { continuation in
            let number = state.withLock { state -> UInt64? in
                if state.isRaised {
                    state.isRaised = false
                    return nil
                }
                state.number += 1
                state.waiter = (state.number, continuation)
                return state.number
            }
            guard let number else { return continuation.resume(returning: true) }
            // Outlives a wake that comes earlier; then it finds another number, or none, and does nothing.
            Task {
                try? await Task.sleep(for: limit)
                expire(number)
            }
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
            guard let waiter = state.waiter, waiter.number == number else { return nil }
            state.waiter = nil
            return waiter.continuation
        }
        waiter?.resume(returning: false)
    }
}
