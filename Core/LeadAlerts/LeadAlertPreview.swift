public import Postgres
public import Primitives
public import Schema

/// One line of `--dry-run`: what a run would do to an alert, or whom it would tell of old ones.
public struct LeadAlertPreview: Sendable, Equatable {
    /// `raise`, `retell`, `renew`, `supersede`, `resolve`, `digest`, `miss` (a digest whose day is over).
    public let verb: String
    /// Whose.
    public let tenantID: String
    /// About which lead; of a digest, to which user.
    public let subject: String
    /// Of the alert; of a digest, the channel.
    public let type: String
    /// Of the alert.
    public let severity: String
    /// Which activity the alert goes by; of a digest, when it was due.
    public let anchorAt: Timestamp?
    /// What the alert would say.
    public let message: String

    /// Reads up to `limit` of them; nothing is written.
    ///
    /// - Parameters:
    ///   - looksAtLeads: whether the run would look at leads at all.
    ///   - isFull: looks at every lead, as `--full` does.
    ///   - tellsTeams: whether the run would write the digests that have come due.
    public static func read(
        _ connection: PostgresConnection, at time: BusinessTime, looksAtLeads: Bool = true, isFull: Bool = false,
        tellsTeams: Bool = true, limit: Int, pageSize: Int = 5000
    ) async throws -> [LeadAlertPreview] {
        var lines = tellsTeams ? try await digests(connection, at: time, limit: limit) : []
        if !looksAtLeads { return lines }
        if isFull {
            lines += try await pages(LeadRange(), connection, at: time, limit: limit - lines.count, pageSize: pageSize)
            return lines
        }
        let tenants = try await connection.query(.readMarkedTenants, []) { row throws(PostgresError) in
            try row.text("tenant_id")
        }
        for tenant in tenants where lines.count < limit {
            let range = LeadRange(after: LeadKey(tenantID: tenant, leadID: ""), tenantID: tenant)
            lines += try await pages(range, connection, at: time, limit: limit - lines.count, pageSize: pageSize)
        }
        let whole = Set(tenants)
        var after = LeadKey.start
        while lines.count < limit {
            let values: [PostgresValue] = [.text(after.tenantID), .text(after.leadID), .int(pageSize)]
            let touched = try await connection.run { session throws(PostgresError) in
                try session.batch(at: time, [(.guardTransaction, []), (.previewTouched, values)])[1].map {
                    row throws(PostgresError) in
                    LeadKey(tenantID: try row.text("tenant_id"), leadID: try row.text("lead_id"))
                }
            }
            guard let last = touched.last else { break }
            after = last
            let named = touched.filter { !whole.contains($0.tenantID) }
            lines += try await read(.previewGiven, LeadRange.values(of: named), connection, at: time).lines
                .prefix(limit - lines.count)
        }
        return lines
    }

    /// What the next look at one lead would do to its alerts; nothing is written.
    public static func read(
        lead leadID: String, of tenantID: String, _ connection: PostgresConnection, at time: BusinessTime = .database
    ) async throws -> [LeadAlertPreview] {
        let values = LeadRange.values(of: [LeadKey(tenantID: tenantID, leadID: leadID)])
        return try await read(.previewGiven, values, connection, at: time).lines
    }

    private static func digests(
        _ connection: PostgresConnection, at time: BusinessTime, limit: Int
    ) async throws -> [LeadAlertPreview] {
        try await connection.run { session throws(PostgresError) in
            try session.batch(at: time, [(.previewDigests, [.int(limit)])])[0].map { row throws(PostgresError) in
                LeadAlertPreview(
                    verb: try row.text("verb"), tenantID: try row.text("tenant_id"), subject: "user:" + (try row.text("user_id")),
                    type: try row.text("channel"), severity: "", anchorAt: try row.timestamp("scheduled_for"), message: "")
            }
        }
    }

    private static func pages(
        _ range: LeadRange, _ connection: PostgresConnection, at time: BusinessTime, limit: Int, pageSize: Int
    ) async throws -> [LeadAlertPreview] {
        var lines: [LeadAlertPreview] = []
        var rest = range
        while lines.count < limit {
            let page = try await read(.previewPage, rest.values(limit: pageSize), connection, at: time)
            lines += page.lines.prefix(limit - lines.count)
            guard page.examined == pageSize, let last = page.last else { break }
            rest.after = last
        }
        return lines
    }

    private static func read(
        _ statement: SQLStatement, _ values: [PostgresValue], _ connection: PostgresConnection, at time: BusinessTime
    ) async throws -> (lines: [LeadAlertPreview], examined: Int, last: LeadKey?) {
        try await connection.run { session throws(PostgresError) in
            let rows = try session.batch(at: time, [(.guardTransaction, []), (statement, values)])[1]
            let first = rows.first
            let last: LeadKey? =
                if let first, let tenant = try first.optionalText("last_tenant"), let lead = try first.optionalText("last_lead") {
                    LeadKey(tenantID: tenant, leadID: lead)
                } else { nil }
            let lines = try rows.map { row throws(PostgresError) -> LeadAlertPreview? in
                guard let verb = try row.optionalText("verb") else { return nil }
                return LeadAlertPreview(
                    verb: verb, tenantID: try row.text("tenant_id"), subject: "lead:" + (try row.text("lead_id")),
                    type: try row.text("type"), severity: try row.text("severity"),
                    anchorAt: try row.optionalTimestamp("anchor_at"), message: try row.text("message"))
            }
            return (lines.compactMap { $0 }, Int(try first?.int("examined") ?? 0), last)
        }
    }
}
