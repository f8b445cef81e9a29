import Postgres
import Primitives
import TestSupport
import Testing

/// One row that no age can be counted from would stop the generator for every tenant: the database takes none.
@Suite struct CalendarTests {
    private let origin = Pipeline.origin

    @Test(arguments: [
        "insert into leads (tenant_id, id, name, created_at) values ('acme', 'l9', 'L', '-infinity')",
        "insert into leads (tenant_id, id, name, created_at) values ('acme', 'l9', 'L', 'infinity')",
        "update leads set created_at = '0044-03-15 BC'",
        "insert into lead_activities (tenant_id, lead_id, channel, direction, created_at) values ('acme', 'l1', 'sms', 'in', '-infinity')",
        "insert into lead_activities (tenant_id, lead_id, channel, direction, created_at) values ('acme', 'l1', 'sms', 'out', 'infinity')",
        """
        insert into max_alerts (tenant_id, lead_id, type, severity, message, created_at)
        values ('acme', 'l1', 'NoReply3d', 'med', 'x', '-infinity')
        """,
        "update alert_thresholds set no_contact_after = '9000 years'",
        "update alert_thresholds set no_reply_after = '9000 years'",
        "update alert_thresholds set stale_after = '9000 years'",
        "update alert_thresholds set high_value_after = '9000 years'",
        "update alert_thresholds set preferred_within = '9000 years'",
        "update alert_thresholds set digest_after = '9000 years'",
    ])
    func `what has no place in the calendar is refused, and the run goes on`(sql: String) async throws {
        let pipeline = try await Pipeline(["acme", "bolt"])
        let refusal = await #expect(throws: PostgresError.self) { try await pipeline.write(at: origin, sql) }
        #expect(refusal?.sqlState == "23514", "\(String(describing: refusal))")
        try await pipeline.tick(at: origin.days(8))
        #expect(try await pipeline.active(organization: "bolt") == ["NoContact7d"])
    }
}
