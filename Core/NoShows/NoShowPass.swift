internal import Postgres
internal import Runtime
internal import Schema

/// One batch of the detector's work inside a transaction: what the planner commits, and what a rehearsal rolls back.
struct NoShowPass {
    let program: String
    let epoch: Int64
    let runID: String
    let batchSize: Int
    let failpoints: Failpoints

    /// A place in the order in which appointments are picked. A run begins at the start, as what it has done is due no more; a
    /// rehearsal, which does nothing, goes on after what it has seen.
    struct Place: Sendable {
        /// An instant as Postgres writes it.
        let dueAt: String
        let tenantID: String
        let appointmentID: String

        static let start = Place(dueAt: "-infinity", tenantID: "", appointmentID: "")

        var values: [PostgresValue] { [.text(dueAt), .text(tenantID), .text(appointmentID)] }
    }

    /// What was decided about one appointment.
    struct Decision: Sendable {
        let tenantID: String
        let appointmentID: String
        /// A cause, `attended`, `held`, `unasked` or `busy`; nil where there was nothing to decide.
        let verdict: String?
        /// Whether something may follow from a mark of it.
        let hasMark: Bool
    }

    /// Decides and plans what is due among appointments.
    ///
    /// - Returns: also the place of the last that was picked; nil where none was.
    func decide(
        at time: BusinessTime, asked: [(SilentRoom, SilentRoom.Answer)], after place: Place = .start, in session: PostgresSession
    ) throws -> (report: NoShowReport, decisions: [Decision], last: Place?) {
        let locked = try session.batch(
            at: time, [(.guardTransaction, []), (.lockNoShowTenants, [.int(batchSize)] + place.values)])[1]
        let tenants = try locked.map { row throws(PostgresError) in try row.text(0) }
        let picked = try session.query(.pickDueNoShows, [.int(batchSize), .texts(tenants)] + place.values)
        var report = NoShowReport()
        if picked.count == 0 { return (report, [], nil) }
        try failpoints.reach(.planPicked)
        let owners = try picked.map { row throws(PostgresError) in try row.text(0) }
        let ids = try picked.map { row throws(PostgresError) in try row.text(1) }
        let found = try session.query(
            .detectNoShows, [.text(program), .int(epoch), .texts(owners), .texts(ids), .text(SilentRoom.json(asked))])
        guard found.count > 0 else {
            report.wasFenced = true
            return (report, [], nil)
        }
        // The first row is the fence's.
        let decisions = try (1..<found.count).map { index in
            Decision(
                tenantID: try found[index].text(0), appointmentID: try found[index].text(1),
                verdict: found[index].optionalText(2), hasMark: found[index].bool(3))
        }
        report.examined = picked.count
        for verdict in decisions.compactMap(\.verdict) { report.count(verdict: verdict) }
        let (marked, others) = (decisions.filter(\.hasMark), decisions.filter { !$0.hasMark })
        if !others.isEmpty {
            try session.query(
                .moveNoShowPointers, [.texts(others.map(\.tenantID)), .texts(others.map(\.appointmentID))])
        }
        if !marked.isEmpty {
            let written = try session.query(
                .planNoShowMessages,
                [
                    .text(program), .int(epoch), .texts(marked.map(\.tenantID)), .texts(marked.map(\.appointmentID)),
                    .text(runID),
                ])
            for index in 0..<written.count {
                report.count(Int(try written[index].int("count")), rows: try written[index].text("state"))
            }
        }
        try failpoints.reach(.planWritten)
        let last = picked[picked.count - 1]
        return (
            report, decisions,
            Place(dueAt: try last.text("place"), tenantID: try last.text(0), appointmentID: try last.text(1))
        )
    }

    /// Plans the weekly rates that are due; returns how many organisations were looked at.
    func planRates(
        at time: BusinessTime, in session: PostgresSession
    ) throws -> (report: NoShowReport, looked: Int) {
        let rates: [PostgresValue] = [.text(program), .int(epoch), .text(runID), .int(batchSize)]
        let rows = try session.batch(at: time, [(.guardTransaction, []), (.planNoShowRates, rates)])[1]
        var report = NoShowReport()
        var looked = 0
        for index in 0..<rows.count {
            let (state, count) = (try rows[index].text("state"), Int(try rows[index].int("count")))
            if state == "picked" { looked = count } else { report.count(count, rows: state) }
        }
        return (report, looked)
    }
}
