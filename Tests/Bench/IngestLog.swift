/// POST /api/activities/log with all it does: the key looked up, the limit taken from Redis, the body validated, the activity
/// written, alerts resolved and raised, the commit on disk; half of the activities inbound.
///
/// Upon a table of activities, which is ten times as large at full size. Beside it a FastAPI and asyncpg service that runs the
/// same SQL in a transaction a request, with two workers and no rate limit.
struct IngestLog: Experiment {
    private static let activities = 1_000_000
    private static let leads = 250_000
    private static let seconds = 5

    var quantities: [Quantity] {
        let peer = "FastAPI + asyncpg"
        return [
            Quantity(name: "ingest_log_per_s", unit: "requests/s", peer: peer, target: "≥ 20 000"),
            Quantity(name: "ingest_log_p99_ms", unit: "ms", peer: peer, target: "< 20"),
            Quantity(name: "ingest_peak_mb", unit: "MB", peer: peer, target: "< 64"),
            Quantity(name: "ingest_log_16_per_s", unit: "requests/s"),
            Quantity(name: "ingest_log_64_per_s", unit: "requests/s"),
            Quantity(name: "ingest_log_256_per_s", unit: "requests/s"),
        ]
    }

    func prepare(_ stage: Stage) async throws {
        try await SampleBookings(database: stage.database).people(leads: Self.leads)
        try await stage.database.execute(
            """
            insert into lead_activities (tenant_id, lead_id, channel, direction, status, message_snippet, created_at)
            select 'org-0', 'lead-' || 1 + i % \(Self.leads), 'whatsapp', case when i % 3 = 0 then 'in' else 'out' end, 'sent',
                'Bonjour', now() - (i % 7776000) * interval '1 second'
            from generate_series(1, \(stage.scaled(Self.activities))) i
            """)
        // What inbound messages resolve.
        try await stage.database.execute(
            """
            insert into max_alerts (tenant_id, lead_id, type, severity, message)
            select 'org-0', 'lead-' || i, 'NoReply3d', 'med', 'Pas de réponse depuis 3 jours' from generate_series(1, 10000) i
            """)
    }

    func measure(_ stage: Stage) async throws -> [String: Double] {
        let server = try await begin(.ours, stage)
        var results = ["ingest_peak_mb": 0.0]
        for connections in [16, 64, 256] {
            results["ingest_log_\(connections)_per_s"] = try await load(server, stage, connections).perSecond
        }
        return results.merging(try await end(server, stage)) { $1 }
    }

    func measurePeer(_ stage: Stage) async throws -> [String: Double] {
        try await end(try await begin(.peer, stage), stage)
    }

    private func begin(_ kind: IngestServer.Kind, _ stage: Stage) async throws -> IngestServer {
        try await stage.database.execute("delete from lead_activities where meta is not null")
        try await stage.database.execute("delete from max_alerts where type = 'HotLead24h'")
        try await stage.database.execute("update max_alerts set resolved_at = null, resolved_by = null")
        try await stage.database.settle("lead_activities", "max_alerts")
        let server = try await IngestServer.start(kind, stage)
        _ = try await load(server, stage, 128, seconds: 2)
        return server
    }

    private func end(_ server: IngestServer, _ stage: Stage) async throws -> [String: Double] {
        let result = try await load(server, stage, 128)
        let peak = try server.peakMegabytes()
        try await server.stop()
        return ["ingest_log_per_s": result.perSecond, "ingest_log_p99_ms": result.p99, "ingest_peak_mb": peak]
    }

    private func load(
        _ server: IngestServer, _ stage: Stage, _ connections: Int, seconds: Int = seconds
    ) async throws -> HTTPLoad.Result {
        let key = try await IngestServer.addKey(stage)
        return try await HTTPLoad.run(
            "log", port: server.port, connections: connections, seconds: seconds,
            environment: ["KEY": key, "LEADS": String(Self.leads)])
    }
}
