/// A value that is read again only when it has grown old: whoever asks in between, however many, gets the last one.
actor Cached<Value: Sendable> {
    private let lifetime: Duration
    private let read: @Sendable () async -> Value
    private var last: (value: Value, at: ContinuousClock.Instant)?
    private var reading: Task<Value, Never>?

    init(for lifetime: Duration, _ read: @escaping @Sendable () async -> Value) {
        self.lifetime = lifetime
        self.read = read
    }

    func value() async -> Value {
        if let last, last.at + lifetime > .now { return last.value }
        if let reading { return await reading.value }
        let task = Task { [read] in await read() }
        reading = task
        let value = await task.value
        reading = nil
        last = (value, .now)
        return value
    }
}
