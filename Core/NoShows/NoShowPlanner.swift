public import Postgres
public import Runtime
public import Schema

/// Finds no-shows and plans what follows from them.
///
/// Does: looks at appointments whose quarter of an hour is over (K-06), asks LiveKit about rooms that told nothing, marks who was
/// missed (D-20), plans J+0, J+2 and the notice of an absent host (K-07, K-08), and on Monday the weekly rate (K-09). Runs when:
/// no-show-detector leads, every tick and at every due instant while resident. Safe to repeat because: a mark stands once for each
/// revision, the ledger's key for good, and all of a batch is one transaction under the leader's epoch. If it fails: nothing is
/// left behind; the pointers are still due for the next tick.
public struct NoShowPlanner: Sendable {
    private let program: String
    private let connection: PostgresConnection
    private let inquiry: RoomInquiry
    private let failpoints: Failpoints
    private let batchSize: Int

    /// - Parameters:
    ///   - inquiry: whom to ask about rooms that told nothing.
    ///   - batchSize: appointments a transaction; bounds its length, for it makes the organisation's bookings wait.
    public init(
        program: String, connection: PostgresConnection, inquiry: RoomInquiry, failpoints: Failpoints, batchSize: Int = 200
    ) {
        self.program = program
        self.connection = connection
        self.inquiry = inquiry
        self.failpoints = failpoints
        self.batchSize = batchSize
    }

    /// Which of the two sorts of work to do.
    public struct Work: OptionSet, Sendable {
        public let rawValue: Int
        /// No work, or that of the bits.
        public init(rawValue: Int) { self.rawValue = rawValue }
        /// Appointments: detection and messages.
        public static let appointments = Work(rawValue: 1)
        /// Weekly rates.
        public static let rates = Work(rawValue: 2)
    }

    /// Does everything that is due, batch by batch, as long as we lead.
    ///
    /// - Parameters:
    ///   - keepLeading: renews the lease between batches and says under which epoch to go on, nil to stop.
    public func plan(
        _ work: Work = [.appointments, .rates], at time: BusinessTime, runID: String,
        keepLeading: @escaping @Sendable () async throws -> Int64?
    ) async throws -> NoShowReport {
        var report = NoShowReport()
        let due = try await peek(at: time)
        if due.hasAppointments, work.contains(.appointments) {
            while let batch = try await decideBatch(at: time, runID: runID, keepLeading: keepLeading) {
                report += batch
                // Without progress the next batch would be the same one.
                if batch.wasFenced || batch.examined < batchSize || batch.examined == batch.left { break }
            }
        }
        if due.hasRates, work.contains(.rates), !report.wasFenced {
            while let epoch = try await keepLeading() {
                let pass = pass(epoch: epoch, runID: runID)
                let batch = try await connection.run { session throws in
                    try session.transaction { session in try pass.planRates(at: time, in: session) }
                }
                report += batch.report
                if batch.looked < batchSize { break }
            }
        }
        return report
    }

    /// What stands at rooms that told nothing, of the appointments that come first.
    func ask(at time: BusinessTime, after place: NoShowPass.Place = .start) async throws -> [(SilentRoom, SilentRoom.Answer)] {
        let batchSize = batchSize
        let rooms = try await connection.run { session throws in
            try session.batch(at: time, [(.listSilentRooms, [.int(batchSize)] + place.values)])[0].map {
                row throws(PostgresError) in
                SilentRoom(tenantID: try row.text(0), appointmentID: try row.text(1))
            }
        }
        return rooms.isEmpty ? [] : await inquiry.answers(rooms)
    }

    private func decideBatch(
        at time: BusinessTime, runID: String, keepLeading: @Sendable () async throws -> Int64?
    ) async throws -> NoShowReport? {
        let asked = try await ask(at: time)
        // After the questions: they take their time.
        guard let epoch = try await keepLeading() else { return nil }
        let pass = pass(epoch: epoch, runID: runID)
        let report = try await connection.run { session throws in
            try session.transaction { session in try pass.decide(at: time, asked: asked, in: session).report }
        }
        if report.examined > 0 { try failpoints.reach(.planCommitted) }
        return report
    }

    private func pass(epoch: Int64, runID: String) -> NoShowPass {
        NoShowPass(program: program, epoch: epoch, runID: runID, batchSize: batchSize, failpoints: failpoints)
    }

    private func peek(at time: BusinessTime) async throws -> (hasAppointments: Bool, hasRates: Bool) {
        try await connection.run { session throws(PostgresError) in
            let row = try session.batch(at: time, [(.peekNoShows, [])])[0].single()
            return (try row.bool("has_appointments"), try row.bool("has_rates"))
        }
    }

    /// How long a resident planner may sleep, at most `limit`.
    public func sleep(atMost limit: Duration) async throws -> Duration {
        let seconds = try await connection.query(.nextNoShowDue) { row throws(PostgresError) in
            try row.optionalDouble("seconds")
        }
        guard let next = seconds.first ?? nil, next.isFinite else { return limit }
        // What could not be decided stays due: a tick must not follow on the heels of another for it.
        return next <= 0 ? limit : min(limit, .microseconds(Int64(min(next, 1e9) * 1_000_000)))
    }
}
