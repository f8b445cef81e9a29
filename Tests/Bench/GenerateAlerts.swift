/// Alerts of a million leads with ten million activities of a year: all of them looked at, and a tick as a timer calls it.
///
/// Activities are spread evenly, so half of the leads have an alert: an unlucky pipeline. The full run compares what stands with what
/// should and finds a change for one lead in a hundred, whose alerts were taken away before; the tick finds what a minute brings:
/// the leads that come of age by themselves, and two hundred that were just in contact. Memory is that of the process.
struct GenerateAlerts: Experiment {
    private static let leads = 1_000_000

    var quantities: [Quantity] {
        [
            Quantity(name: "alerts_full_s", unit: "s", target: "< 15"),
            Quantity(name: "alerts_incremental_s", unit: "s", target: "< 1"),
            Quantity(name: "alerts_idle_ms", unit: "ms", target: "< 50"),
            Quantity(name: "alerts_peak_mb", unit: "MB", target: "< 28"),
        ]
    }

    func prepare(_ stage: Stage) async throws {
        let leads = stage.scaled(Self.leads)
        try await SampleBookings(database: stage.database).people(leads: leads)
        // Written as the past, not as a backfill: its marks are not what is measured.
        try await stage.database.execute("alter table lead_activities disable trigger mark_late_activity")
        try await stage.database.execute("update leads set created_at = now() - interval '400 days'")
        try await stage.database.execute(
            """
            insert into lead_activities (tenant_id, lead_id, channel, direction, status, message_snippet, meta, created_at)
            select
                'org-' || l % 50, 'lead-' || l, (array['whatsapp', 'email', 'call', 'sms'])[1 + (hashint8(i * 7) & 3)],
                case when (hashint8(i * 3) & 2147483647) % 10 < 4 then 'in' else 'out' end, 'sent', 'Bonjour',
                case when hashint8(i * 11) & 3 = 0 then '{"automated": true}'::jsonb end,
                now() - interval '365 days' * (1 - i / \(leads * 10).0)
            from (
                select i, 1 + (hashint8extended(i, 42) & 9223372036854775807) % \(leads) as l
                from generate_series(1::bigint, \(leads * 10)) i
            ) s
            """)
        try await stage.database.execute("alter table lead_activities enable trigger mark_late_activity")
        try await stage.database.execute(
            """
            insert into deals (tenant_id, id, lead_id, amount_cents)
            select 'org-' || i % 50, 'deal-' || i, 'lead-' || i, 100000 * (1 + i % 30) from generate_series(1, \(leads), 5) i
            """)
        // Half of the leads are closed, as in a pipeline that is a year old.
        try await stage.database.execute("update leads set status = 'LOST' where hashtext(id) & 1 = 0")
        try await stage.database.execute("truncate relance.lead_alert_marks")
        try await stage.database.settle("lead_activities", "leads", "deals")
        _ = try await run(stage, ["--full"])
        try await stage.database.settle("max_alerts", "relance.lead_alert_marks")
    }

    func measure(_ stage: Stage) async throws -> [String: Double] {
        _ = try await run(stage)
        try await stage.database.execute("delete from max_alerts where resolved_at is null and hashtext(lead_id) % 100 = 0")
        let full = try await run(stage, ["--full"])
        _ = try await run(stage)
        try await stage.database.execute(
            """
            insert into lead_activities (tenant_id, lead_id, channel, direction, created_at)
            select tenant_id, id, 'sms', 'in', clock_timestamp() from leads where hashtext(id) % 5000 = 0 limit 200
            """)
        let tick = try await run(stage)
        let idle = try await run(stage)
        return [
            "alerts_full_s": full.milliseconds / 1000, "alerts_incremental_s": tick.milliseconds / 1000,
            "alerts_idle_ms": idle.milliseconds, "alerts_peak_mb": max(full.peakMegabytes, tick.peakMegabytes),
        ]
    }

    private func run(_ stage: Stage, _ arguments: [String] = []) async throws -> Stopwatch {
        try await Stopwatch.run(
            "alert-generator", ["--schedule", "alerts"] + arguments,
            environment: [
                "DATABASE_URL": stage.database.workerURL, "REDIS_URL": stage.servers.redisURL, "LOG_LEVEL": "warning",
            ], within: .seconds(600))
    }
}
