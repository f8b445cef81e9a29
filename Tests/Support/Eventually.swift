/// Waits until a condition holds, looking every 10 ms.
/// - Parameters:
///   - limit: The longest to wait; generous, because a test machine may be busy.
///   - what: What is being waited for, in words for the failure.
///   - condition: Looked at until it is true.
/// - Throws: ``NeverHappened`` when the time runs out, or what the condition throws.
public func eventually(
    within limit: Duration = .seconds(10), _ what: String = "the condition",
    isolation: isolated (any Actor)? = #isolation, condition: () async throws -> Bool
) async throws {
    let _: Void = try await eventually(within: limit, what, isolation: isolation) { try await condition() ? () : nil }
}

/// Waits until there is a value, looking every 10 ms.
/// - Parameters:
///   - limit: The longest to wait.
///   - what: What is being waited for, in words for the failure.
///   - value: Looked at until it is not nil.
/// - Returns: The value.
/// - Throws: ``NeverHappened`` when the time runs out, or what the closure throws.
public func eventually<Value>(
    within limit: Duration = .seconds(10), _ what: String = "the value",
    isolation: isolated (any Actor)? = #isolation, value: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    while true {
        if let value = try await value() { return value }
        guard ContinuousClock.now < deadline else { throw NeverHappened(what: what, limit: limit) }
        try await Task.sleep(for: .milliseconds(10))
    }
}

/// A condition stayed false for as long as the test would wait.
public struct NeverHappened: Error, CustomStringConvertible {
    /// What was being waited for.
    public let what: String
    /// How long.
    public let limit: Duration

    /// Both in a sentence.
    public var description: String { "\(what) did not come about within \(limit)" }
}
