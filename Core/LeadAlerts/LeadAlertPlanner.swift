public import Postgres
public import Runtime
public import Schema

/// Keeps lead alerts in step with what holds of the leads (M-06..12, D-30..35).
///
/// Does: marks the leads that time or activity has brought up, looks at every marked lead, raises, retells and resolves. Runs when:
/// alert-generator leads, every tick. Safe to repeat because: it compares what should stand with what stands, and writes the
/// difference under the leader's epoch. If it fails: marks that were not worked off are still there.
public struct LeadAlertPlanner: Sendable {
    let program: String
    let connection: PostgresConnection
    private let helping: PostgresConnection?
    let failpoints: Failpoints
    let pageSize: Int

    /// - Parameters:
    ///   - helping: a second connection for a look at all leads, which costs the server more than us.
    ///   - pageSize: leads a transaction; bounds its length and the memory of its statement.
    public init(
        program: String, connection: PostgresConnection, helping: PostgresConnection? = nil, failpoints: Failpoints = .none,
        pageSize: Int = 5000
    ) {
        self.program = program
        self.connection = connection
        self.helping = helping
        self.failpoints = failpoints
        self.pageSize = pageSize
    }

    /// Does what is due, as long as we lead.
    ///
    /// - Parameters:
    ///   - isFull: looks at every lead, whether anything points to it or not.
    ///   - tellsTeams: writes the digests too that have come due.
    ///   - keepLeading: renews the lease between batches and says under which epoch to go on, nil to stop.
    public func plan(
        at time: BusinessTime, runID: String, isFull: Bool = false, tellsTeams: Bool = true,
        keepLeading: @escaping @Sendable () async throws -> Int64?
    ) async throws -> LeadAlertReport {
        var report = LeadAlertReport()
        guard let epoch = try await keepLeading() else { return report }
        let look = try await look(at: time, epoch: epoch)
        report.wasFenced = !look.isHeld
        if report.wasFenced { return report }
        if look.isNewHour {
            // Before the calendar is turned: a run that ends here is asked again at once.
            if tellsTeams { report += try await planDigests(at: time, runID: runID, keepLeading: keepLeading) }
            try await turnDays(at: time, epoch: epoch)
        }
        if look.hasWork || look.isNewHour {
            report += try await planMarkedTenants(at: time, keepLeading: keepLeading)
        }
        if isFull, !report.wasFenced {
            report += try await planAll(LeadRange(), at: time, keepLeading: keepLeading)
        }
        if look.hasWork || look.isNewHour || isFull, !report.wasFenced {
            report += try await planMarkedLeads(at: time, keepLeading: keepLeading)
        }
        return report
    }

    private struct Look {
        let isHeld: Bool
        let hasWork: Bool
        let isNewHour: Bool
    }

    /// What the clock has brought up; one round trip, and nothing is written when it is nothing.
    private func look(at time: BusinessTime, epoch: Int64) async throws -> Look {
        let values: [PostgresValue] = [.text(program), .int(epoch)]
        let look = try await connection.run { session throws in
            let row = try session.batch(at: time, [(.guardTransaction, []), (.markTouched, values)])[1].single()
            return Look(
                isHeld: try row.int("held") > 0, hasWork: try row.bool("has_work"), isNewHour: try row.bool("is_new_hour"))
        }
        if look.hasWork { try failpoints.reach(.planPicked) }
        return look
    }

    private func turnDays(at time: BusinessTime, epoch: Int64) async throws {
        let values: [PostgresValue] = [.text(program), .int(epoch)]
        _ = try await connection.run { session throws(PostgresError) in
            try session.batch(at: time, [(.guardTransaction, []), (.turnDays, values)]).count
        }
    }

    /// Tenants whose rules have changed.
    private func planMarkedTenants(
        at time: BusinessTime, keepLeading: @escaping @Sendable () async throws -> Int64?
    ) async throws -> LeadAlertReport {
        var report = LeadAlertReport()
        let marked = try await connection.query(.readMarkedTenants, []) { row throws(PostgresError) in
            (try row.text("tenant_id"), try row.text("marks"))
        }
        for (tenant, marks) in marked {
            let range = LeadRange(after: LeadKey(tenantID: tenant, leadID: ""), tenantID: tenant)
            // One after the other: what changes the rules of many tenants at once is a migration.
            let part = try await planPages(range, on: connection, at: time, keepLeading: keepLeading)
            report += part.report
            guard part.isWhole else { return report }
            try await connection.execute(.unmarkTenant, [.text(tenant), .text(marks)])
        }
        return report
    }

    /// All leads of a range; two connections share them where there are many.
    private func planAll(
        _ range: LeadRange, at time: BusinessTime, keepLeading: @escaping @Sendable () async throws -> Int64?
    ) async throws -> LeadAlertReport {
        let middle = try await connection.query(.findMiddle, []) { row throws(PostgresError) in
            LeadKey(tenantID: try row.text("tenant_id"), leadID: try row.text("lead_id"))
        }.first
        guard let helping, let middle else {
            return try await planPages(range, on: connection, at: time, keepLeading: keepLeading).report
        }
        let halves = [
            (LeadRange(after: range.after, through: middle), connection), (LeadRange(after: middle, through: nil), helping),
        ]
        return try await withThrowingTaskGroup { group in
            for (half, connection) in halves {
                group.addTask { try await planPages(half, on: connection, at: time, keepLeading: keepLeading).report }
            }
            var report = LeadAlertReport()
            for try await part in group { report += part }
            return report
        }
    }

