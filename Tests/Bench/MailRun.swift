import TestSupport

/// One reminder-sender that sends what is planned to Resend's API as the simulator speaks it.
enum MailRun {
    /// Runs it to its end.
    static func send(
        _ stage: Stage, through simulator: SimulatorProcess, _ changes: [String: String] = [:]
    ) async throws -> Stopwatch {
        try await Stopwatch.run(
            "reminder-sender", ["--once", "--budget", "600s"],
            environment: [
                "DATABASE_URL": stage.database.workerURL, "REDIS_URL": stage.servers.redisURL, "EMAIL_PROVIDERS": "resend",
                "RESEND_API_URL": simulator.url + "/resend", "RESEND_API_KEY": "re_bench",
                "MAIL_FROM": "Relance <relance@example.org>", "ADDRESS_HASH_KEY": "0123456789abcdef0123456789abcdef",
                "LINK_SIGNING_KEYS": "0123456789abcdef0123456789abcdef", "API_URL": "https://api.example.org",
                "LOG_LEVEL": "error",
            ].merging(changes) { $1 }, within: .seconds(900))
    }
}
