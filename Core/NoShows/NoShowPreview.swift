public import Postgres
public import Primitives
import Runtime
public import Schema

/// One line of `--dry-run`: what a run would do now.
///
/// A rehearsal: the very statements of a run, in transactions that are rolled back, as many appointments at once as in a run. So
/// it says what the run would do, and holds the locks that the run would hold, for as long. A batch does not see the one before:
/// a person who comes onto the blacklist by marks of two of them is told of in the run alone.
public struct NoShowPreview: Sendable {
    /// Whose appointment.
    public let tenantID: String
    /// Which one; empty for a weekly rate.
    public let appointmentID: String
    /// `detection`, or the message's step.
    public let step: String
    /// By which channel; empty for a detection.
    public let channel: String
    /// `lead:id`, `user:id` or `none:none`; empty for a detection.
    public let recipient: String
    /// From when; nil for a detection.
    public let dueAt: Timestamp?
    /// `mark: lead`, `attended`, `ask again`, `send`, `skip: reason`, `miss: reason`.
    public let verdict: String

    /// Ends a rehearsal's transaction, and takes out of it what was found.
    private struct Rehearsed: Error {
        var decided: [NoShowPreview] = []
        var planned: [NoShowPreview] = []
        var last: NoShowPass.Place?
    }

    /// Rehearses a run; nothing is written.
    ///
    /// - Parameters:
    ///   - inquiry: LiveKit is asked as in a run.
    ///   - limit: most appointments looked at.
    ///   - batchSize: appointments a transaction.
    public static func read(
        _ work: NoShowPlanner.Work, _ connection: PostgresConnection, inquiry: RoomInquiry, at time: BusinessTime, runID: String,
        limit: Int, batchSize: Int = 200
    ) async throws -> [NoShowPreview] {
        var (decided, planned): ([NoShowPreview], [NoShowPreview]) = ([], [])
        var (left, place) = (work.contains(.appointments) ? limit : 0, NoShowPass.Place.start)
        while left > 0 {
            let size = min(batchSize, left)
            let planner = NoShowPlanner(
                program: program(runID), connection: connection, inquiry: inquiry, failpoints: .none, batchSize: size)
            let (asked, from) = (try await planner.ask(at: time, after: place), place)
            let batch = try await rehearse(connection, runID: runID, batchSize: size) { pass, session in
                let batch = try pass.decide(at: time, asked: asked, after: from, in: session)
                return (batch.decisions.compactMap { Self($0) }, batch.last)
            }
            decided += batch.decided
            planned += batch.planned
            guard let last = batch.last else { break }
            (place, left) = (last, left - size)
        }
        if work.contains(.rates) {
            planned += try await rehearse(connection, runID: runID, batchSize: limit) { pass, session in
                _ = try pass.planRates(at: time, in: session)
                return ([], nil)
            }.planned
        }
        return decided + planned
    }

    /// Does something in a transaction that is rolled back.
    private static func rehearse(
        _ connection: PostgresConnection, runID: String, batchSize: Int,
        _ act: @escaping @Sendable (NoShowPass, PostgresSession) throws -> ([NoShowPreview], NoShowPass.Place?)
    ) async throws -> Rehearsed {
        let pass = NoShowPass(program: program(runID), epoch: 1, runID: runID, batchSize: batchSize, failpoints: .none)
        do {
            return try await connection.run { session throws in
                try session.transaction { session -> Rehearsed in
                    try session.query(.rehearseLease, [.text(pass.program)])
                    let (decided, last) = try act(pass, session)
                    let rows = try session.query(.readPlanned, [.text(runID)])
                    throw Rehearsed(
                        decided: decided, planned: try rows.map { row throws(PostgresError) in try Self(row) }, last: last)
                }
            }
        } catch let rehearsed as Rehearsed {
            return rehearsed
        }
    }

    private static func program(_ runID: String) -> String { "rehearsal \(runID)" }

    private init?(_ decision: NoShowPass.Decision) {
        guard let decided = decision.verdict else { return nil }
        tenantID = decision.tenantID
        appointmentID = decision.appointmentID
        (step, channel, recipient, dueAt) = ("detection", "", "", nil)
        verdict =
            switch decided {
            case "attended", "held": "attended"
            case "unasked", "busy": "ask again"
            default: "mark: \(decided)"
            }
    }

    private init(_ row: PostgresRow) throws(PostgresError) {
        tenantID = try row.text("tenant_id")
        appointmentID = try row.text("appointment_id")
        step = try row.text("step")
        channel = try row.text("channel")
        recipient = "\(try row.text("recipient_type")):\(try row.text("recipient_id"))"
        dueAt = try row.timestamp("due_at")
        verdict = try row.text("verdict")
    }
}
