private import Foundation

/// Runs something that blocks on a thread of its own, so that a test never holds a thread of the cooperative pool.
/// - Parameter body: What to run.
/// - Returns: What it returned.
/// - Throws: What it threw.
public func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
    }
}
