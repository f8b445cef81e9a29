internal import HTTPClient
private import Synchronization

/// Sends requests one after another in the background, so that what was said first arrives first.
///
/// Nobody waits for it but `flush`. At most 16 requests wait; more are dropped, as are those that fail: what watches the
/// fleet may not hold it up.
final class Outlet: Sendable {
    private struct State {
        /// Ends after everything that was posted before it.
        var last: Task<Void, Never>?
        var waiting = 0
    }

    private static let most = 16

    private let client: HTTPClient
    private let state = Mutex(State())

    init(_ client: HTTPClient) { self.client = client }

    /// Sends `request` after those posted before it, unless `mayGo` says no when its turn comes.
    func post(
        _ request: HTTPRequest, if mayGo: @escaping @Sendable () -> Bool = { true },
        then read: @escaping @Sendable (HTTPResponse) -> Void = { _ in }
    ) {
        state.withLock { state in
            guard state.waiting < Self.most else { return }
            state.waiting += 1
            // A chain of tasks: each holds the one before it, and `flush` cancels from the last on.
            state.last = Task { [previous = state.last] in
                await withTaskCancellationHandler {
                    await previous?.value
                } onCancel: {
                    previous?.cancel()
                }
                if !Task.isCancelled, mayGo(), let response = try? await client.send(request) { read(response) }
                self.state.withLock { $0.waiting -= 1 }
            }
        }
    }

    /// Waits until all is sent; what is not by `deadline` is given up.
    func flush(by deadline: ContinuousClock.Instant) async {
        guard let last = state.withLock({ $0.last }) else { return }
        let limit = Task {
            try await Task.sleep(until: deadline)
            last.cancel()
        }
        await last.value
        limit.cancel()
    }
}
