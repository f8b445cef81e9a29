/// A tick of reminder-sender that finds nothing to do: the whole process, as a timer starts it each minute.
///
/// A million appointments are in the table, nearly all of them past; one run before has settled those ahead. Nothing is due,
/// no ping is configured. Time in the server is what pg_stat_database calls active time: from a statement's arrival to the end
/// of its commit, the disk included. Peer: `psql -c "select 1"` as the same role.
struct IdleTick: Experiment {
    private static let ticks = 21

    var quantities: [Quantity] {
        let peer = "psql, select 1"
        return [
            Quantity(name: "idle_tick_ms", unit: "ms", peer: peer, target: "< 50"),
            Quantity(name: "idle_tick_server_ms", unit: "ms", peer: peer, target: "< 5"),
            Quantity(name: "idle_tick_peak_mb", unit: "MB", peer: peer, target: "< 28"),
            Quantity(name: "idle_tick_cpu_ms", unit: "ms", peer: peer),
        ]
    }

    func prepare(_ stage: Stage) async throws {
        let all = stage.scaled(1_000_000)
        let ahead = all / 200
        let bookings = SampleBookings(database: stage.database)
        try await bookings.people(leads: all)
        try await bookings.appointments(
            from: 1, through: all - ahead, status: "COMPLETED", startsAt: "now() - interval '2 days' - i * interval '1 minute'")
        // From the day after tomorrow on: no step of theirs is due while this runs.
        try await bookings.appointments(
            from: all - ahead + 1, through: all, status: "SCHEDULED",
            startsAt: "now() + interval '2 days' + (i - \(all - ahead)) * interval '1 minute'")
        try await stage.database.settle("appointments", "relance.appointment_due")
        _ = try await tick(stage)
        try await stage.database.settle("relance.appointment_due", "relance.runs", "relance.leases")
    }

    func measure(_ stage: Stage) async throws -> [String: Double] {
        try await figures(stage) { try await tick(stage) }
    }

    func measurePeer(_ stage: Stage) async throws -> [String: Double] {
        let psql = try await stage.database.program("psql")
        return try await figures(stage) {
            try await Stopwatch.run(psql, ["-XAtqc", "select 1", stage.database.workerURL], environment: [:])
        }
    }

    private func figures(_ stage: Stage, _ run: () async throws -> Stopwatch) async throws -> [String: Double] {
        try await stage.servers.awaitEnd(ofSessionsIn: stage.database)
        let before = try await stage.servers.activeMilliseconds(of: stage.database)
        var runs: [Stopwatch] = []
        for _ in 0..<Self.ticks { runs.append(try await run()) }
        try await stage.servers.awaitEnd(ofSessionsIn: stage.database)
        let after = try await stage.servers.activeMilliseconds(of: stage.database)
        return [
            "idle_tick_ms": median(runs.map(\.milliseconds)) ?? .nan,
            "idle_tick_server_ms": (after - before) / Double(Self.ticks),
            "idle_tick_peak_mb": median(runs.map(\.peakMegabytes)) ?? .nan,
            "idle_tick_cpu_ms": median(runs.map(\.cpuMilliseconds)) ?? .nan,
        ]
    }

    private func tick(_ stage: Stage) async throws -> Stopwatch {
        try await Stopwatch.run(
            "reminder-sender", ["--once"],
            environment: [
                "DATABASE_URL": stage.database.workerURL, "REDIS_URL": stage.servers.redisURL, "EMAIL_PROVIDERS": "outbox",
                "OUTBOX_DIR": "/nonexistent", "ADDRESS_HASH_KEY": "0123456789abcdef0123456789abcdef", "LOG_LEVEL": "warning",
            ])
    }
}
