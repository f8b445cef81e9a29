import Postgres

/// Pauses or resumes, and says what that means for the messages that wait.
enum PauseReport {
    /// Pauses.
    static func pause(_ pause: Pause, _ action: OperatorAction, _ arguments: Arguments, over connection: PostgresConnection)
        async throws
    {
        let (wasPaused, waiting) = try await connection.run { session throws in
            let wasPaused = try session.transaction { session throws in try pause.begin(action, session) }
            return (wasPaused, try pause.waiting(session))
        }
        if arguments.has(.json) {
            print(
                JSONValue.object(
                    pause.json + [
                        ("paused", .bool(true)), ("was_paused", .bool(wasPaused)), ("waiting", .int(waiting.all)),
                        ("expiring_within_1h", .int(waiting.expiring)),
                    ]
                ).text)
            return
        }
        print("\(pause.name) \(wasPaused ? "was paused already" : "is paused, from the next claim on").")
        print("Requests that have left already go on; their answers are recorded.")
        print("Waiting: \(waiting.all), of which \(waiting.expiring) expire within the hour and would end as missed.")
        print("To go on: relance \(pause.resumption)")
    }

    /// Resumes.
    static func resume(_ pause: Pause, _ action: OperatorAction, _ arguments: Arguments, over connection: PostgresConnection)
        async throws
    {
        let (wasPaused, waiting) = try await connection.run { session throws in
            let wasPaused = try session.transaction { session throws in try pause.end(action, session) }
            return (wasPaused, try pause.waiting(session))
        }
        if arguments.has(.json) {
            print(
                JSONValue.object(
                    pause.json + [
                        ("paused", .bool(false)), ("was_paused", .bool(wasPaused)), ("waiting", .int(waiting.all)),
                    ]
                ).text)
            return
        }
        print("\(pause.name) \(wasPaused ? "goes on" : "was not paused").")
        if wasPaused {
            print("Waiting: \(waiting.all). They leave with the next ticks; `relance status` shows other pauses, if any.")
        }
    }
}

extension Pause {
    /// As a sentence begins.
    fileprivate var name: String {
        switch self {
        case .everywhere: "All sending"
        case .organization(let id): "Sending for \(id)"
        case .queue(let name): "Queue \(name)"
        }
    }

    /// The command that ends it.
    fileprivate var resumption: String {
        switch self {
        case .everywhere: "resume sending"
        case .organization(let id): "resume sending --tenant \(id)"
        case .queue(let name): "resume queue \(name)"
        }
    }
}