    private func planPages(
        _ range: LeadRange, on connection: PostgresConnection, at time: BusinessTime,
        keepLeading: @Sendable () async throws -> Int64?
    ) async throws -> (report: LeadAlertReport, isWhole: Bool) {
        var report = LeadAlertReport()
        var rest = range
        while let epoch = try await keepLeading() {
            let values = rest.values(limit: pageSize)
            let page = try await connection.run { [self] session throws in
                try session.transaction { session throws in
                    try write(.writePage, values, session, at: time, epoch: epoch)
                }
            }
            report += page.report
            if page.report.wasFenced { return (report, false) }
            if page.report.changes > 0 { try failpoints.reach(.planCommitted) }
            guard page.report.examined == pageSize, let last = page.last else { return (report, true) }
            rest.after = last
        }
        return (report, false)
    }

    /// Puts the digests that are due into the ledger (M-16), and those that were missed.
    ///
    /// - Parameter keepLeading: as for `plan`.
    public func planDigests(
        at time: BusinessTime, runID: String, keepLeading: @Sendable () async throws -> Int64?
    ) async throws -> LeadAlertReport {
        var report = LeadAlertReport()
        guard let epoch = try await keepLeading() else { return report }
        let values: [PostgresValue] = [.text(program), .int(epoch), .text(runID)]
        let (held, digests, missed) = try await connection.run { session throws in
            let row = try session.batch(at: time, [(.guardTransaction, []), (.planDigests, values)])[1].single()
            return (try row.int("held"), Int(try row.int("digests")), Int(try row.int("missed")))
        }
        report.wasFenced = held == 0
        report.digests = digests
        report.missed = missed
        if digests + missed > 0 { try failpoints.reach(.planCommitted) }
        return report
    }

    private func planMarkedLeads(
        at time: BusinessTime, keepLeading: @Sendable () async throws -> Int64?
    ) async throws -> LeadAlertReport {
        var report = LeadAlertReport()
        while let epoch = try await keepLeading() {
            let batch = try await planMarkedBatch(at: time, epoch: epoch)
            report += batch.report
            if batch.marks > 0 { try failpoints.reach(.planCommitted) }
            if batch.report.wasFenced || batch.marks == 0 { break }
        }
        return report
    }

    private func planMarkedBatch(
        at time: BusinessTime, epoch: Int64
    ) async throws -> (report: LeadAlertReport, marks: Int) {
        let pick: [PostgresValue] = [.text(program), .int(epoch), .int(pageSize)]
        do {
            return try await connection.run { [self] session throws in
                try session.transaction { session throws in
                    let picked = try session.batch(at: time, [(.guardTransaction, []), (.pickMarkedLeads, pick)])[1]
                    if picked.count == 0 { return (LeadAlertReport(), 0) }
                    let leads = try picked.map { row throws(PostgresError) in
                        LeadKey(tenantID: try row.text("tenant_id"), leadID: try row.text("lead_id"))
                    }
                    let page = try write(.writeGiven, LeadRange.values(of: leads), session, at: time, epoch: epoch)
                    // The marks must stand if nothing was made of them.
                    if page.report.wasFenced { throw Fenced() }
                    return (page.report, picked.count)
                }
            }
        } catch is Fenced {
            var report = LeadAlertReport()
            report.wasFenced = true
            return (report, 0)
        }
    }

    private struct Fenced: Error {}

    /// Compares and writes, in the caller's transaction.
    private func write(
        _ statement: SQLStatement, _ leads: [PostgresValue], _ session: PostgresSession, at time: BusinessTime, epoch: Int64
    ) throws -> (report: LeadAlertReport, last: LeadKey?) {
        let values = leads + [.text(program), .int(epoch)]
        let row = try session.batch(at: time, [(.guardTransaction, []), (statement, values)])[1].single()
        var report = LeadAlertReport()
        report.wasFenced = try row.int("held") == 0
        report.examined = Int(try row.int("examined"))
        report.raised = Int(try row.int("raised"))
        report.retold = Int(try row.int("retold"))
        report.superseded = Int(try row.int("superseded"))
        report.resolved = Int(try row.int("resolved"))
        if let tenants = try row.optionalText("raised_tenants"), let ids = try row.optionalText("raised_ids") {
            report.raised -= try session.query(.withdrawAlerts, [.text(tenants), .text(ids)]).count
        }
        try failpoints.reach(.planWritten)
        guard let tenant = try row.optionalText("last_tenant"), let lead = try row.optionalText("last_lead") else {
            return (report, nil)
        }
        return (report, LeadKey(tenantID: tenant, leadID: lead))
    }
}
