/// GET /api/alerts/active with 10 000 active alerts (counts of all and the first 200), asked by eight dashboards without a pause;
/// beside it the same by FastAPI and asyncpg.
struct AlertsList: Experiment {
    private static let alerts = 10_000

    var quantities: [Quantity] {
        [
            Quantity(name: "alerts_list_p99_ms", unit: "ms", peer: "FastAPI + asyncpg", target: "< 20"),
            Quantity(name: "alerts_list_per_s", unit: "requests/s", peer: "FastAPI + asyncpg"),
        ]
    }

    func prepare(_ stage: Stage) async throws {
        try await SampleBookings(database: stage.database).people(leads: 1)
        try await stage.database.execute(
            """
            insert into leads (tenant_id, id, name, email)
            select 'org-0', 'lead-' || i, 'Dominique Bernard-' || i, 'lead-' || i || '@example.org'
            from generate_series(0, \(Self.alerts - 1)) i
            """)
        // Past ones are what grows; the active ones are as many at each size.
        try await stage.database.execute(
            """
            insert into max_alerts (tenant_id, lead_id, type, severity, message, suggested_action, created_at, resolved_at, resolved_by)
            select 'org-0', 'lead-' || i % \(Self.alerts), 'NoReply3d', 'med', 'Pas de réponse depuis 3 jours', null,
                now() - interval '30 days', now(), 'auto:inbound'
            from generate_series(1, \(stage.scaled(1_000_000))) i
            """)
        try await stage.database.execute(
            """
            insert into max_alerts (tenant_id, lead_id, type, severity, message, suggested_action, created_at)
            select 'org-0', 'lead-' || i, (array['NoContact7d', 'NoReply3d', 'PreferredChannel'])[1 + i / 3334],
                (array['high', 'med', 'low'])[1 + i / 3334], 'Aucun contact depuis 8 jours. Lead à risque de perte.',
                '{"label": "Relancer", "action": "send_template", "params": {"leadId": "lead", "template": "relance"}}',
                now() - i * interval '1 second'
            from generate_series(0, \(Self.alerts - 1)) i
            """)
        try await stage.database.settle("leads", "max_alerts")
    }

    func measure(_ stage: Stage) async throws -> [String: Double] { try await run(.ours, stage) }

    func measurePeer(_ stage: Stage) async throws -> [String: Double] { try await run(.peer, stage) }

    private func run(_ kind: IngestServer.Kind, _ stage: Stage) async throws -> [String: Double] {
        let server = try await IngestServer.start(kind, stage)
        let key = try await IngestServer.addKey(stage)
        _ = try await HTTPLoad.run("alerts", port: server.port, connections: 8, seconds: 1, environment: ["KEY": key])
        let result = try await HTTPLoad.run("alerts", port: server.port, connections: 8, seconds: 5, environment: ["KEY": key])
        try await server.stop()
        return ["alerts_list_p99_ms": result.p99, "alerts_list_per_s": result.perSecond]
    }
}
