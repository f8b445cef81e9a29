/// A tick that finds nothing to do: the whole process, as a timer starts it each minute. reminder-sender's has the plain names.
///
/// A million appointments and as many leads are in the tables, nearly all of them past; a hundred thousand forms were left a month
/// ago. A run before has settled what there was. Nothing is due, no ping is configured. Time in the server is what pg_stat_database calls active time: from a statement's arrival to the end
/// of its commit, the disk included. Peer: `psql -c "select 1"` as the same role.
struct IdleTick: Experiment {
    private static let ticks = 21

    /// A worker, and what its quantities are called.
    private struct Worker {
        let program: String
        let name: String
    }

    private static let workers = [
        Worker(program: "reminder-sender", name: "idle_tick"), Worker(program: "no-show-detector", name: "idle_no_show"),
        Worker(program: "alert-generator", name: "idle_alerts"), Worker(program: "abandon-recovery", name: "idle_recovery"),
    ]

    var quantities: [Quantity] {
        let peer = "psql, select 1"
        return Self.workers.flatMap { worker in
            let beside = worker.name == "idle_tick" ? peer : nil
            return [
                Quantity(name: worker.name + "_ms", unit: "ms", peer: beside, target: "< 50"),
                Quantity(name: worker.name + "_server_ms", unit: "ms", peer: beside, target: "< 5"),
                Quantity(name: worker.name + "_peak_mb", unit: "MB", peer: beside, target: "< 28"),
                Quantity(name: worker.name + "_cpu_ms", unit: "ms", peer: beside),
            ]
        }
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
        try await stage.database.execute(
            """
            insert into forms (tenant_id, id, name, status) select id, 'form', 'Contact', 'ACTIVE' from organizations
            """)
        try await stage.database.execute(
            """
            insert into form_abandons (tenant_id, id, form_id, session_id, email, last_activity_at, created_at)
            select
                'org-' || i % 50, 'abandon-' || i, 'form', 'visit-' || i, 'visit-' || i || '@example.org',
                now() - interval '30 days', now() - interval '30 days'
            from generate_series(1, \(stage.scaled(100_000))) i
            """)
        try await stage.database.settle("appointments", "relance.appointment_due", "leads", "form_abandons")
        for worker in Self.workers {
            // All that the rows above gave cause for.
            _ = try await tick(worker, stage, ["--budget", "500s"])
            _ = try await tick(worker, stage)
        }
        try await stage.database.settle(
            "relance.appointment_due", "relance.no_show_due", "relance.abandon_due", "relance.lead_alert_marks", "relance.runs",
            "relance.leases", "form_abandons", "max_alerts")
    }

    func measure(_ stage: Stage) async throws -> [String: Double] {
        var all: [String: Double] = [:]
        for worker in Self.workers {
            all.merge(try await figures(worker.name, stage) { try await tick(worker, stage) }) { $1 }
        }
        return all
    }

    func measurePeer(_ stage: Stage) async throws -> [String: Double] {
        let psql = try await stage.database.program("psql")
        return try await figures("idle_tick", stage) {
            try await Stopwatch.run(psql, ["-XAtqc", "select 1", stage.database.workerURL], environment: [:])
        }
    }

    private func figures(_ name: String, _ stage: Stage, _ run: () async throws -> Stopwatch) async throws -> [String: Double] {
        try await stage.servers.awaitEnd(ofSessionsIn: stage.database)
        let before = try await stage.servers.activeMilliseconds(of: stage.database)
        var runs: [Stopwatch] = []
        for _ in 0..<Self.ticks { runs.append(try await run()) }
        try await stage.servers.awaitEnd(ofSessionsIn: stage.database)
        let after = try await stage.servers.activeMilliseconds(of: stage.database)
        return [
            name + "_ms": median(runs.map(\.milliseconds)) ?? .nan,
            name + "_server_ms": (after - before) / Double(Self.ticks),
            name + "_peak_mb": median(runs.map(\.peakMegabytes)) ?? .nan,
            name + "_cpu_ms": median(runs.map(\.cpuMilliseconds)) ?? .nan,
        ]
    }

    private func tick(_ worker: Worker, _ stage: Stage, _ more: [String] = []) async throws -> Stopwatch {
        try await Stopwatch.run(
            worker.program, ["--once"] + more,
            environment: [
                "DATABASE_URL": stage.database.workerURL, "REDIS_URL": stage.servers.redisURL, "EMAIL_PROVIDERS": "outbox",
                "OUTBOX_DIR": "/nonexistent", "ADDRESS_HASH_KEY": "0123456789abcdef0123456789abcdef", "LOG_LEVEL": "warning",
            ], within: .seconds(600))
    }
}
